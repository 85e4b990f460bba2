// Goal: our modules do what ansible-core's do, and check mode says beforehand what they will do.
// Method: the oracle's playbooks run on a fresh node, first in check mode; the answers that
// ansible-core gave on such a node are data. Known differences are data too, with reasons in
// docs/ansible-differences.md; a difference that is gone has to leave the list.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { $ } from '../../lab/command.ts'
import { ensurePrograms } from '../../lab/programs.ts'
import { ROOT } from '../../lab/site.ts'
import { labSuite } from '../harness.ts'
import {
  differences,
  readAnswers,
  statusOf,
  type Told,
  tasksOf,
  wrongVerdicts,
} from '../modules/oracle/compare.ts'
import { clusterOs } from './engine.ts'
import { LAB_LIMIT_MS, type Started, startNodes } from './nodes.ts'

const test = labSuite('lab/modules', { costSeconds: 25, timeoutMs: LAB_LIMIT_MS })

const FOLDER = join(ROOT, 'test/modules/oracle')

interface Known {
  readonly differences: readonly string[]
  readonly wrongVerdicts: readonly string[]
  /** Most tasks whose verdict check mode may leave open. */
  readonly unknownsMost: number
  readonly factsMissing: readonly string[]
  readonly factsDiffering: readonly string[]
  /** Values that are others a moment later; they have the same shape. */
  readonly factsVolatile: readonly string[]
}

const known = JSON.parse(readFileSync(join(FOLDER, 'known.json'), 'utf8')) as Known

let lab: Started
let predicted: ReadonlyMap<string, Told>
let ours: ReadonlyMap<string, Told>

test.before(async () => {
  await ensurePrograms({ ansible: 'ansible' })
  lab = await startNodes(1)
  const play = ['run', join(FOLDER, 'all.yml'), '-i', lab.lab.inventory, '--output', 'json']
  predicted = tasksOf((await clusterOs([...play, '--check'])).stdout)
  ours = tasksOf((await clusterOs(play)).stdout)
})

test.after(async () => {
  await lab.remove()
})

test('statuses, values and end states are those of ansible-core', () => {
  const answers = readAnswers()
  assert.ok(answers.size > 250)
  assert.deepEqual(differences(answers, ours).toSorted(), known.differences)
})

test('no verdict of check mode is wrong when compared with the run that follows', () => {
  assert.deepEqual(wrongVerdicts(predicted, ours).toSorted(), known.wrongVerdicts)
})

test('check mode leaves few verdicts open, and the playbooks change nothing while it looks', () => {
  const open = [...predicted].filter(([, told]) => statusOf(told) === 'unknown')
  assert.ok(open.length <= known.unknownsMost, `${open.length} verdicts are open`)
})

type Facts = Readonly<Record<string, unknown>>

/** Lists of words are sets: Ansible's order is that of a hash. */
function normal(value: unknown): string | undefined {
  const isWords = Array.isArray(value) && value.every((item) => typeof item === 'string')
  return JSON.stringify(isWords ? value.toSorted() : value, sorted)
}

function sorted(_: string, value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** Names and kinds of values, without the values. */
function shape(value: unknown): string | undefined {
  return normal(kindOf(value))
}

function kindOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(kindOf)
  if (value === null || typeof value !== 'object') return typeof value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, kindOf(item)]))
}

async function ansibleFacts(inventory: string): Promise<Facts> {
  const { stdout } = await $({ cwd: lab.lab.folder })`ansible -i ${inventory} all -m setup`
  return JSON.parse(stdout.slice(stdout.indexOf('{'))).ansible_facts as Facts
}

test("facts have the names and values of Ansible's", async () => {
  const { inventory } = lab.lab
  const theirs = await ansibleFacts(inventory)
  const report = await clusterOs([
    'exec',
    'all',
    '-i',
    inventory,
    '-m',
    'setup',
    '--output',
    'json',
  ])
  const [told] = tasksOf(report.stdout).values()
  const own = told?.['ansible_facts'] as Facts
  const names = Object.keys(theirs)
  const missing = names.filter((name) => !(name in own))
  const shown = (name: string, facts: Facts): string | undefined =>
    known.factsVolatile.includes(name) ? shape(facts[name]) : normal(facts[name])
  const differing = names.filter((name) => name in own && shown(name, own) !== shown(name, theirs))
  assert.deepEqual(missing.toSorted(), known.factsMissing)
  assert.deepEqual(differing.toSorted(), known.factsDiffering)
  const equal = names.length - missing.length - differing.length
  assert.ok(equal >= 0.9 * names.length, `${equal} of ${names.length} facts are equal`)
})

test.run()
