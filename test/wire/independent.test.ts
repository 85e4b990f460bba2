// Goal: docs/PROTOCOL.md is enough to read what nodes send. Method: independent/decode.py, written
// from the page and the vectors and sharing no code with the agent, reads every golden vector; and
// vectors that were changed must not pass, or its silence would prove nothing.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { suite } from '../harness.ts'

const test = suite('wire/independent')
const DECODER = resolve(import.meta.dirname, 'independent/decode.py')

interface Vectors {
  keys: { pair: unknown[] }
  nodes: unknown[]
  statements: { kind: string; bytes: string }[]
  messages: { form: string; plain: string }[]
  lenient: unknown[]
  datagrams: { datagram: string }[]
  tables: { members: { version: string }[]; view: string; buckets: string[]; ids: Short[] }[]
  newer: { kept: string }[]
  refused: { what: string; bytes: string }[]
}

interface Short {
  version: number
}

interface Answer {
  readonly read: Readonly<Record<string, number>>
  readonly checks: number
  readonly mismatches: readonly { where: string; what: string; found: unknown }[]
}

/** A fresh copy, which a test may change. */
function golden(): Vectors {
  const text = readFileSync(resolve(import.meta.dirname, 'vectors.json'), 'utf8')
  return JSON.parse(text) as Vectors
}

/** Runs the decoder; a machine without python3 cannot prove anything, and that is a failure. */
function decode(args: string[] = [], env = process.env): Answer {
  const ended = spawnSync('python3', ['-B', DECODER, ...args], { encoding: 'utf8', env })
  if (ended.error !== undefined) {
    throw new Error(`python3 does not start, install Python 3.11 or newer: ${ended.error.message}`)
  }
  assert.equal(ended.stderr, '')
  const answer = JSON.parse(ended.stdout) as Answer
  assert.equal(ended.status, answer.mismatches.length === 0 ? 0 : 1)
  return answer
}

function decodeChanged(change: (vectors: Vectors) => void): Answer {
  const folder = mkdtempSync(join(tmpdir(), 'cluster-os-vectors-'))
  try {
    const vectors = golden()
    change(vectors)
    const path = join(folder, 'vectors.json')
    writeFileSync(path, JSON.stringify(vectors))
    return decode([path])
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The places that have a mismatch, each once. */
function places({ mismatches }: Answer): string[] {
  return [...new Set(mismatches.map(({ where }) => where))]
}

function numbered(section: string, items: readonly unknown[]): string[] {
  return items.map((_, index) => `${section}[${index}]`)
}

function flipped(hex: string, at: number): string {
  const bytes = Buffer.from(hex, 'hex')
  bytes[at] = (bytes[at] ?? 0) ^ 1
  return bytes.toString('hex')
}

/** As many copies of a vector as it has bytes, each with another byte flipped. */
function eachByteFlipped<T, K extends keyof T>(vector: T & Record<K, string>, key: K): T[] {
  const count = vector[key].length / 2
  return Array.from({ length: count }, (_, at) => ({ ...vector, [key]: flipped(vector[key], at) }))
}

test('a decoder written from the page reads every vector as it says', () => {
  const { keys, nodes, statements, messages, lenient, datagrams, refused, tables, newer } = golden()
  const { read, mismatches } = decode()
  assert.deepEqual(mismatches, [])
  assert.deepEqual(read, {
    secrets: 4,
    nodes: nodes.length,
    keys: keys.pair.length + 2,
    statements: statements.length,
    messages: messages.length,
    lenient: lenient.length,
    datagrams: datagrams.length,
    tables: tables.length,
    newer: newer.length,
    refused: refused.length,
  })
})

test('one flipped byte of a statement is a mismatch there and where it is named', () => {
  const answer = decodeChanged(({ statements }) => {
    for (const vector of statements) {
      if (vector.kind === 'operator') vector.bytes = flipped(vector.bytes, 40)
    }
  })
  const place = golden().statements.findIndex(({ kind }) => kind === 'operator')
  // The delegation is signed by the operator's key, and names the statement that has it.
  const below = golden().statements.findIndex(({ kind }) => kind === 'delegation')
  assert.deepEqual(
    new Set(places(answer)),
    new Set([`statements[${place}]`, `statements[${below}]`]),
  )
})

test('each flipped byte of a statement, a message and a datagram is a mismatch', () => {
  let expected: string[] = []
  const answer = decodeChanged((vectors) => {
    const accusation = vectors.statements.filter(({ kind }) => kind === 'accusation')
    const ids = vectors.messages.filter(({ plain }) => plain.startsWith('09'))
    const ack = vectors.datagrams.slice(1, 2)
    const statements = accusation.flatMap((vector) => eachByteFlipped(vector, 'bytes'))
    const messages = ids.flatMap((vector) => eachByteFlipped(vector, 'plain'))
    const datagrams = ack.flatMap((vector) => eachByteFlipped(vector, 'datagram'))
    expected = [
      ...numbered('statements', statements),
      ...numbered('messages', messages),
      ...numbered('datagrams', datagrams),
    ]
    // The lenient ones carry statements whose signers are known from the others.
    Object.assign(vectors, { statements, messages, datagrams, lenient: [] })
  })
  assert.ok(expected.length > 200)
  assert.deepEqual(places(answer), expected)
})

test('a changed version, view, sum or id of a table is a mismatch, and so is the other record', () => {
  const answer = decodeChanged((vectors) => {
    const [, table] = vectors.tables
    const [pair] = vectors.newer
    if (table === undefined || pair === undefined) return
    const changes: ((copy: Vectors['tables'][number]) => void)[] = [
      ({ members }) => Object.assign(members[0] ?? {}, { version: '00'.repeat(8) }),
      (copy) => Object.assign(copy, { view: flipped(copy.view, 7) }),
      ({ buckets }) => buckets.splice(0, 1, flipped(buckets[0] ?? '', 0)),
      ({ ids }) => Object.assign(ids.at(-1) ?? {}, { version: 1 }),
    ]
    vectors.tables = changes.map((change) => {
      const copy = structuredClone(table)
      change(copy)
      return copy
    })
    vectors.newer = [{ ...pair, kept: pair.kept === 'one' ? 'other' : 'one' }]
  })
  assert.deepEqual(places(answer), [...numbered('tables', [1, 2, 3, 4]), 'newer[0]'])
})

test('a vector that is to be refused and is good is a mismatch', () => {
  const answer = decodeChanged((vectors) => {
    const plain = (form: string) => vectors.messages.find((vector) => vector.form === form)?.plain
    const good: Record<string, string | undefined> = {
      statement: vectors.statements[0]?.bytes,
      'pair messages': plain('pair'),
      'discovery messages': plain('discovery'),
      datagram: vectors.datagrams[0]?.datagram,
    }
    const [first] = vectors.refused.filter(({ what }) => what === 'datagram')
    vectors.refused = vectors.refused.filter(({ what }) => what !== 'datagram')
    if (first !== undefined) vectors.refused.push(first)
    for (const vector of vectors.refused) vector.bytes = good[vector.what] ?? ''
  })
  const refused = golden().refused.filter(({ what }) => what !== 'datagram')
  assert.deepEqual(places(answer), numbered('refused', [...refused, 'datagram']))
  assert.ok(answer.mismatches.every(({ found }) => found === 'taken'))
})

test('a section of the vectors that nobody reads is a mismatch', () => {
  const answer = decodeChanged((vectors) => Object.assign(vectors, { elections: [] }))
  assert.deepEqual(
    answer.mismatches.map(({ found }) => found),
    [['elections']],
  )
})

test('without python3 this fails and says so', () => {
  assert.throws(() => decode([], { PATH: '' }), /python3 does not start/)
})

test.run()
