// Signed statements, the only thing that a cluster believes: their frame, their names and their
// signatures. What each kind says is in record.ts, admission.ts and revocation.ts. Not here: who
// must have signed what, and what follows from it (gossip/).
import {
  type CertificateBody,
  certificate,
  type DelegationBody,
  delegation,
  type OperatorBody,
  operator,
  type ReceiptBody,
  receipt,
} from './admission.ts'
import { Reader, Writer } from './bytes.ts'
import type { Codec } from './codec.ts'
import { type RecordBody, record } from './record.ts'
import { isRefused, type Refused, refuse } from './refusal.ts'
import {
  type AccusationBody,
  accusation,
  type RevocationBody,
  type RotationBody,
  revocation,
  rotation,
} from './revocation.ts'
import type { Suite } from './suite.ts'

export interface Bodies {
  readonly record: RecordBody
  readonly certificate: CertificateBody
  readonly delegation: DelegationBody
  readonly operator: OperatorBody
  readonly receipt: ReceiptBody
  readonly revocation: RevocationBody
  readonly accusation: AccusationBody
  readonly rotation: RotationBody
}

export type StatementKind = keyof Bodies

export interface StatementOf<K extends StatementKind> {
  readonly kind: K
  /** All of it, the signature too; an array of its own. */
  readonly bytes: Uint8Array
  /** SHA-256 of the bytes in hexadecimal digits: the name of the statement. */
  readonly digest: string
  readonly body: Bodies[K]
}

export type RecordStatement = StatementOf<'record'>
export type CertificateStatement = StatementOf<'certificate'>
export type DelegationStatement = StatementOf<'delegation'>
export type OperatorStatement = StatementOf<'operator'>
export type ReceiptStatement = StatementOf<'receipt'>
export type RevocationStatement = StatementOf<'revocation'>
export type AccusationStatement = StatementOf<'accusation'>
export type RotationStatement = StatementOf<'rotation'>
export type Statement = { [K in StatementKind]: StatementOf<K> }[StatementKind]

/** Whoever signs: the cluster for which, and an Ed25519 signature of 64 bytes. */
export interface Signer {
  readonly clusterId: Uint8Array
  sign(message: Uint8Array): Uint8Array
}

export const STATEMENT_MAX_BYTES = 640
const FRAME_BYTES = 3
const SIGNATURE_BYTES = 64
const BODY_MAX_BYTES = STATEMENT_MAX_BYTES - FRAME_BYTES - SIGNATURE_BYTES

const KINDS: { [K in StatementKind]: { readonly code: number; readonly body: Codec<Bodies[K]> } } =
  {
    record: { code: 1, body: record },
    certificate: { code: 2, body: certificate },
    delegation: { code: 3, body: delegation },
    operator: { code: 4, body: operator },
    receipt: { code: 5, body: receipt },
    revocation: { code: 6, body: revocation },
    accusation: { code: 7, body: accusation },
    rotation: { code: 8, body: rotation },
  }

const BY_CODE: ReadonlyMap<number, StatementKind> = new Map(
  Object.entries(KINDS).map(([kind, { code }]) => [code, kind as StatementKind]),
)

/** Whole and in its one spelling; whether it is signed is asked by isSignedBy. */
export function decodeStatement(bytes: Uint8Array, suite: Suite): Statement | Refused {
  const reader = new Reader(bytes, suite)
  return reader.finish(statement.read(reader))
}

/**
 * One statement among others. A frame that is not whole refuses what the reader reads; a statement
 * that is void within a good frame is passed and given as Refused, so that the caller decides.
 */
export const statement: Codec<Statement | Refused> = {
  read: (reader) => {
    const start = reader.at
    const code = reader.u8()
    const length = reader.u16()
    if (length > BODY_MAX_BYTES) reader.refuse('bound')
    reader.skip(length + SIGNATURE_BYTES)
    const kind = BY_CODE.get(code)
    if (kind === undefined) return refuse('kind')
    const { suite } = reader
    if (suite === undefined) throw new Error('a reader of statements has no suite')
    const bytes = reader.since(start)
    return recalled(bytes, suite, () => {
      const inner = new Reader(bytes.subarray(FRAME_BYTES, FRAME_BYTES + length))
      const body = inner.finish(KINDS[kind].body.read(inner))
      if (isRefused(body)) return body
      return { kind, bytes, digest: nameOf(bytes, suite), body } as Statement
    })
  },
  write: (writer, value) => {
    if (isRefused(value)) throw new RangeError('a statement that was refused is not sent on')
    writer.bytes(value.bytes)
  },
}

/**
 * Statements read lately, by all their bytes: each comes from several members within a moment, and
 * reading is dearer than finding it here. First in, first out.
 */
const RECALLED_MOST = 1024
const read = new WeakMap<Suite, Map<string, Statement>>()

function recalled(
  bytes: Uint8Array<ArrayBuffer>,
  suite: Suite,
  decode: () => Statement | Refused,
): Statement | Refused {
  const byBytes = read.get(suite) ?? new Map<string, Statement>()
  read.set(suite, byBytes)
  const name = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
  const known = byBytes.get(name)
  if (known !== undefined) return known
  const decoded = decode()
  if (isRefused(decoded)) return decoded
  if (byBytes.size >= RECALLED_MOST) byBytes.delete(byBytes.keys().next().value ?? '')
  byBytes.set(name, decoded)
  return decoded
}

function nameOf(bytes: Uint8Array, suite: Suite): string {
  const digest = suite.digest(bytes)
  return Buffer.from(digest.buffer, digest.byteOffset, digest.length).toString('hex')
}

/** Signs a body. Throws when it has no spelling or is too long: what we say is ours to keep right. */
export function makeStatement<K extends StatementKind>(
  kind: K,
  body: Bodies[K],
  signer: Signer,
  suite: Suite,
): StatementOf<K> {
  const unsigned = frame(kind, body)
  const signature = signer.sign(withDomain(unsigned, signer.clusterId))
  if (signature.length !== SIGNATURE_BYTES) throw new Error(`a signature of ${signature.length}`)
  const bytes = new Uint8Array(unsigned.length + SIGNATURE_BYTES)
  bytes.set(unsigned)
  bytes.set(signature, unsigned.length)
  const made = decodeStatement(bytes, suite)
  if (isRefused(made)) throw new Error(`a ${kind} has no spelling: ${made.refused}`)
  return made as Statement & StatementOf<K>
}

/** The message that the signature is over. */
export function signedBytes(
  statement: Pick<Statement, 'bytes'>,
  clusterId: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const { bytes } = statement
  return withDomain(bytes.subarray(0, bytes.length - SIGNATURE_BYTES), clusterId)
}

/** Whether a statement has room for a body that has a spelling. */
export function isRoomFor<K extends StatementKind>(kind: K, body: Bodies[K]): boolean {
  return frame(kind, body).length - FRAME_BYTES <= BODY_MAX_BYTES
}

export function isSignedBy(
  statement: Pick<Statement, 'bytes'>,
  publicKey: Uint8Array,
  clusterId: Uint8Array,
  suite: Suite,
): boolean {
  const signature = statement.bytes.subarray(statement.bytes.length - SIGNATURE_BYTES)
  return suite.verify(publicKey, signedBytes(statement, clusterId), signature)
}

/** The message that the countersignature of a rotation is over: the same, without itself. */
export function countersignedBytes(
  body: Pick<RotationBody, 'rootKey' | 'number'>,
  clusterId: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const unsigned = frame('rotation', { ...body, countersignature: new Uint8Array(SIGNATURE_BYTES) })
  return withDomain(unsigned.subarray(0, unsigned.length - SIGNATURE_BYTES), clusterId)
}

/** Whether the new root key agrees to a rotation. */
export function isCountersigned(
  { body }: Pick<RotationStatement, 'body'>,
  clusterId: Uint8Array,
  suite: Suite,
): boolean {
  return suite.verify(body.rootKey, countersignedBytes(body, clusterId), body.countersignature)
}

function frame<K extends StatementKind>(kind: K, body: Bodies[K]): Uint8Array<ArrayBuffer> {
  const inner = new Writer()
  KINDS[kind].body.write(inner, body)
  const writer = new Writer()
  writer.u8(KINDS[kind].code)
  writer.u16(inner.length)
  writer.bytes(inner.finish())
  return writer.finish()
}

const DOMAIN = new Uint8Array(Buffer.from('cluster-os/1 statement\0'))

function withDomain(unsigned: Uint8Array, clusterId: Uint8Array): Uint8Array<ArrayBuffer> {
  const message = new Uint8Array(DOMAIN.length + clusterId.length + unsigned.length)
  message.set(DOMAIN)
  message.set(clusterId, DOMAIN.length)
  message.set(unsigned, DOMAIN.length + clusterId.length)
  return message
}
