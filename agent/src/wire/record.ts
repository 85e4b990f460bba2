// What a node says of itself: where it is, which keys it has, how it is. Not here: which of two
// records is newer and who is believed (gossip/).
import { type Address, ipv4, place } from './address.ts'
import { Reader, Writer } from './bytes.ts'
import {
  type Codec,
  checked,
  choice,
  date,
  flags,
  hex,
  hostname,
  list,
  port,
  raw,
  roles,
  sized,
  struct,
  u8,
  u32,
  varint,
} from './codec.ts'
import { edwardsKey, montgomeryKey, type NodeId, nodeId } from './id.ts'
import { isRefused } from './refusal.ts'

export interface Health {
  readonly isLoaded: boolean
  readonly isShortOfMemory: boolean
  readonly isShortOfDisk: boolean
  readonly hasFailedUnits: boolean
  readonly isClockOff: boolean
  readonly isUnhealthy: boolean
}

/** A blob of details: the first 16 bytes of its SHA-256 in hexadecimal digits, its size in bytes. */
export interface Details {
  readonly digest: string
  readonly size: number
}

interface Head {
  readonly nodeId: NodeId
  /** Counts the starts of the process. */
  readonly boot: number
  /** Counts the records since the start. */
  readonly incarnation: number
  readonly status: 'here' | 'left' | 'conflict'
  /** The versions of the protocol that it speaks. */
  readonly protocol: { readonly lowest: number; readonly highest: number }
  /** 16 bytes, new with each start. */
  readonly salt: Uint8Array
  readonly gossipKey: Uint8Array
  /** The best first. */
  readonly addresses: readonly Address[]
}

interface Fields {
  readonly wireguardKey?: Uint8Array
  readonly sshUserKey?: Uint8Array
  readonly sshHostKey?: Uint8Array
  readonly roles?: readonly string[]
  readonly health?: Health
  readonly overlayIpv4?: string
  /** The first 16 bytes of the agent's SHA-256. */
  readonly agentDigest?: Uint8Array
  readonly details?: Details
  readonly hostname?: string
  readonly wireguardPort?: number
  /** When it left, seconds since 1970. */
  readonly leftAt?: number
}

/** A field that this version does not know and may pass over. */
export interface OtherField {
  readonly number: number
  readonly bytes: Uint8Array
}

export interface RecordBody extends Head, Fields {
  /** Rising; the field is left out when there are none. */
  readonly roles: readonly string[]
  /** Left out when there are none. */
  readonly otherFields?: readonly OtherField[]
}

/** Of the blob that `details` names. */
export const DETAILS_MOST_BYTES = 16 * 1024
const MAX_FIELDS = 32
const FIRST_OPTIONAL_NUMBER = 128

const HEAD = struct<Head>({
  nodeId,
  boot: varint,
  incarnation: varint,
  status: choice(['here', 'left', 'conflict']),
  protocol: checked(
    struct<Head['protocol']>({ lowest: u8, highest: u8 }),
    ({ lowest, highest }) => lowest >= 1 && lowest <= highest,
    'bound',
  ),
  salt: raw(16),
  gossipKey: montgomeryKey,
  addresses: list(8, place),
})

/** The fields with their numbers, rising. */
const FIELDS: {
  [K in keyof Fields]-?: readonly [number: number, codec: Codec<NonNullable<Fields[K]>>]
} = {
  wireguardKey: [1, montgomeryKey],
  sshUserKey: [2, edwardsKey],
  sshHostKey: [3, edwardsKey],
  roles: [4, checked(roles, (names) => names.length > 0, 'bound')],
  health: [
    5,
    flags<Health>([
      'isLoaded',
      'isShortOfMemory',
      'isShortOfDisk',
      'hasFailedUnits',
      'isClockOff',
      'isUnhealthy',
    ]),
  ],
  overlayIpv4: [6, ipv4],
  agentDigest: [7, raw(16)],
  details: [
    8,
    struct<Details>({
      digest: hex(16),
      size: checked(u32, (bytes) => bytes <= DETAILS_MOST_BYTES, 'bound'),
    }),
  ],
  hostname: [9, hostname],
  wireguardPort: [10, port],
  leftAt: [11, date],
}

interface Field {
  readonly name: keyof Fields
  readonly number: number
  readonly codec: Codec<unknown>
}

const KNOWN: readonly Field[] = Object.entries(FIELDS).map(([name, [number, codec]]) => ({
  name: name as keyof Fields,
  number,
  codec: codec as Codec<unknown>,
}))
const BY_NUMBER: ReadonlyMap<number, Field> = new Map(KNOWN.map((field) => [field.number, field]))

/** Each field as it lies there, whether it is known or not. */
const FIELD_LIST: Codec<readonly OtherField[]> = checked(
  list(MAX_FIELDS, struct<OtherField>({ number: u8, bytes: sized })),
  (fields) => fields.every(({ number }, index) => (fields[index - 1]?.number ?? 0) < number),
  'order',
)

/** A record's codec; the body keeps fields that are not known, so that it is written as it was. */
export const record: Codec<RecordBody> = {
  read: (reader) => {
    const head = HEAD.read(reader)
    const fields: Partial<Record<keyof Fields, unknown>> = {}
    const otherFields: OtherField[] = []
    for (const field of FIELD_LIST.read(reader)) {
      const known = BY_NUMBER.get(field.number)
      if (known !== undefined) fields[known.name] = readField(reader, known.codec, field.bytes)
      else if (field.number < FIRST_OPTIONAL_NUMBER) reader.refuse('field')
      else otherFields.push(field)
    }
    const others = otherFields.length > 0 ? { otherFields } : {}
    return { ...head, roles: [], ...(fields as Fields), ...others }
  },
  write: (writer, body) => {
    HEAD.write(writer, body)
    const known = KNOWN.filter(({ name }) => isThere(body, name)).map((field) => ({
      number: field.number,
      bytes: writeField(field.codec, body[field.name]),
    }))
    FIELD_LIST.write(writer, [...known, ...(body.otherFields ?? [])])
  },
}

function isThere(body: RecordBody, name: keyof Fields): boolean {
  return name === 'roles' ? body.roles.length > 0 : body[name] !== undefined
}

/** A field that is refused refuses its record. */
function readField(reader: Reader, codec: Codec<unknown>, bytes: Uint8Array): unknown {
  const part = new Reader(bytes)
  const value = part.finish(codec.read(part))
  if (isRefused(value)) reader.refuse(value.refused)
  return value
}

function writeField(codec: Codec<unknown>, value: unknown): Uint8Array {
  const part = new Writer()
  codec.write(part, value)
  return part.finish()
}
