// Runs an inventory program and reads what it prints: `--list`, and `--host NAME` for each host
// when the list has no `_meta`. Not here: starting programs (sys), the printing side (show.ts).
import { resolve } from 'node:path'
import { ClusterError, type Position } from '../errors.ts'
import { runProgram } from '../sys/process.ts'
import { fromPlain } from '../value/plain.ts'
import { str } from '../value/python.ts'
import { type Dict, isDict, type Value } from '../value/value.ts'
import { sealed, type VaultReader } from '../yaml/parse.ts'
import type { Draft } from './draft.ts'
import { asTemplate } from './ini.ts'

const PROGRAM_LIMIT_MS = 60_000

export async function runScript(draft: Draft, path: string, vault?: VaultReader): Promise<void> {
  const at = { file: path, line: 1, column: 1 }
  const list = await ask(path, ['--list'], at, vault)
  const meta = list.get('_meta')
  for (const [name, group] of list) {
    if (name !== '_meta') readGroup(draft, str(name), group, at)
  }
  const hostvars = isDict(meta) ? meta.get('hostvars') : undefined
  for (const host of draft.hostNames()) {
    const vars = isDict(hostvars) ? hostvars.get(host) : undefined
    // One call tells all where the program knows how to; else one call a host.
    const own = isDict(meta) ? vars : await ask(path, ['--host', host], at, vault)
    if (!isDict(own)) continue
    for (const [name, value] of own) draft.setHostVar(host, str(name), value, at)
  }
}

async function ask(
  path: string,
  args: string[],
  at: Position,
  vault: VaultReader | undefined,
): Promise<Dict> {
  const end = await runProgram([resolve(path), ...args], { timeoutMs: PROGRAM_LIMIT_MS })
  const call = `${path} ${args.join(' ')}`
  if (end.code !== 0) {
    const how = end.code === null ? `was ended by ${end.signal}` : `ended with ${end.code}`
    const hint = end.stderr.trim().split('\n').at(-1) || 'run it by hand to see why'
    throw new ClusterError('INVENTORY', `${call} ${how}`, { where: at, hint })
  }
  const answer = fromScript(parseJson(end.stdout, call, at), at, vault)
  if (isDict(answer)) return answer
  throw new ClusterError('INVENTORY', `${call} did not print a JSON object`, {
    where: at,
    hint: 'it prints {"group": {"hosts": [...]}, "_meta": {"hostvars": {...}}}',
  })
}

function parseJson(text: string, call: string, at: Position): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (cause) {
    throw new ClusterError('INVENTORY', `${call} did not print JSON`, {
      where: at,
      hint: cause instanceof Error ? cause.message : undefined,
      cause,
    })
  }
}

/** Texts are the author's, as in a file, unless they are marked as unsafe or as a vault. */
function fromScript(plain: unknown, at: Position, vault: VaultReader | undefined): Value {
  if (typeof plain !== 'object' || plain === null) return asTemplate(fromPlain(plain), at)
  if (Array.isArray(plain)) return plain.map((item) => fromScript(item, at, vault))
  const members = new Map<string, unknown>(Object.entries(plain))
  const unsafe = members.get('__ansible_unsafe')
  if (typeof unsafe === 'string') return unsafe
  const cipher = members.get('__ansible_vault')
  if (typeof cipher === 'string' && vault !== undefined) return sealed(cipher, vault, at)
  return new Map(Object.entries(plain).map(([key, item]) => [key, fromScript(item, at, vault)]))
}

function readGroup(draft: Draft, name: string, data: Value, at: Position): void {
  draft.addGroup(name)
  if (Array.isArray(data)) {
    for (const host of data) draft.addHost(textOf(host, name, at), name, undefined, at)
    return
  }
  if (!isDict(data)) {
    const hint = 'a group is a list of hosts or an object with hosts, vars and children'
    throw new ClusterError('INVENTORY', `the group ${name} is neither list nor object`, {
      where: at,
      hint,
    })
  }
  const isGroup = ['hosts', 'vars', 'children'].some((key) => data.has(key))
  if (!isGroup) {
    // An old form: a host of its own with its variables.
    draft.addHost(name, name, undefined, at)
    for (const [key, value] of data) draft.setGroupVar(name, str(key), value, at)
    return
  }
  for (const host of listOf(data.get('hosts'))) {
    draft.addHost(textOf(host, name, at), name, undefined, at)
  }
  const vars = data.get('vars')
  if (isDict(vars)) {
    for (const [key, value] of vars) draft.setGroupVar(name, str(key), value, at)
  }
  for (const child of listOf(data.get('children'))) {
    draft.addChild(name, textOf(child, name, at), at)
  }
}

function listOf(value: Value | undefined): Value[] {
  return Array.isArray(value) ? value : []
}

function textOf(value: Value, group: string, at: Position): string {
  if (typeof value === 'string') return value
  throw new ClusterError('INVENTORY', `the group ${group} lists what is no name`, {
    where: at,
    hint: 'hosts and children are lists of names',
  })
}
