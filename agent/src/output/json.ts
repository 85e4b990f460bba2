// A run as JSON: one document in the shape of Ansible's json callback (plays, tasks, hosts, stats),
// or one event a line. Our own fields stand under `cluster_os`. Secrets are kept out.
import type { Diff } from '../modules/module.ts'
import { RUN_STATS, type RunEvent, type RunSummary } from '../playbook/events.ts'
import type { TaskResult } from '../playbook/result.ts'
import { type Plain, toPlain } from '../value/plain.ts'
import { isDict, Unknown, type Value } from '../value/value.ts'
import { escapeJson } from './escape.ts'

type Json = { [key: string]: Plain }

interface TaskEntry {
  readonly task: Json
  readonly hosts: { [host: string]: Json }
}

/** Collects events; the document is written when the run ends. */
export function makeJsonReport(
  write: (text: string) => void,
  more: () => Json = () => ({}),
): (event: RunEvent) => void {
  const plays: { play: Json; tasks: TaskEntry[] }[] = []
  const again: Json[] = []
  return (event) => {
    switch (event.kind) {
      case 'play-start':
      case 'play-empty': {
        const { id, name } = event.play
        plays.push({ play: { id, name, duration: { start: iso(event.atMs) } }, tasks: [] })
        break
      }
      case 'task-start': {
        const { id, name, action, isHandler, at } = event.task
        const own = { action, handler: isHandler, at: `${at.file}:${at.line}:${at.column}` }
        const task = { id, name, duration: { start: iso(event.atMs) }, cluster_os: own }
        plays.at(-1)?.tasks.push({ task, hosts: Object.create(null) as { [host: string]: Json } })
        break
      }
      case 'result': {
        const entry = plays.at(-1)?.tasks.at(-1)
        if (entry === undefined) break
        const { host, result, status, isRescued, durationMs } = event
        const own = {
          status,
          rescued: isRescued,
          ignored: result.isIgnored,
          ms: Math.round(durationMs),
          ...(event.isRestored ? { restored: true } : {}),
        }
        const told = { ...jsonResult(result), failed: status === 'failed' }
        entry.hosts[host] = { ...told, action: event.task.action, cluster_os: own }
        break
      }
      case 'run-end': {
        const { summary } = event
        const document = {
          custom_stats: plainStats(summary, (owner) => owner !== RUN_STATS),
          global_custom_stats: plainStats(summary, (owner) => owner === RUN_STATS)[RUN_STATS] ?? {},
          plays,
          stats: jsonStats(summary),
          cluster_os: {
            ...jsonSummary(summary),
            ...(again.length === 0 ? {} : { again }),
            ...more(),
          },
        }
        write(`${escapeJson(JSON.stringify(document, null, 4))}\n`)
        break
      }
      case 'again':
        again.push({ task: event.task.name, host: event.host, command: event.isCommand })
        break
      case 'play-cut':
      case 'owed':
      case 'unheld':
      case 'ignored':
      case 'running':
      case 'item':
      case 'retry':
        break
    }
  }
}

function plainStats(
  { stats }: RunSummary,
  isWanted: (owner: string) => boolean,
): Record<string, Json> {
  const chosen = [...stats].filter(([owner]) => isWanted(owner))
  return Object.fromEntries(
    chosen.map(([owner, values]) => [
      owner,
      Object.fromEntries([...values].map(([name, value]) => [name, toPlain(value)])),
    ]),
  )
}

/** One event a line, as it happens. */
export function makeJsonLinesReport(write: (text: string) => void): (event: RunEvent) => void {
  const line = (fields: Json): void => write(`${escapeJson(JSON.stringify(fields))}\n`)
  return (event) => {
    switch (event.kind) {
      case 'play-start':
        line({ event: 'play', id: event.play.id, name: event.play.name, hosts: [...event.hosts] })
        break
      case 'play-empty':
        line({ event: 'play', id: event.play.id, name: event.play.name, hosts: [] })
        break
      case 'task-start':
        line({ event: 'task', id: event.task.id, name: event.task.name, action: event.task.action })
        break
      case 'item':
      case 'retry':
        line({
          event: event.kind,
          task: event.task.id,
          host: event.host,
          result: jsonResult(event.result),
        })
        break
      case 'result':
        line({
          event: 'result',
          task: event.task.id,
          name: event.task.name,
          host: event.host,
          status: event.status,
          rescued: event.isRescued,
          ignored: event.result.isIgnored,
          ms: Math.round(event.durationMs),
          ...(event.isRestored ? { restored: true } : {}),
          result: jsonResult(event.result),
        })
        break
      case 'again':
        line({ event: 'again', task: event.task.id, host: event.host, command: event.isCommand })
        break
      case 'unheld':
        line({ event: 'unheld', host: event.host })
        break
      case 'ignored':
        line({ event: 'ignored', host: event.host, words: [...event.words] })
        break
      case 'owed':
        line({ event: 'owed', host: event.host, handlers: [...event.handlers] })
        break
      case 'play-cut':
        line({ event: 'play-cut', reason: event.reason })
        break
      case 'run-end':
        line({ event: 'end', stats: jsonStats(event.summary), ...jsonSummary(event.summary) })
        break
      case 'running':
        break
    }
  }
}

export function jsonResult(result: TaskResult): Json {
  if (result.isNoLog) {
    const value = isDict(result.value) ? result.value : new Map<Value, Value>()
    const changed = value.get('changed') === true
    const skipped = result.status === 'skipped' ? { skipped: true } : {}
    const attempts = value.get('attempts')
    const tried = attempts === undefined ? {} : { attempts: Number(attempts) }
    return { censored: 'hidden by no_log: true', changed, ...skipped, ...tried }
  }
  const plain = isDict(result.value) ? (toPlain(result.value) as Json) : {}
  const json: Json = { ...plain }
  if (result.unknown !== undefined) json['unknown'] = result.unknown.reason
  if (result.diffs.length > 0) json['diff'] = result.diffs.map(jsonDiff)
  if (result.items !== undefined) json['results'] = result.items.map(jsonItem)
  if (result.delegatedTo !== undefined)
    json['_ansible_delegated_vars'] = { ansible_host: result.delegatedTo }
  return json
}

function jsonItem(item: TaskResult): Json {
  return { ...jsonResult(item), cluster_os: { status: item.status, ignored: item.isIgnored } }
}

function jsonDiff(diff: Diff): Json {
  return {
    before: side(diff.before),
    after: side(diff.after),
    before_header: diff.beforeHeader,
    after_header: diff.afterHeader,
  }
}

function side(text: string | Unknown): Plain {
  return text instanceof Unknown ? { unknown: text.reason } : text
}

function jsonStats(summary: RunSummary): Json {
  const stats: Json = {}
  for (const [host, counts] of summary.hosts) {
    const { failed, unknown, ...rest } = counts
    stats[host] = { ...rest, failures: failed, cluster_os: { unknown } }
  }
  return stats
}

function jsonSummary(summary: RunSummary): Json {
  const pending: Json = {}
  for (const [host, handlers] of summary.pendingHandlers) pending[host] = [...handlers]
  return {
    check: summary.isCheck,
    aborted: summary.wasAborted,
    exit_code: summary.exitCode,
    pending_handlers: pending,
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
