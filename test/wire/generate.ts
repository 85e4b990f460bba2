// Writes the golden vectors, vectors.json: what a node written from docs/PROTOCOL.md alone must
// read and write alike. Nothing in them is by chance. vectors.test.ts keeps the file as this makes
// it.
//
//   node test/wire/generate.ts
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import {
  type Header,
  nonceOf,
  openHeader,
  openSealed,
  sealDatagram,
} from '../../agent/src/wire/datagram.ts'
import { decodeMessages, encodeMessages, type Message } from '../../agent/src/wire/message.ts'
import { isRefused } from '../../agent/src/wire/refusal.ts'
import { type Statement, signedBytes } from '../../agent/src/wire/statement.ts'
import { suite } from '../../agent/src/wire/suite.ts'
import { passedOver, refusals } from './refusals.ts'
import {
  ada,
  adaDiscovery,
  adaToBob,
  admissionSeed,
  bob,
  bytesOf,
  clusterId,
  derive,
  discoveryHeader,
  discoveryMessages,
  discoverySecret,
  hexOf,
  type Node,
  nextRootSeed,
  operatorSeed,
  PURPOSES,
  pairHeader,
  pairMessages,
  publicOf,
  rootSeed,
  statements,
  tag,
} from './samples.ts'
import { newer, tables } from './tables.ts'

export const VECTORS = join(import.meta.dirname, 'vectors.json')

const ABOUT = [
  'Golden vectors of docs/PROTOCOL.md, version 1; written by test/wire/generate.ts.',
  'Bytes, keys and sums of 8 bytes are in hexadecimal digits, numbers and dates are numbers.',
  'secrets and nodes: seeds and what section 2 derives of them; salts are those of the processes.',
  'keys: tag, discovery and pair keys, of the secrets, salts and ids above.',
  'statements: each with its body, its bytes, its name, the key that signed it and what was signed.',
  'messages: what one datagram of the form says, and the bytes that are sealed.',
  'lenient: the same, where some of the bytes are passed over; passedOver is why statements were.',
  'datagrams: whole ones, each with the key, nonce and associated data that open it.',
  'tables: members and kept statements, with what is compared: versions by their first 8 bytes.',
  'newer: two records of one node, and which of them is kept.',
  'refused: bytes that a decoder takes for void, and why; the words of the reasons are ours.',
  'refused datagrams are changed from the first of their form and have to fail at tag or seal.',
]

/** As JSON: bytes in hexadecimal digits, and statements within messages by their bytes. */
export function plainOf(value: unknown): unknown {
  if (value instanceof Uint8Array) return hexOf(value)
  if (typeof value === 'bigint') return value.toString(16).padStart(16, '0')
  if (Array.isArray(value)) return value.map(plainOf)
  if (typeof value !== 'object' || value === null) return value
  const isStatement = 'kind' in value && 'bytes' in value && !('signer' in value)
  if (isStatement) return plainOf((value as Statement).bytes)
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plainOf(each)]))
}

function seeded(seed: Uint8Array) {
  return { seed, key: publicOf(seed) }
}

function nodeVector(name: string, { seed, key, id, salt }: Node) {
  const purposes = Object.keys(PURPOSES) as (keyof typeof PURPOSES)[]
  const derived = purposes.flatMap((purpose) =>
    [0, 1].map((index) => ({ purpose, index, ...derive(seed, purpose, index) })),
  )
  return { name, seed, key, id, salt, derived }
}

function statementVector([statement, seed]: readonly [Statement, Uint8Array]) {
  const { kind, body, bytes, digest } = statement
  const signed = signedBytes(statement, clusterId)
  return { kind, body, bytes, digest, signer: publicOf(seed), signed }
}

interface Sealed {
  readonly header: Header
  readonly key: Uint8Array
  readonly plain: Uint8Array
}

function datagramVector({ header, key, plain }: Sealed) {
  const datagram = sealDatagram(header, key, tag, plain, suite)
  const opened = openHeader(datagram, tag, suite)
  if (isRefused(opened)) throw new Error(opened.refused)
  const { associated } = opened
  return { header, key, nonce: nonceOf(header), associated, plain, datagram }
}

/** Every sample in a datagram of its own; counters rise, the last of form 1 is of the next epoch. */
function sealed(): Sealed[] {
  const first = pairHeader.form === 'pair' ? pairHeader : undefined
  if (first === undefined) throw new Error('the sample header is of form 2')
  const pairs = pairMessages.map((messages, index) => {
    const isLast = index === pairMessages.length - 1
    const epoch = first.epoch + (isLast ? 1 : 0)
    const counter = isLast ? 0 : first.counter + index
    const plain = encodeMessages(messages)
    return { header: { ...first, epoch, counter }, key: adaToBob(epoch), plain }
  })
  const others = discoveryMessages.map((messages, index) => ({
    header: { ...discoveryHeader, counter: discoveryHeader.counter + index },
    key: adaDiscovery,
    plain: encodeMessages(messages),
  }))
  return [...pairs, ...others]
}

const CHANGES: readonly (readonly [why: string, change: (datagram: Uint8Array) => Uint8Array])[] = [
  ['39 bytes', (datagram) => datagram.slice(0, 39)],
  ['45 bytes, one less than form 2 needs', (datagram) => retagged(datagram.slice(0, 45))],
  [
    '1,201 bytes',
    (datagram) => new Uint8Array([...datagram, ...new Uint8Array(1201)]).slice(0, 1201),
  ],
  ['version 2', (datagram) => datagram.with(0, 2)],
  ['form 3', (datagram) => datagram.with(9, 3)],
  ['a bit of the tag', (datagram) => flipped(datagram, 8)],
  ['a bit of the header', (datagram) => flipped(datagram, 12)],
  ['a bit of the header, tagged anew', (datagram) => retagged(flipped(datagram, 12))],
  ['the last bit, which the tag does not cover', (datagram) => flipped(datagram, -1)],
  ['a byte left over', (datagram) => new Uint8Array([...datagram, 0])],
]

function flipped(datagram: Uint8Array, at: number): Uint8Array {
  return datagram.with(at, (datagram.at(at) ?? 0) ^ 1)
}

function retagged(datagram: Uint8Array): Uint8Array {
  const end = datagram[9] === 1 ? 32 : 38
  const changed = datagram.slice()
  changed.set(suite.tag(tag, datagram.subarray(9, end)), 1)
  return changed
}

/** The first of each form, changed. */
function refusedDatagrams(all: readonly Sealed[]) {
  const firsts = ['pair', 'discovery'].flatMap((form) => {
    const first = all.find(({ header }) => header.form === form)
    return first === undefined ? [] : [first]
  })
  return firsts.flatMap(({ header, key, plain }) => {
    const datagram = sealDatagram(header, key, tag, plain, suite)
    return CHANGES.map(([why, change]) => {
      const bytes = change(datagram)
      const opened = openHeader(bytes, tag, suite)
      const outcome = isRefused(opened) ? opened : openSealed(opened, key, suite)
      if (!isRefused(outcome)) throw new Error(`${why} is not refused`)
      return { what: 'datagram', form: header.form, why, reason: outcome.refused, key, bytes }
    })
  })
}

/** What is taken although some of it is passed over. */
function lenient() {
  const [ping = []] = pairMessages
  const answer = discoveryMessages.at(-1) ?? []
  const unknown = encodeMessages(ping)
  const rows: readonly (readonly [form: Header['form'], why: string, plain: Uint8Array])[] = [
    ['pair', 'a type that is not known ends what is read', joined(unknown, bytesOf('7f0102'))],
    ['discovery', 'a type that is not known, alone', bytesOf('7f')],
    ['pair', 'statements of unknown kind and void ones are passed over', bytesOf(passedOver)],
    ['discovery', 'a hello that is no question may be padded', encodeMessages(answer, 1000)],
  ]
  return rows.map(([form, why, plain]) => {
    const messages = decodeMessages(plain, form, suite)
    return { form, why, messages, plain }
  })
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts))
}

function messageVectors(form: Header['form'], samples: readonly (readonly Message[])[]) {
  return samples.map((messages) => ({ form, messages, plain: encodeMessages(messages) }))
}

/** The whole file, as text. */
export function vectors(): string {
  const all = sealed()
  const content = {
    about: ABOUT,
    secrets: {
      root: seeded(rootSeed),
      nextRoot: seeded(nextRootSeed),
      operator: seeded(operatorSeed),
      admission: seeded(admissionSeed),
      discovery: discoverySecret,
    },
    clusterId,
    nodes: [nodeVector('ada', ada), nodeVector('bob', bob)],
    keys: {
      tag,
      discovery: { sender: 'ada', key: adaDiscovery },
      pair: [0, 258, 259].map((epoch) => ({
        sender: 'ada',
        receiver: 'bob',
        epoch,
        key: adaToBob(epoch),
      })),
    },
    statements: statements.map(statementVector),
    messages: [
      ...messageVectors('pair', pairMessages),
      ...messageVectors('discovery', discoveryMessages),
    ],
    lenient: lenient(),
    datagrams: all.map(datagramVector),
    tables: tables(),
    newer: newer(),
    refused: [...refusals, ...refusedDatagrams(all)],
  }
  return `${JSON.stringify(plainOf(content), undefined, 1)}\n`
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === import.meta.filename) {
  writeFileSync(VECTORS, vectors())
}
