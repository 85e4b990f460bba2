// A run as JUnit XML: a suite for each play, a case for each task and host. For CI servers.
import type { RunEvent } from '../playbook/events.ts'
import { escapeJson, escapeLine } from './escape.ts'
import { jsonResult } from './json.ts'

interface Case {
  readonly name: string
  readonly host: string
  readonly seconds: number
  readonly body: string
}

export function makeJunitReport(write: (text: string) => void): (event: RunEvent) => void {
  const suites: { name: string; cases: Case[] }[] = []
  return (event) => {
    if (event.kind === 'play-start') suites.push({ name: event.play.name, cases: [] })
    if (event.kind === 'result') {
      suites.at(-1)?.cases.push({
        name: `[${event.host}] ${event.task.name}`,
        host: event.host,
        seconds: event.durationMs / 1000,
        body: bodyOf(event),
      })
    }
    if (event.kind === 'run-end') {
      const parts = suites.map(({ name, cases }) => suiteXml(name, cases))
      write(
        `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${parts.join('')}</testsuites>\n`,
      )
    }
  }
}

function bodyOf(event: Extract<RunEvent, { kind: 'result' }>): string {
  const { status, result, isRescued } = event
  const text = escapeXml(escapeJson(JSON.stringify(jsonResult(result))))
  if (status === 'skipped' || status === 'unknown') return `<skipped message="${status}"/>`
  const isBad = status === 'unreachable' || (status === 'failed' && !isRescued)
  if (!isBad || result.isIgnored) return `<system-out>${text}</system-out>`
  return `<failure message="${status}">${text}</failure>`
}

function suiteXml(name: string, cases: readonly Case[]): string {
  const failures = cases.filter(({ body }) => body.startsWith('<failure')).length
  const skipped = cases.filter(({ body }) => body.startsWith('<skipped')).length
  const rows = cases.map(
    ({ name: title, host, seconds, body }) =>
      `    <testcase name="${escapeXml(escapeLine(title))}" classname="${escapeXml(escapeLine(host))}" time="${seconds.toFixed(3)}">${body}</testcase>\n`,
  )
  const head = `name="${escapeXml(escapeLine(name))}" tests="${cases.length}" failures="${failures}" skipped="${skipped}"`
  return `  <testsuite ${head}>\n${rows.join('')}  </testsuite>\n`
}

/** XML 1.0 has no place for most control characters, not even escaped. */
function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll(/[\p{Cc}\p{Cs}\ufffe\uffff]/gu, (mark) => (/[\n\t]/.test(mark) ? mark : '\ufffd'))
}
