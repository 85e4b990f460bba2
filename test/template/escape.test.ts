// What a template may try against the machine that renders it: to reach JavaScript, files or
// processes, or to use up its memory or time. Every attempt is refused with an error of ours.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { ClusterError } from '../../agent/src/errors.ts'
import { evaluate, renderFile } from '../../agent/src/template/template.ts'
import { fromPlain } from '../../agent/src/value/plain.ts'
import { type Dict, Undefined } from '../../agent/src/value/value.ts'
import { suite } from '../harness.ts'

const test = suite('template/escape', { timeoutMs: 120_000 })

const vars = fromPlain({ dct: { a: 1 }, list: [1, 2] }) as Dict
const context = {
  scope: { lookup: (name: string) => vars.get(name) ?? new Undefined(`'${name}' is undefined`) },
}
const origin = { file: 'attempt', line: 1, column: 1 }

/** Milliseconds that one attempt may take until it is refused; a risky pattern has one second. */
const REFUSAL_LIMIT_MS = 6000

function attempts(file: string): string[] {
  return JSON.parse(readFileSync(`${import.meta.dirname}/${file}`, 'utf8')) as string[]
}

function refused(attempt: string, run: () => unknown): string | undefined {
  const start = performance.now()
  try {
    return `${attempt}: gave ${String(run()).slice(0, 80)}`
  } catch (error) {
    if (!(error instanceof ClusterError)) return `${attempt}: ${String(error)}`
    const ms = performance.now() - start
    return ms > REFUSAL_LIMIT_MS ? `${attempt}: took ${Math.round(ms)} ms` : undefined
  }
}

function through(all: string[], run: (attempt: string) => unknown): string[] {
  return all.flatMap((attempt) => refused(attempt, () => run(attempt)) ?? [])
}

test('at least 60 attempts are made', () => {
  assert.ok(attempts('escape.json').length + attempts('escape-statements.json').length >= 60)
})

test('no expression reaches JavaScript, files or processes, or grows without bounds', () => {
  const escaped = through(attempts('escape.json'), (text) => evaluate(text, origin, context))
  assert.deepEqual(escaped, [])
})

test('no template reaches JavaScript, files or processes, or runs without end', () => {
  const all = attempts('escape-statements.json')
  assert.deepEqual(
    through(all, (text) => renderFile(text, 'attempt', context)),
    [],
  )
})

test('a key called __proto__ is an ordinary key and pollutes nothing', () => {
  const text = "{'__proto__': {'polluted': 1}} | combine({'constructor': 2})"
  const value = evaluate(text, origin, context) as Dict
  assert.deepEqual([...value.keys()], ['__proto__', 'constructor'])
  assert.equal(({} as Record<string, unknown>)['polluted'], undefined)
})

test('a value with braces is data and is not rendered again', () => {
  const data = { scope: { lookup: () => "{{ lookup('pipe', 'id') }}" } }
  assert.equal(renderFile('{{ x }}', 'f', data), "{{ lookup('pipe', 'id') }}")
  assert.equal(evaluate("x ~ ''", origin, data), "{{ lookup('pipe', 'id') }}")
})

test.run()
