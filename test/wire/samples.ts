// A small cluster whose every secret follows from a word, with one statement of each kind and one
// message of each type. Tests and the golden vectors (generate.ts) are made of it.
import { createHash, createPrivateKey, createPublicKey } from 'node:crypto'
import type { Address } from '../../agent/src/wire/address.ts'
import type { Header } from '../../agent/src/wire/datagram.ts'
import { type NodeId, nodeIdOf, shortOf } from '../../agent/src/wire/id.ts'
import { discoveryKey, pairKey, tagKey } from '../../agent/src/wire/keys.ts'
import type { Message } from '../../agent/src/wire/message.ts'
import type { RecordBody } from '../../agent/src/wire/record.ts'
import {
  countersignedBytes,
  makeStatement,
  type RecordStatement,
  type Signer,
  type Statement,
} from '../../agent/src/wire/statement.ts'
import { suite } from '../../agent/src/wire/suite.ts'

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

export function bytesOf(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'))
}

/** 32 bytes that follow from a word. */
export function secretOf(word: string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(`cluster-os vector ${word}`).digest())
}

const DER = {
  ed25519: '302e020100300506032b657004220420',
  x25519: '302e020100300506032b656e04220420',
} as const

/** The public half, 32 bytes. */
export function publicOf(secret: Uint8Array, curve: keyof typeof DER = 'ed25519'): Uint8Array {
  const der = Buffer.concat([Buffer.from(DER[curve], 'hex'), secret])
  const key = createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }))
  return new Uint8Array(key.export({ format: 'der', type: 'spki' }).subarray(-32))
}

/** The purposes of keys that a node derives from its seed. */
export const PURPOSES = {
  wireguard: 'x25519',
  gossip: 'x25519',
  'ssh-user': 'ed25519',
  'ssh-host': 'ed25519',
} as const

export interface Derived {
  readonly secret: Uint8Array
  readonly publicKey: Uint8Array
}

export function derive(seed: Uint8Array, purpose: keyof typeof PURPOSES, index: number): Derived {
  const info = Buffer.from(`${purpose}/${index}`)
  const secret = suite.hkdf(seed, Buffer.from('cluster-os/1'), info)
  return { secret, publicKey: publicOf(secret, PURPOSES[purpose]) }
}

export interface Node {
  readonly seed: Uint8Array
  readonly key: Uint8Array
  readonly id: NodeId
  readonly salt: Uint8Array
  readonly gossip: Derived
}

function node(word: string): Node {
  const seed = secretOf(`${word} seed`)
  const key = publicOf(seed)
  const salt = secretOf(`${word} salt`).slice(0, 16)
  return { seed, key, id: nodeIdOf(key), salt, gossip: derive(seed, 'gossip', 0) }
}

export const ada = node('ada')
export const bob = node('bob')
export const rootSeed = secretOf('root seed')
export const nextRootSeed = secretOf('next root seed')
export const operatorSeed = secretOf('operator seed')
export const admissionSeed = secretOf('admission seed')
export const discoverySecret = secretOf('discovery secret')
export const clusterId = publicOf(rootSeed)

export function signerOf(seed: Uint8Array): Signer {
  return { clusterId, sign: (message) => suite.sign(seed, message) }
}

const day = 86_400
const start = 1_800_000_000

export const adaAddress: Address = { family: 4, host: '192.0.2.1', port: 4664 }
export const bobAddress: Address = { family: 6, host: '2001:db8::2:0:0:1', port: 4664 }

/** The most that a record of this version says. */
export const fullBody: RecordBody = {
  nodeId: ada.id,
  boot: 3,
  incarnation: 300,
  status: 'here',
  protocol: { lowest: 1, highest: 1 },
  salt: ada.salt,
  gossipKey: ada.gossip.publicKey,
  addresses: [adaAddress, { family: 6, host: 'fe80::1', port: 65_535 }],
  wireguardKey: derive(ada.seed, 'wireguard', 0).publicKey,
  sshUserKey: derive(ada.seed, 'ssh-user', 0).publicKey,
  sshHostKey: derive(ada.seed, 'ssh-host', 0).publicKey,
  roles: ['gpu', 'storage'],
  health: {
    isLoaded: true,
    isShortOfMemory: false,
    isShortOfDisk: false,
    hasFailedUnits: true,
    isClockOff: false,
    isUnhealthy: true,
  },
  overlayIpv4: '10.77.0.1',
  agentDigest: secretOf('agent').slice(0, 16),
  details: { digest: hexOf(secretOf('details').slice(0, 16)), size: 16_384 },
  hostname: 'ada.example',
  wireguardPort: 51_820,
  leftAt: start + 4 * day,
  otherFields: [{ number: 200, bytes: bytesOf('c0ffee') }],
}

/** The least that a record says. */
export const smallBody: RecordBody = {
  nodeId: bob.id,
  boot: 2 ** 48 - 1,
  incarnation: 0,
  status: 'left',
  protocol: { lowest: 1, highest: 2 },
  salt: bob.salt,
  gossipKey: bob.gossip.publicKey,
  addresses: [],
  roles: [],
}

const record = makeStatement('record', fullBody, signerOf(ada.seed), suite)
const smallRecord = makeStatement('record', smallBody, signerOf(bob.seed), suite)
const operator = makeStatement(
  'operator',
  {
    operatorKey: publicOf(operatorSeed),
    notBefore: start,
    notAfter: start + 365 * day,
    name: 'Žofie 操作員',
  },
  signerOf(rootSeed),
  suite,
)
const delegation = makeStatement(
  'delegation',
  {
    admissionKey: publicOf(admissionSeed),
    operator: operator.digest,
    notBefore: start,
    notAfter: start + day,
    mayCoordinate: true,
    mostJoins: 200,
    mostCoordinators: 5,
    expectedMembers: 128,
    roles: ['gpu', 'storage'],
    name: 'hall 2',
  },
  signerOf(operatorSeed),
  suite,
)
const certificate = makeStatement(
  'certificate',
  { nodeId: ada.id, delegation: delegation.digest, mayCoordinate: true },
  signerOf(admissionSeed),
  suite,
)
const receipt = makeStatement(
  'receipt',
  { nodeId: ada.id, certificate: certificate.digest, date: start + 60, acceptor: bob.id },
  signerOf(bob.seed),
  suite,
)
const revocation = makeStatement(
  'revocation',
  {
    target: { kind: 'admission', key: publicOf(admissionSeed) },
    date: start + 2 * day,
    takesAdmitted: true,
    signer: publicOf(operatorSeed),
  },
  signerOf(operatorSeed),
  suite,
)
const accusation = makeStatement(
  'accusation',
  { accuser: ada.id, subject: bob.id, boot: 127, incarnation: 128, since: start + 3 * day },
  signerOf(ada.seed),
  suite,
)
const next = { rootKey: publicOf(nextRootSeed), number: 1 }
const rotation = makeStatement(
  'rotation',
  { ...next, countersignature: suite.sign(nextRootSeed, countersignedBytes(next, clusterId)) },
  signerOf(rootSeed),
  suite,
)

/** Each with the seed of the key that signed it. */
export const statements: readonly (readonly [statement: Statement, seed: Uint8Array])[] = [
  [record, ada.seed],
  [smallRecord, bob.seed],
  [certificate, admissionSeed],
  [delegation, operatorSeed],
  [operator, rootSeed],
  [receipt, bob.seed],
  [revocation, operatorSeed],
  [accusation, ada.seed],
  [rotation, rootSeed],
]

/** A record to be changed. */
export const adaRecord: RecordStatement = record

const chain = [record, certificate, receipt] as const
const zeros = new Uint8Array(16)
const blob = hexOf(secretOf('blob').slice(0, 16))

/** Each is the messages of one datagram of form 1. */
export const pairMessages: readonly (readonly Message[])[] = [
  [{ type: 'ping', sequence: 65_535, view: 0xfedcba9876543210n }],
  [{ type: 'ack', sequence: 1, view: 0n }],
  [{ type: 'ping-req', sequence: 2, target: shortOf(bob.id) }],
  [{ type: 'nack', sequence: 3 }],
  [{ type: 'relayed-ack', sequence: 4 }],
  [{ type: 'statements', statements: [accusation, smallRecord] }],
  [{ type: 'statements', statements: [] }],
  [{ type: 'want', digests: [record.digest, rotation.digest] }],
  [{ type: 'buckets', sums: Array.from({ length: 16 }, (_, index) => BigInt(index) << 56n) }],
  [
    {
      type: 'ids',
      bucket: 15,
      hasBefore: true,
      hasMore: true,
      ids: [
        { short: shortOf(ada.id), version: 0xffff_ffff },
        { short: shortOf(bob.id), version: 0 },
      ].toSorted((a, b) => (a.short < b.short ? -1 : 1)),
    },
  ],
  [{ type: 'pull', ids: [shortOf(bob.id), shortOf(ada.id)] }],
  [{ type: 'blob-get', digest: blob, offset: 0xffff_ffff }],
  [{ type: 'blob-part', digest: blob, offset: 1024, bytes: new Uint8Array(1024).fill(0xab) }],
  [
    { type: 'ack', sequence: 5, view: 1n },
    { type: 'ping', sequence: 6, view: 1n },
    { type: 'statements', statements: [certificate] },
  ],
]

/** Each is the message of one datagram of form 2. */
export const discoveryMessages: readonly (readonly Message[])[] = [
  [
    {
      type: 'beacon',
      asksAnswer: true,
      nodeId: ada.id,
      boot: 3,
      addresses: [bobAddress],
    },
  ],
  [
    {
      type: 'hello',
      wantsAnswer: true,
      isAnswer: false,
      sentTo: bobAddress,
      echo: zeros,
      statements: chain,
    },
  ],
  [
    {
      type: 'hello',
      wantsAnswer: false,
      isAnswer: true,
      sentTo: adaAddress,
      echo: ada.salt,
      statements: [smallRecord],
    },
  ],
]

export const pairHeader: Header = {
  form: 'pair',
  short: shortOf(ada.id),
  epoch: 258,
  counter: 0xfffefdfc,
}
export const discoveryHeader: Header = { form: 'discovery', salt: ada.salt, counter: 7 }

export const tag = tagKey(discoverySecret, clusterId, suite)
export const adaDiscovery = discoveryKey(discoverySecret, ada.salt, clusterId, suite)

/** What ada sends to bob with, in an epoch. */
export function adaToBob(epoch: number): Uint8Array {
  const key = pairKey(
    {
      secret: ada.gossip.secret,
      publicKey: bob.gossip.publicKey,
      senderSalt: ada.salt,
      receiverSalt: bob.salt,
      clusterId,
      senderId: ada.id,
      receiverId: bob.id,
      epoch,
    },
    suite,
  )
  if (key === undefined) throw new Error('the sample keys do not agree')
  return key
}
