// Variables that say how the host of a task is reached, where nobody has set them: as in Ansible,
// templates of a task see what came of keywords, the command line and settings. They stand below
// every other variable, and what says how to connect never asks them. Not here: how it is reached
// (reach.ts).
import { CONNECT_LIMIT_MS } from '../host/transport.ts'
import { Template, type Value } from '../value/value.ts'
import { isMadeByHost } from './hostmade.ts'
import type { Reach } from './links.ts'
import { REACH } from './reach.ts'
import type { VariableScope } from './scope.ts'
import type { Task } from './tree.ts'
import type { Found } from './variables.ts'

interface Added {
  readonly names: readonly string[]
  /** A port that a keyword says is not among them, as in Ansible. */
  readonly of: (reach: Reach, target: VariableScope) => Value | undefined
}

const ADDED: readonly Added[] = [
  { names: REACH.user, of: ({ ssh }) => ssh.user },
  { names: REACH.connection, of: ({ connection }) => connection },
  { names: REACH.address, of: ({ host, ssh }) => ssh.address ?? host },
  { names: REACH.port, of: (_, target) => firstOf(REACH.port, target) },
  { names: REACH.keyFile, of: ({ ssh }) => ssh.keyFile },
  {
    names: REACH.timeout,
    of: ({ ssh }) => Math.ceil((ssh.connectLimitMs ?? CONNECT_LIMIT_MS) / 1000),
  },
  { names: ['ansible_shell_executable'], of: () => '/bin/sh' },
]

const BY_NAME = new Map(ADDED.flatMap((added) => added.names.map((name) => [name, added])))

/** What `vars` does not have, nor hostvars. */
export const ADDED_LAYER = 'connection'

/**
 * Whether it is no older name for what another says. What a module renders by itself, a template or
 * what is asserted, sees only these, as in Ansible.
 */
export function isFirstName(name: string): boolean {
  return !name.startsWith('ansible_ssh_')
}

/** Keywords that can bring a host's words into what is added. */
const SAYING: readonly string[] = ['remote_user', 'connection', 'delegate_to']

/**
 * `reach` and `target` are of the host that the task works on, `own` of the one it is for; neither
 * scope has what is added here.
 */
export function addedVariable(
  name: string,
  task: Task,
  own: VariableScope,
  reached: () => { reach: Reach; target: VariableScope },
): Found | undefined {
  const added = BY_NAME.get(name)
  if (added === undefined) return undefined
  const { reach, target } = reached()
  const value = added.of(reach, target)
  if (value === undefined) return undefined
  const isHostMade =
    SAYING.some((word) => isMadeByHost(task.keywords.get(word)?.value ?? null, own, task)) ||
    added.names.some((other) => isMadeByHost(new Template(`{{ ${other} }}`, task.at), target))
  return { value, origin: `how ${reach.host} is reached`, layer: ADDED_LAYER, isHostMade }
}

function firstOf(names: readonly string[], scope: VariableScope): Value | undefined {
  return names.map((name) => scope.connection(name)).find((value) => value != null)
}
