// Goal: Prometheus can read the agent's figures. Method: the text of some figures, line by line.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { metricsText } from '../../agent/src/daemon/metrics.ts'
import { suite } from '../harness.ts'

const test = suite('daemon/metrics')

const text = metricsText({
  members: { alive: 3, dead: 1 },
  ignored: new Map([['replay', 2]]),
  failures: new Map(),
  messages: new Map([['ping', 7]]),
  statements: new Map([['record', 4]]),
  sentBytes: 1000,
  sentDatagrams: 10,
  rumours: 0,
  uptimeMs: 61_999,
})

test('each figure has its help, its type and its values', () => {
  const lines = text.trimEnd().split('\n')
  assert.ok(lines.includes('# TYPE cluster_os_members gauge'))
  assert.ok(lines.includes('cluster_os_members{state="alive"} 3'))
  assert.ok(lines.includes('cluster_os_ignored_total{reason="replay"} 2'))
  assert.ok(lines.includes('cluster_os_sent_messages_total{type="ping"} 7'))
  assert.ok(lines.includes('cluster_os_sent_statements_total{kind="record"} 4'))
  assert.ok(lines.includes('cluster_os_uptime_seconds 61'))
})

test('every line is one that Prometheus reads', () => {
  const line =
    /^(# (HELP|TYPE) cluster_os_[a-z_]+ .+|cluster_os_[a-z_]+(\{[a-z]+="[^"\\\n]*"\})? \d+)$/
  for (const one of text.trimEnd().split('\n')) assert.match(one, line)
  assert.ok(text.endsWith('\n'))
})

test('the documentation names every figure', () => {
  const docs = readFileSync(resolve(import.meta.dirname, '../../docs/agent.md'), 'utf8')
  const figures = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name)
  assert.ok(figures.length > 5)
  const unnamed = figures.filter((name) => !new RegExp(`\`${name}[{\`]`).test(docs))
  assert.deepEqual(unnamed, [])
})

test.run()
