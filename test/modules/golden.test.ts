// Goal: every module finds what differs, all of it and nothing else. Method: cases as data, one
// folder for each module; a host in memory answers, an overlay believes the changes, and a second
// probe after them finds nothing to do.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ExecResult } from '../../agent/src/host/host.ts'
import { keyText, type Plain, toPlain } from '../../agent/src/value/plain.ts'
import { type Dict, isDict, type Value } from '../../agent/src/value/value.ts'
import type { YamlNode } from '../../agent/src/yaml/node.ts'
import { suite } from '../harness.ts'
import type { Answer, HostData } from './memory.ts'
import { afterwards } from './state.ts'
import {
  type Back,
  type CaseSource,
  makeHost,
  member,
  readCases,
  type Trial,
  tryModule,
} from './trial.ts'

const test = suite('modules/golden')

interface Expectation {
  status: Trial['status']
  /** The words of a failure, an unknown verdict or a refusal; a pattern between slashes. */
  message?: string
  result?: Plain
  /** Names that the result must not have. */
  lacks?: string[]
  facts?: Plain
  changes?: string[]
  /** Texts that the scripts of the changes hold, and texts that they do not. */
  script?: string[]
  without?: string[]
  diffs?: { before?: string; after?: string }[]
  run?: Plain
  after?: HostData
  /** What a second probe comes to; `ok` after changes. */
  again?: Trial['status']
}

const FOLDERS = readdirSync(import.meta.dirname, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'oracle')
  .map(({ name }) => name)

const EFFECTS_THAT_SETTLE = new Set(['changed', 'ok'])

for (const module of FOLDERS) {
  const folder = join(import.meta.dirname, module)
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.yml'))) {
    for (const node of readCases(readFileSync(join(folder, file), 'utf8'), file)) {
      const name = member(node, 'name')
      assert.ok(typeof name === 'string', `${module}/${file}: a case without a name`)
      test(`${module}: ${name}`, () => runCase(module, node))
    }
  }
}

async function runCase(module: string, node: YamlNode): Promise<void> {
  const state = toPlain(member(node, 'state') ?? new Map()) as HostData
  const expected = toPlain(member(node, 'expect') ?? null) as unknown as Expectation
  assert.ok(expected !== null, 'the case expects nothing')
  const source = sourceOf(module, node)
  const host = makeHost(state)
  // Earlier tasks of the same run, believed by the overlay.
  const given = member(node, 'given', true)
  for (const task of Array.isArray(given) ? given : []) {
    assert.ok(isDict(task))
    for (const [earlier, params] of task) {
      const before = { ...source, module: keyText(earlier), params, answers: undefined }
      const { status, message } = await tryModule(before, host)
      assert.ok(
        EFFECTS_THAT_SETTLE.has(status),
        `${keyText(earlier)} came to ${status}: ${message}`,
      )
    }
  }
  const trial = await tryModule(source, host)
  await compare(trial, expected)
  const again = expected.again ?? (expected.status === 'changed' ? 'ok' : undefined)
  if (again === undefined) return
  const second = await tryModule(source, host)
  const words = `the second probe: ${second.message ?? second.changes.join(', ')}`
  assert.equal(second.status, again, words)
}

function dict(value: Value | undefined): Dict {
  return isDict(value) ? value : new Map()
}

function sourceOf(module: string, node: YamlNode): CaseSource {
  const answers = member(node, 'answers')
  return {
    module,
    params: member(node, 'params', true) ?? new Map(),
    vars: dict(member(node, 'vars', true)),
    controller: dict(member(node, 'controller')),
    answers:
      answers === undefined ? undefined : (toPlain(answers) as unknown as Answer[]).map(executed),
    back: toPlain(member(node, 'back') ?? []) as unknown as Back[],
    isDiff: true,
    verbosity: Number(member(node, 'verbosity') ?? 0),
  }
}

function executed({ rc = 0, stdout = '', stderr = '' }: Answer): ExecResult {
  return { rc, stdout: Buffer.from(stdout), stderr: Buffer.from(stderr) }
}

async function compare(trial: Trial, expected: Expectation): Promise<void> {
  const { status, message } = trial
  assert.equal(status, expected.status, `${status}: ${message ?? trial.changes.join(', ')}`)
  if (expected.message !== undefined) matchText(message ?? '', expected.message)
  if (expected.changes !== undefined) assert.deepEqual(trial.changes, expected.changes)
  for (const text of expected.script ?? []) {
    assert.ok(trial.script.includes(text), `${text} is not in\n${trial.script}`)
  }
  for (const text of expected.without ?? []) {
    assert.ok(!trial.script.includes(text), `${text} is in\n${trial.script}`)
  }
  if (expected.result !== undefined) subset(trial.result, expected.result, 'result')
  for (const name of expected.lacks ?? []) {
    assert.ok(!(name in (trial.result as Record<string, unknown>)), `the result has ${name}`)
  }
  if (expected.facts !== undefined) subset(trial.facts, expected.facts, 'facts')
  if (expected.diffs !== undefined) {
    subset(trial.diffs, expected.diffs, 'diffs')
  }
  if (expected.run !== undefined) subset(trial.run, expected.run, 'run')
  if (expected.after !== undefined) {
    const now = await afterwards(trial.host, expected.after)
    subset(now, expected.after as unknown as Plain, 'after')
  }
}

function matchText(text: string, wish: string): void {
  const pattern = /^\/(.*)\/$/s.exec(wish)?.[1]
  if (pattern === undefined) assert.equal(text, wish)
  else assert.match(text, new RegExp(pattern))
}

/** All that is expected is there; what else is there does not matter. */
function subset(actual: Plain | undefined, wish: Plain, place: string): void {
  if (typeof wish === 'string' && wish.startsWith('<unknown') && typeof actual === 'string') {
    assert.ok(actual.startsWith(wish), `${place}: ${actual}`)
    return
  }
  if (typeof wish === 'string' && /^\/.*\/$/.test(wish) && typeof actual === 'string') {
    if (actual !== wish) matchText(actual, wish)
    return
  }
  if (wish === null || typeof wish !== 'object' || Array.isArray(wish)) {
    if (Array.isArray(wish) && Array.isArray(actual) && wish.length === actual.length) {
      for (const [index, item] of wish.entries()) subset(actual[index], item, `${place}.${index}`)
      return
    }
    assert.deepEqual(actual, wish, place)
    return
  }
  assert.ok(actual !== null && typeof actual === 'object' && !Array.isArray(actual), place)
  for (const [name, item] of Object.entries(wish)) subset(actual[name], item, `${place}.${name}`)
}

test.run()
