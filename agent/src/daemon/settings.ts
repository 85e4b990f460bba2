// The settings of the agent, /etc/cluster-os/agent.yml: all of them optional, each with its bounds,
// and a mistake named with its place. Not here: what was settled with the cluster (identity/).
import { ClusterError, type Position } from '../errors.ts'
import { AGENT_SOCKET } from '../inventory/live.ts'
import { fileKind, readText } from '../sys/files.ts'
import { nearest } from '../value/nearest.ts'
import { type Address, isPlace, makeAddress, parseAddress } from '../wire/address.ts'
import type { YamlNode } from '../yaml/node.ts'
import { parseYaml } from '../yaml/parse.ts'

export const SETTINGS_FILE = '/etc/cluster-os/agent.yml'
export const PORT = 4665

export interface AgentSettings {
  /** UDP, of gossip. */
  readonly port: number
  /** Listen on this address only; all when undefined. */
  readonly address: string | undefined
  /** Interfaces to use; all that look like a network of machines when none is named. */
  readonly interfaces: readonly string[]
  readonly advertise: readonly Address[]
  readonly hints: readonly Address[]
  readonly roles: readonly string[]
  readonly labels: Readonly<Record<string, string>>
  /** Loopback port of metrics; none when undefined. */
  readonly metricsPort: number | undefined
  readonly identity: string
  readonly state: string
  readonly socket: string
  readonly seed: string
}

type Reader<T> = (node: YamlNode, name: string) => T

const DEFAULTS: AgentSettings = {
  port: PORT,
  address: undefined,
  interfaces: [],
  advertise: [],
  hints: [],
  roles: [],
  labels: {},
  metricsPort: undefined,
  identity: '/var/lib/cluster-os/identity',
  state: '/var/lib/cluster-os/state',
  socket: AGENT_SOCKET,
  seed: '/etc/cluster-os/seed.yml',
}

const text: Reader<string> = (node, name) => {
  if (node.kind !== 'scalar' || node.text === '') throw bad(node.at, `${name} is a text`)
  return node.text
}

const path: Reader<string> = (node, name) => {
  const value = text(node, name)
  if (!value.startsWith('/')) throw bad(node.at, `${name} is a path from the root`)
  return value
}

const port: Reader<number> = (node, name) => {
  const value = Number(text(node, name))
  if (Number.isInteger(value) && value >= 1 && value <= 65_535) return value
  throw bad(node.at, `${name} is a number from 1 to 65535`)
}

function listOf<T>(item: Reader<T>): Reader<T[]> {
  return (node, name) => {
    if (node.kind !== 'sequence') throw bad(node.at, `${name} is a list`)
    return node.items.map((one) => item(one, `an item of ${name}`))
  }
}

const address: Reader<Address> = (node, name) => {
  const value = text(node, name)
  const bare = /^\[.*\]$|^[0-9.]+$/.test(value)
  const parsed = parseAddress(bare ? `${value}:${PORT}` : value)
  if (parsed !== undefined) return parsed
  throw bad(node.at, `${name} is an address such as 10.0.0.1:${PORT} or [fd00::1]:${PORT}`)
}

const role: Reader<string> = (node, name) => {
  const value = text(node, name)
  if (/^[a-z][a-z0-9-]{0,31}$/.test(value)) return value
  throw bad(node.at, `${name} is lowercase letters, digits and dashes, at most 32`)
}

const ROLES_MOST = 16
/** With their lengths they fit into the 255 bytes of a field, and leave a record room. */
const ROLES_MOST_CHARACTERS = 200

const roles: Reader<string[]> = (node, name) => {
  const named = listOf(role)(node, name)
  const different = [...new Set(named)]
  if (different.length > ROLES_MOST) throw bad(node.at, `${name} are at most ${ROLES_MOST}`)
  if (different.join('').length <= ROLES_MOST_CHARACTERS) return different
  throw bad(node.at, `${name} have at most ${ROLES_MOST_CHARACTERS} characters together`)
}

/** Of this machine, perhaps of an interface that is not up yet. */
const listening: Reader<string> = (node, name) => {
  const made = makeAddress(text(node, name), PORT)
  if (made !== undefined && isPlace(made)) return made.host
  throw bad(node.at, `${name} is an address of this machine without a port, such as 10.0.0.1`)
}

const LABELS_MOST = 64
/** Longer ones are not taken by others (told.ts). */
const LABEL_MOST_CHARACTERS = 256
/** Half of what details may have: the other half is the machine's. */
const LABELS_MOST_BYTES = 8192

const labels: Reader<Record<string, string>> = (node, name) => {
  if (node.kind !== 'mapping') throw bad(node.at, `${name} are names with values`)
  if (node.entries.length > LABELS_MOST) throw bad(node.at, `${name} are at most ${LABELS_MOST}`)
  const entries = node.entries.map(({ key, value }): [string, string] => {
    if (!/^[a-z][a-z0-9_]{0,62}$/.test(key.text)) {
      throw bad(key.at, 'the name of a label is lowercase letters, digits and underscores')
    }
    const told = text(value, `label ${key.text}`)
    if (told.length <= LABEL_MOST_CHARACTERS) return [key.text, told]
    throw bad(value.at, `label ${key.text} has more than ${LABEL_MOST_CHARACTERS} characters`)
  })
  const read = Object.fromEntries(entries)
  if (Buffer.byteLength(JSON.stringify(read)) <= LABELS_MOST_BYTES) return read
  throw bad(node.at, `${name} have more than ${LABELS_MOST_BYTES} bytes together`)
}

const READERS: { [K in keyof AgentSettings]: Reader<AgentSettings[K]> } = {
  port,
  address: listening,
  interfaces: listOf(text),
  advertise: listOf(address),
  hints: listOf(address),
  roles,
  labels,
  metricsPort: port,
  identity: path,
  state: path,
  socket: path,
  seed: path,
}

/** In the file words have underscores: `metrics_port`. */
const NAMES = new Map(
  Object.keys(READERS).map((name) => [
    name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    name as keyof AgentSettings,
  ]),
)

/** Reads the file, which need not be there. SETTINGS with the place of a mistake. */
export function readSettings(file = SETTINGS_FILE): AgentSettings {
  if (fileKind(file) === undefined) return DEFAULTS
  const [root] = parseYaml(readText(file), file)
  if (root === undefined || (root.kind === 'scalar' && root.value === null)) return DEFAULTS
  if (root.kind !== 'mapping') throw bad(root.at, 'settings are names with values')
  const settings: Partial<Record<keyof AgentSettings, unknown>> = {}
  for (const { key, value } of root.entries) {
    const name = NAMES.get(key.text)
    if (name === undefined) {
      const close = nearest(key.text, [...NAMES.keys()])
      throw bad(key.at, `there is no setting ${key.text}`, close)
    }
    settings[name] = READERS[name](value, key.text)
  }
  return { ...DEFAULTS, ...(settings as Partial<AgentSettings>) }
}

/**
 * Where an agent with these settings listens for commands. One with settings that cannot be read
 * may still run, with those of before.
 */
export function socketOf(file = SETTINGS_FILE): string {
  try {
    return readSettings(file).socket
  } catch (error) {
    if (error instanceof ClusterError) return DEFAULTS.socket
    throw error
  }
}

/** Runs that, and names the setting in what it fails with. */
export async function bySetting<T>(name: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error
    const { code, message, hint, cause } = error
    throw new ClusterError(code, `${message} (setting ${name})`, { hint, cause })
  }
}

function bad(where: Position, message: string, close?: string): ClusterError {
  const hint = close === undefined ? 'see docs/agent.md' : `did you mean ${close}?`
  return new ClusterError('SETTINGS', message, { where, hint })
}
