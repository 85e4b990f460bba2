// What an operator needs to know of the cluster besides keys: cluster.yml. Its discovery secret is
// one, so the file is for its owner alone. Not here: the folder it lies in (operator.ts).
import type { Value } from '../value/value.ts'
import { nodeIdOf } from '../wire/id.ts'
import { dumpYaml } from '../yaml/dump.ts'
import { ROTATIONS_MOST } from './chains.ts'
import {
  base64Text,
  bytesOf,
  type FieldReader,
  type FileKind,
  fieldsOf,
  keyText,
  listOf,
  plainText,
  statementOf,
} from './fields.ts'
import { SEED_BYTES } from './keys.ts'
import { checkLeading, type Papers } from './leading.ts'
import { parsePrefix, prefixText } from './prefix.ts'

export interface Cluster extends Papers {
  readonly name: string
  readonly discoverySecret: Uint8Array
  /** The A of the overlay's 10.A.0.0/16. */
  readonly ipv4: number
}

const KIND: FileKind = {
  code: 'ADMISSION',
  what: 'cluster file',
  hint: 'restore the file from a copy of the folder',
  names: ['name', 'cluster', 'discovery', 'ipv4', 'operator', 'rotations'],
}

/** Names of clusters, seeds and operators: they become names of files. */
export function isName(text: string): boolean {
  return /^[a-z0-9][a-z0-9-]{0,31}$/.test(text)
}

/** The root key now: that of the last rotation. */
export function rootOf({ clusterId, rotations }: Papers): Uint8Array {
  return rotations.at(-1)?.body.rootKey ?? clusterId
}

export function readCluster(file: string): Cluster {
  const fields = fieldsOf(file, KIND)
  const cluster: Cluster = {
    name: fields.get('name', name),
    clusterId: fields.get('cluster', keyText),
    discoverySecret: fields.get('discovery', bytesOf(SEED_BYTES)),
    ipv4: fields.get('ipv4', prefix),
    operator: fields.get('operator', statementOf('operator')),
    rotations: fields.maybe('rotations', listOf(ROTATIONS_MOST, statementOf('rotation'))) ?? [],
  }
  checkLeading(fields, cluster)
  return cluster
}

const name: FieldReader<string> = (node, fail) => {
  const text = plainText(node, fail)
  if (isName(text)) return text
  throw fail('is lowercase letters, digits and dashes, at most 32')
}

export const prefix: FieldReader<number> = (node, fail) => {
  const found = parsePrefix(plainText(node, fail))
  if (found !== undefined) return found
  throw fail('is no network of an overlay', 'write 10.A.0.0/16; A is neither 42 nor 43')
}

export function clusterText(cluster: Cluster): string {
  const entries: [string, Value][] = [
    ['version', 1],
    ['name', cluster.name],
    ['cluster', nodeIdOf(cluster.clusterId)],
    ['discovery', base64Text(cluster.discoverySecret)],
    ['ipv4', prefixText(cluster.ipv4)],
    ['operator', base64Text(cluster.operator.bytes)],
    ['rotations', cluster.rotations.map(({ bytes }) => base64Text(bytes))],
  ]
  const yaml = dumpYaml(new Map(entries), { sortKeys: false, width: 2000 })
  return `# The cluster ${cluster.name}, for its operator alone.\n${yaml}`
}
