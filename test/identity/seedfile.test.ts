// Goal: a seed says the same when it is read as when it was written, and a spoilt one is refused at
// the very place, with a hint, before it is used and without showing what stands there. Method: a
// whole seed, and one mistake at a time put into its lines.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ClusterError } from '../../agent/src/errors.ts'
import { publicKeyOf } from '../../agent/src/identity/keys.ts'
import { makeRotation } from '../../agent/src/identity/papers.ts'
import { parseSeed, readSeed, type Seed, seedText } from '../../agent/src/identity/seedfile.ts'
import { formatError } from '../../agent/src/output/failure.ts'
import { makePaint } from '../../agent/src/output/paint.ts'
import { parseAddress } from '../../agent/src/wire/address.ts'
import { nodeIdOf } from '../../agent/src/wire/id.ts'
import { suite } from '../harness.ts'
import {
  ADMISSION,
  CLUSTER_ID,
  delegation,
  delegationBy,
  hand,
  operator,
  operatorBy,
  ROOT,
  secret,
  seedBy,
} from './cluster.ts'

const test = suite('identity/seedfile')

const hints = ['10.0.0.1:4665', '[fd00::1]:4665'].flatMap((text) => parseAddress(text) ?? [])
const wifi = { ssid: 'yes', password: '12345678' }
const rotation = makeRotation(hand(ROOT), secret('next'), 1)
const whole: Seed = seedBy({
  rotations: [rotation],
  delegation: delegationBy({ expectedMembers: 4, roles: ['slurm', 'web'] }),
  hints,
  wifi,
})
const text = seedText(whole)

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')

function spoiltBy(spoilt: string): ClusterError {
  try {
    parseSeed(spoilt, 'seed.yml')
  } catch (error) {
    if (error instanceof ClusterError) return error
    throw error
  }
  throw new Error('it was read')
}

test('what is written is read again, whatever YAML would make of its words', () => {
  assert.deepEqual(parseSeed(text, 'seed.yml'), whole)
  const bare = seedBy()
  assert.deepEqual(parseSeed(seedText(bare), 'seed.yml'), bare)
})

test('networks of odd names and passwords come back as they are', () => {
  for (const ssid of ['~', '0x10', ' lab ', "a'b", 'a: b # c', '{{ x }}', '\u00fc\u4e2d', '- a']) {
    const password = `${ssid.replaceAll(/[^ -~]/g, '')}"\\'#: {}12345678`
    const seed = seedBy({ wifi: { ssid, password } })
    assert.deepEqual(parseSeed(seedText(seed), 'seed.yml').wifi, { ssid, password })
  }
})

const otherOperator = operatorBy({ name: 'other' })
const selfMade = secret('self made')
const selfOperator = operatorBy({ operatorKey: publicKeyOf(selfMade) }, selfMade)
const otherRoot = secret('other root')
const otherId = publicKeyOf(otherRoot)
const foreignOperator = operatorBy({}, otherRoot, otherId)
const foreign = delegationBy({}, foreignOperator, secret('operator'), otherId)

/** A byte of a statement turned, so that its signature is no more. */
function turned(bytes: Uint8Array): string {
  const copy = new Uint8Array(bytes)
  copy[copy.length - 40] = (copy[copy.length - 40] ?? 0) ^ 1
  return base64(copy)
}

const LINES = text.split('\n')
/** The line of a name, counted from 1. */
const lineOf = (name: string) => LINES.findIndex((line) => line.trim().startsWith(`${name}:`)) + 1

const STRUCTURE: [what: string, spoil: (text: string) => string, said: RegExp, at: string][] = [
  ['nothing', () => '', /names with values/, '1:1'],
  ['a text', () => 'seed', /names with values/, '1:1'],
  ['a list', () => '- a', /names with values/, '1:1'],
  ['broken YAML', () => 'version: 1\ncluster: "', /./, '2:10'],
  ['two documents', (all) => `${all}---\na: b\n`, /second document/, `${LINES.length + 1}:1`],
  ['too long', (all) => `${all}#${' '.repeat(100_000)}`, /at most 98304/, '1:1'],
  ['a word too many', (all) => `${all}expires: 1\n`, /no expires/, `${LINES.length}:1`],
  ['a word twice', (all) => `${all}expect: 4\n`, /twice/, `${LINES.length}:1`],
  ['__proto__', (all) => `${all}__proto__: {}\n`, /no __proto__/, `${LINES.length}:1`],
  ['a typo', (all) => all.replace('discovery:', 'discvery:'), /no discvery/, '4:1'],
  ['a Cyrillic o', (all) => all.replace('operator:', '\u043eperator:'), /no \u043eperator/, '6:1'],
  ['no version', (all) => all.replace('version: 1\n', ''), /no version/, '2:1'],
  ['version 2', (all) => all.replace('version: 1', 'version: 2'), /version 2/, '2:10'],
  ['version 1.0', (all) => all.replace('version: 1', 'version: 1.0'), /is a number/, '2:10'],
  ['version 2^63', (all) => all.replace('version: 1', `version: ${2n ** 63n}`), /number/, '2:10'],
  ['no admission', (all) => all.replace(/^admission.*\n/m, ''), /no admission/, '2:1'],
  ['wifi as text', (all) => all.replace(/wifi:[^]*/, 'wifi: a'), /names/, `${lineOf('wifi')}:7`],
]

/** The value of a name, another one, what is said, and the column where it differs from the usual. */
const VALUES: [name: string, value: string, said: RegExp, column?: number][] = [
  ['cluster', nodeIdOf(CLUSTER_ID).toUpperCase(), /no key/],
  ['cluster', `ed25519:01${'00'.repeat(31)}`, /no key/],
  ['cluster', `ed25519:${'ff'.repeat(32)}`, /no key/],
  ['cluster', `ed25519:02${'00'.repeat(31)}`, /no key of a cluster/],
  ['cluster', nodeIdOf(otherId), /does not lead to the cluster: signature/],
  ['discovery', 'AAAA', /3 bytes and not 32/],
  ['discovery', base64(secret('x')).slice(0, -1), /not in base64/],
  ['discovery', base64(secret('x')).replace(/.=$/, '/='), /not in base64/],
  ['discovery', '[a]', /is a text/],
  ['discovery', '""', /is empty/],
  ['discovery', '!vault a', /is a text/, 19],
  ['admission', base64(secret('another')), /not the key that the delegation names/],
  ['admission', base64(publicKeyOf(ADMISSION)), /not the key that the delegation names/],
  ['operator', base64(delegation.bytes), /is a delegation and no operator/],
  ['operator', base64(operator.bytes.subarray(1)), /is no statement/],
  ['operator', base64(new Uint8Array(641)), /more than 640 bytes/],
  ['operator', turned(operator.bytes), /operator does not lead to the cluster: signature/],
  ['operator', base64(otherOperator.bytes), /delegation does not lead to the cluster/],
  ['operator', base64(selfOperator.bytes), /operator does not lead to the cluster: signature/],
  ['operator', base64(foreignOperator.bytes), /operator does not lead to the cluster: signature/],
  ['delegation', base64(foreign.bytes), /delegation does not lead to the cluster/],
  ['delegation', turned(whole.delegation.bytes), /delegation does not lead to the cluster/],
  ['delegation', base64(delegationBy({}, operator, selfMade).bytes), /delegation does not lead/],
  ['rotations', `[${turned(rotation.bytes)}]`, /rotations does not lead to the cluster/],
  ['rotations', 'a', /is a list/],
  ['hints', '[localhost:4665]', /no address/, 9],
  ['hints', '["10.0.0.1:0"]', /no address/, 9],
  ['hints', '["10.0.0.1:4665", "::1"]', /no address/, 26],
  ['hints', `[${'"10.0.0.1:1", '.repeat(17)}]`, /more than 16/],
  ['expect', '5', /not what the delegation says/],
  ['expect', '-1', /is a number/],
  ['expect', '"4"', /is a number/],
  ['ipv4', '10.42.0.0/16', /no network of an overlay/],
  ['ipv4', '10.7.0.0/8', /no network of an overlay/],
  ['ssid', 'a'.repeat(33), /1 to 32 bytes/],
  ['ssid', '"a\\nb"', /without control characters/],
  ['ssid', '"a\\u202eb"', /without control characters/],
  ['password', 'short', /8 to 63/],
  ['password', '"1234567\\n8"', /8 to 63/],
  ['password', 'a'.repeat(65), /8 to 63/],
]

/** Lists are written over several lines: the name's whole part is put on one. */
function withValue(name: string, value: string): string {
  const start = lineOf(name) - 1
  const indent = /^ */.exec(LINES[start] ?? '')?.[0] ?? ''
  const rest = LINES.slice(start + 1)
  const items = rest.findIndex((line) => !line.startsWith(`${indent}- `))
  return LINES.toSpliced(start, 1 + items, `${indent}${name}: ${value}`).join('\n')
}

for (const [what, spoil, said, at] of STRUCTURE) {
  test(`a seed is refused at its place that has or is ${what}`, () => {
    const error = spoiltBy(spoil(text))
    assert.equal(error.code, 'SEED')
    assert.match(error.message, said)
    assert.deepEqual(error.where, placeOf(at))
    assert.ok(error.hint)
  })
}

for (const [index, [name, value, said, column]] of VALUES.entries()) {
  test(`a seed is refused at the place of its ${name}: ${said.source} (${index})`, () => {
    const error = spoiltBy(withValue(name, value))
    assert.equal(error.code, 'SEED')
    assert.match(error.message, said)
    assert.ok(error.hint)
    // What two parts say together is told at the second.
    const told = /^(?:rotations|operator|delegation|expect)\b/.exec(error.message)?.[0] ?? name
    const where = error.where as { line: number; column: number }
    if (told === 'rotations' && name !== told) {
      assert.equal(where.line, lineOf('rotations') + 1)
      return
    }
    const lines = withValue(name, value).split('\n')
    const at = lines.findIndex((line) => line.trim().startsWith(`${told}:`)) + 1
    assert.equal(where.line, at)
    const indent = /^ */.exec(lines[at - 1] ?? '')?.[0].length ?? 0
    assert.equal(where.column, column ?? indent + told.length + 3)
  })
}

function placeOf(at: string) {
  const [line, column] = at.split(':').map(Number)
  return { file: 'seed.yml', line, column }
}

test('a mistyped word has the right one as a hint', () => {
  assert.equal(spoiltBy(text.replace('discovery:', 'discvery:')).hint, 'did you mean discovery?')
  const wifiTypo = spoiltBy(text.replace('password:', 'pasword:'))
  assert.equal(wifiTypo.hint, 'did you mean password?')
})

test('an operator key that signs, and is not strict, leads nowhere', () => {
  // The identity point: with it a signature fits every message.
  const bytes = new Uint8Array(operator.bytes)
  bytes.set([1, ...new Uint8Array(31)], 3)
  assert.match(spoiltBy(withValue('operator', base64(bytes))).message, /no statement: key/)
})

test('a delegation that allows more joins than its signature says is refused', () => {
  const bounded = delegationBy({ mostJoins: 3, expectedMembers: 4 })
  const bytes = new Uint8Array(bounded.bytes)
  const at = 3 + 32 + 32 + 6 + 6 + 1
  assert.equal(bytes[at], 3)
  bytes[at] = 0
  const error = spoiltBy(withValue('delegation', base64(bytes)))
  assert.match(error.message, /delegation does not lead to the cluster: signature/)
})

test('no error shows the line of the file, as it may be the secret', () => {
  const folder = mkdtempSync(join(tmpdir(), 'seed-'))
  try {
    const file = join(folder, 'seed.yml')
    writeFileSync(file, withValue('admission', base64(secret('another'))))
    assert.throws(
      () => readSeed(file),
      (error) => {
        const shown = formatError(error, makePaint(false, true, false))
        assert.match(shown, /seed\.yml:5:12/)
        return !shown.includes(base64(secret('another')))
      },
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('a folder, and a file that is too long, are no seeds and are not read', () => {
  const folder = mkdtempSync(join(tmpdir(), 'seed-'))
  try {
    assert.throws(() => readSeed(folder), /is no seed/)
    const file = join(folder, 'seed.yml')
    writeFileSync(file, Buffer.alloc(100_000))
    assert.throws(() => readSeed(file), /is no seed: it is no file, or too long/)
    assert.throws(() => readSeed(join(folder, 'none.yml')), /no such file/)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test.run()
