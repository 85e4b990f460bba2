// The seed bundle, by which a machine comes into a cluster without anybody at it: a file on a stick
// or on its disk that holds the right to admit, for as long and as often as its delegation says.
// Not here: how one is made (commands/seed.ts), and what the node keeps (store.ts).
import { ClusterError } from '../errors.ts'
import type { Value } from '../value/value.ts'
import { type Address, addressKey, parseAddress } from '../wire/address.ts'
import { type NodeId, nodeIdOf } from '../wire/id.ts'
import type { DelegationStatement } from '../wire/statement.ts'
import { isPrintable } from '../wire/text.ts'
import { dumpYaml } from '../yaml/dump.ts'
import { ROTATIONS_MOST } from './chains.ts'
import { prefix } from './clusterfile.ts'
import {
  base64Text,
  bytesOf,
  type FieldReader,
  Fields,
  type FileKind,
  fieldsOf,
  keyText,
  listOf,
  parseFields,
  plainText,
  statementOf,
  wholeNumber,
} from './fields.ts'
import { publicKeyOf, SEED_BYTES } from './keys.ts'
import { checkLeading, type Papers } from './leading.ts'
import { makeCertificate } from './papers.ts'
import { prefixText } from './prefix.ts'
import type { Store } from './store.ts'

export interface Wifi {
  readonly ssid: string
  readonly password: string
}

export interface Seed extends Papers {
  readonly discoverySecret: Uint8Array
  /** Of the throw-away key that signs certificates; it is kept nowhere else. */
  readonly admissionSecret: Uint8Array
  readonly delegation: DelegationStatement
  /** Where members may be found besides the own network. */
  readonly hints: readonly Address[]
  /** The A of the overlay's 10.A.0.0/16. */
  readonly ipv4: number
  readonly wifi: Wifi | undefined
}

export const SEED_FILE_MODE = 0o600
export const HINTS_MOST = 16
/** More members than any cluster of ours has. */
export const EXPECT_MOST = 16_384

const KIND: FileKind = {
  code: 'SEED',
  what: 'seed',
  hint: 'make a new one with: cluster-os seed create -o FILE',
  names: [
    'cluster',
    'discovery',
    'admission',
    'operator',
    'delegation',
    'rotations',
    'hints',
    'expect',
    'ipv4',
    'wifi',
  ],
}

/** Reads a seed and looks at every part of it. SEED with the place of a mistake. */
export function readSeed(file: string): Seed {
  return seedOf(fieldsOf(file, KIND))
}

export function parseSeed(text: string, file: string): Seed {
  return seedOf(parseFields(text, file, KIND))
}

function seedOf(fields: Fields): Seed {
  const seed: Seed = {
    clusterId: fields.get('cluster', keyText),
    discoverySecret: fields.get('discovery', bytesOf(SEED_BYTES)),
    admissionSecret: fields.get('admission', bytesOf(SEED_BYTES)),
    operator: fields.get('operator', statementOf('operator')),
    delegation: fields.get('delegation', statementOf('delegation')),
    rotations: fields.maybe('rotations', listOf(ROTATIONS_MOST, statementOf('rotation'))) ?? [],
    hints: fields.maybe('hints', listOf(HINTS_MOST, address)) ?? [],
    ipv4: fields.get('ipv4', prefix),
    wifi: fields.maybe('wifi', wifi),
  }
  checkLeading(fields, seed, { delegation: seed.delegation })
  const { admissionKey, expectedMembers } = seed.delegation.body
  const expect = fields.maybe('expect', wholeNumber(0, EXPECT_MOST)) ?? 0
  if (expect !== expectedMembers) {
    throw fields.fail('expect', 'expect is not what the delegation says')
  }
  if (Buffer.compare(publicKeyOf(seed.admissionSecret), admissionKey) === 0) return seed
  throw fields.fail('admission', 'admission is not the key that the delegation names')
}

const address: FieldReader<Address> = (node, fail) => {
  const found = parseAddress(plainText(node, fail))
  if (found !== undefined) return found
  throw fail('has what is no address', 'write 10.0.0.1:4665 or "[fd00::1]:4665"')
}

const wifi: FieldReader<Wifi> = (node) => {
  const fields = new Fields(node, { ...KIND, what: 'wifi', names: ['ssid', 'password'] })
  return { ssid: fields.get('ssid', ssid), password: fields.get('password', passphrase) }
}

const ssid: FieldReader<string> = (node, fail) => {
  const text = plainText(node, fail)
  if (isSsid(text)) return text
  throw fail('is the name of a network: 1 to 32 bytes without control characters')
}

const passphrase: FieldReader<string> = (node, fail) => {
  const text = plainText(node, fail)
  if (isPassphrase(text)) return text
  throw fail('is 8 to 63 printable ASCII characters, or 64 hexadecimal digits')
}

/** IEEE 802.11 allows any 32 bytes; what cannot be shown is left out. */
export function isSsid(text: string): boolean {
  return text !== '' && Buffer.byteLength(text) <= 32 && isPrintable(text)
}

/** As WPA takes it (IEEE 802.11, annex J.4.1). */
export function isPassphrase(text: string): boolean {
  return /^[ -~]{8,63}$/.test(text) || /^[0-9a-fA-F]{64}$/.test(text)
}

/** The file of a seed, to be written for its owner alone. */
export function seedText(seed: Seed): string {
  const { delegation, wifi } = seed
  const { name, expectedMembers } = delegation.body
  const entries: [string, Value][] = [
    ['version', 1],
    ['cluster', nodeIdOf(seed.clusterId)],
    ['discovery', base64Text(seed.discoverySecret)],
    ['admission', base64Text(seed.admissionSecret)],
    ['operator', base64Text(seed.operator.bytes)],
    ['delegation', base64Text(delegation.bytes)],
    ['rotations', seed.rotations.map(({ bytes }) => base64Text(bytes))],
    ['hints', seed.hints.map(addressKey)],
    ['expect', expectedMembers],
    ['ipv4', prefixText(seed.ipv4)],
  ]
  if (wifi !== undefined) entries.push(['wifi', new Map(Object.entries(wifi))])
  const yaml = dumpYaml(new Map(entries), { sortKeys: false, width: 2000 })
  return `# The seed ${name}: whoever has it brings machines into the cluster. Keep it secret.\n${yaml}`
}

/**
 * Makes this machine a node of the seed's cluster, and its papers, on disk when it returns. A node
 * of that cluster already stays as it is; the admission secret is left behind. Dates are not looked
 * at: members judge them, as the clock of a new machine may be wrong.
 */
export function joinBy(store: Store, seed: Seed): NodeId {
  const membership = store.membership()
  if (membership !== undefined) {
    if (Buffer.compare(membership.clusterId, seed.clusterId) !== 0) throw otherCluster(store)
    return nodeIdOf(publicKeyOf(store.seed()))
  }
  const nodeId = nodeIdOf(publicKeyOf(store.seed()))
  const { clusterId, discoverySecret, admissionSecret, ipv4 } = seed
  const { operator, delegation, rotations } = seed
  const certificate = makeCertificate({ clusterId, secret: admissionSecret }, delegation, nodeId)
  const papers = [...rotations, operator, delegation, certificate]
  store.keepMembership({ clusterId, discoverySecret, ipv4 }, papers)
  return nodeId
}

function otherCluster(store: Store): ClusterError {
  return new ClusterError('SEED', `the seed is of another cluster than ${store.folder}`, {
    hint: `to leave its cluster for good, stop the agent and move ${store.folder} away`,
  })
}
