// Goal: journals survive what happens to files: torn lines, age, size, hands that are not ours; and
// values come back from them as they were. Not here: whole runs (resume.test.ts).
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import fc from 'fast-check'
import { ClusterError } from '../../agent/src/errors.ts'
import { Owed } from '../../agent/src/journal/owed.ts'
import { Runs } from '../../agent/src/journal/runs.ts'
import { sealOf } from '../../agent/src/journal/seal.ts'
import { fromExact, toExact } from '../../agent/src/value/exact.ts'
import type { Plain } from '../../agent/src/value/plain.ts'
import { repr } from '../../agent/src/value/python.ts'
import { Float, Timestamp, Tuple, type Value } from '../../agent/src/value/value.ts'
import { suite } from '../harness.ts'
import { seed } from '../seed.ts'

const test = suite('journal/store')

const folder = mkdtempSync(join(tmpdir(), 'cluster-os-journal-'))
let sequence = 0

test.after(() => {
  rmSync(folder, { recursive: true })
})

function fresh(): Runs {
  sequence += 1
  return new Runs(join(folder, String(sequence)))
}

function begin(runs: Runs, atMs: number) {
  return runs.create({
    atMs,
    stamp: 'boot 1 1',
    folder: '/',
    playbooks: ['p.yml'],
    flags: {},
    extraVars: [],
    inventory: {},
    files: {},
  })
}

const place = { batch: '0.0.0', path: [1, 2], host: 'a' }

function pathOf(runs: Runs, run: string): string {
  return join(runs.folder, 'runs', `${run}.jsonl`)
}

test('what was written is found again, and a torn last line is as if it had not been', async () => {
  const runs = fresh()
  const journal = begin(runs, 1_000_000)
  journal.finish(place, 'one', 'ok', { x: 1 })
  journal.finish({ ...place, host: 'b' }, 'one', 'ok', { x: 2 })
  await journal.close()
  const path = pathOf(runs, journal.run)
  truncateSync(path, readFileSync(path).length - 5)
  const torn = runs.read(journal.run)
  assert.deepEqual(torn.done(place, 'one'), { x: 1 })
  assert.equal(torn.done(place, 'another'), undefined)
  assert.equal(torn.done({ ...place, host: 'b' }, 'one'), undefined)
  torn.finish({ ...place, host: 'b' }, 'one', 'ok', { x: 3 })
  await torn.close()
  assert.deepEqual(runs.read(journal.run).done({ ...place, host: 'b' }, 'one'), { x: 3 })
})

test('an entry of one host does not pass for that of another', async () => {
  const runs = fresh()
  const journal = begin(runs, 1_000_000)
  journal.finish(place, 'one', 'ok', { x: 1 })
  await journal.close()
  const path = pathOf(runs, journal.run)
  const line = readFileSync(path, 'utf8').trim().split('\n').at(-1) ?? ''
  appendFileSync(path, `${line.replace('"host":"a"', '"host":"b"')}\n`)
  const changed = runs.read(journal.run)
  assert.deepEqual(changed.done(place, 'one'), { x: 1 })
  assert.throws(
    () => changed.done({ ...place, host: 'b' }, 'one'),
    (error) => error instanceof ClusterError && error.code === 'JOURNAL',
  )
})

test('journals older than 30 days go, and the oldest ones above 100 MB', async () => {
  const runs = fresh()
  const day = 24 * 3600 * 1000
  const now = 100 * day
  const names: string[] = []
  for (const [age, bytes] of [
    [40, 10],
    [20, 60_000_000],
    [10, 60_000_000],
    [1, 10],
  ] as const) {
    const journal = begin(runs, now - age * day)
    await journal.close()
    const path = pathOf(runs, journal.run)
    writeFileSync(path, 'x'.repeat(bytes))
    utimesSync(path, (now - age * day) / 1000, (now - age * day) / 1000)
    names.push(`${journal.run}.jsonl`)
  }
  runs.prune(now)
  assert.deepEqual(readdirSync(join(runs.folder, 'runs')).toSorted(), names.slice(2).toSorted())
})

test('runs that begin at the same moment for the first time have one key', async () => {
  const start = resolve(import.meta.dirname, 'sealing.ts')
  const shared = join(folder, 'shared')
  const gate = join(folder, 'gate')
  const processes = Array.from({ length: 6 }, () =>
    spawn(process.execPath, [start, shared, gate], { stdio: ['ignore', 'pipe', 'inherit'] }),
  )
  // All are at the gate before it opens.
  const said = processes.map((each) => each.stdout[Symbol.asyncIterator]())
  for (const words of said) assert.match(String((await words.next()).value), /ready/)
  writeFileSync(gate, '')
  const seal = await Promise.all(said.map(async (words) => String((await words.next()).value)))
  for (const sealed of seal) assert.equal(sealOf(shared).open(sealed, 'it'), 'text')
})

test('handlers that are owed are kept by host and play until they are paid', async () => {
  const owed = new Owed(folder, '/p.yml')
  owed.note('play', 'a', ['restart', 'reload'])
  owed.note('play', 'b', ['restart'])
  owed.note('play', 'a', ['reload'])
  const later = new Owed(folder, '/p.yml')
  assert.deepEqual(
    [...later.of('play', ['a', 'b', 'c'])],
    [
      ['a', ['reload']],
      ['b', ['restart']],
    ],
  )
  assert.equal(new Owed(folder, '/other.yml').of('play', ['a']).size, 0)
  for (const host of ['a', 'b']) owed.note('play', host, [])
  await owed.close()
  assert.deepEqual(readdirSync(join(folder, 'owed')), [])
})

test('every value comes back from a record as it was', () => {
  const scalar = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.double({ noNaN: true }),
    fc.boolean(),
    fc.constant(null),
    fc.bigInt(),
    fc.integer().map((number) => new Float(number)),
    fc.constant(new Timestamp('2024-01-02', true)),
  )
  const { value } = fc.letrec<{ value: Value }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      scalar,
      fc.array(tie('value'), { maxLength: 4 }),
      fc.array(tie('value'), { maxLength: 3 }).map((list) => Tuple.from(list) as Tuple),
      fc
        .array(fc.tuple(fc.oneof(fc.string(), fc.integer()), tie('value')), { maxLength: 4 })
        .map((pairs) => new Map<Value, Value>(pairs)),
    ),
  }))
  fc.assert(
    fc.property(value, (before) => {
      const after = fromExact(JSON.parse(JSON.stringify(toExact(before))) as Plain)
      assert.deepEqual(after, before)
      assert.equal(repr(after), repr(before))
    }),
    { numRuns: 500, seed },
  )
})

test.run()
