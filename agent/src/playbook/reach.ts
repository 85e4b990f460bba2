// How a task reaches its host: variables of the inventory first, then keywords, then the command
// line, as in Ansible. Values that came from hosts are never asked. Not here: connecting.
import { ClusterError } from '../errors.ts'
import type { SshWishes } from '../host/ssh-options.ts'
import type { Become } from '../host/transport.ts'
import { splitWords } from '../host/words.ts'
import { LOCAL_NAMES } from '../inventory/inventory.ts'
import { userName } from '../sys/env.ts'
import { render } from '../template/template.ts'
import { str } from '../value/python.ts'
import type { Value } from '../value/value.ts'
import { isYes, keywordTruth } from './keyword.ts'
import type { Reach } from './links.ts'
import type { VariableScope } from './scope.ts'
import type { Task } from './tree.ts'

/** Variables that say how to reach a host; of several names the first wins, as in Ansible. */
export const REACH = {
  address: ['ansible_ssh_host', 'ansible_host'],
  port: ['ansible_ssh_port', 'ansible_port'],
  user: ['ansible_ssh_user', 'ansible_user'],
  connection: ['ansible_connection'],
  keyFile: ['ansible_ssh_private_key_file', 'ansible_private_key_file'],
  password: ['ansible_ssh_password', 'ansible_ssh_pass', 'ansible_password'],
  isHostKeyChecked: ['ansible_ssh_host_key_checking', 'ansible_host_key_checking'],
  timeout: ['ansible_ssh_timeout', 'ansible_timeout'],
  sshArgs: ['ansible_ssh_args'],
  sshCommonArgs: ['ansible_ssh_common_args'],
  sshExtraArgs: ['ansible_ssh_extra_args'],
  become: ['ansible_become'],
  becomeMethod: ['ansible_become_method'],
  becomeUser: ['ansible_become_user'],
  becomePassword: ['ansible_become_password', 'ansible_become_pass'],
} as const

const REACH_NAMES: ReadonlySet<string> = new Set(Object.values(REACH).flat())

/** No fact has such a name. */
export function isReachVariable(name: string): boolean {
  return REACH_NAMES.has(name)
}

/** What the command line says about connections. */
export interface ConnectionDefaults {
  readonly connection: string | undefined
  readonly user: string | undefined
  readonly privateKey: string | undefined
  /** Each counts where the host has no such variable. */
  readonly sshArgs: string | undefined
  readonly sshCommonArgs: string | undefined
  readonly become: boolean
  readonly becomeUser: string | undefined
  readonly becomeMethod: string | undefined
  readonly becomePassword: string | undefined
  readonly password: string | undefined
  readonly connectLimitMs: number | undefined
  readonly isHostKeyChecked: boolean
}

/**
 * `scope` is that of the host that is reached (the delegated one, if any); keywords are the
 * task's, rendered with `own`, the scope of the host the task is for.
 */
export function reachOf(options: {
  host: string
  owner: string
  isInInventory: boolean
  task: Task
  scope: VariableScope
  own: VariableScope
  defaults: ConnectionDefaults
}): Reach {
  const { host, task, scope, own, defaults } = options
  const variable = (...names: string[]): string | undefined => {
    for (const name of names) {
      const value = scope.connection(name)
      if (value !== undefined && value !== null) return str(value)
    }
    return undefined
  }
  const keyword = (name: string): string | undefined => {
    const value: Value | undefined = task.keywords.get(name)?.value
    return value === undefined || value === null ? undefined : str(render(value, own.context))
  }
  const isImplicitLocal = !options.isInInventory && LOCAL_NAMES.has(host)
  // As if the inventory had it with a variable of its own, which wins over keywords.
  const implied = isImplicitLocal ? 'local' : undefined
  const wish =
    variable(...REACH.connection) ?? implied ?? keyword('connection') ?? defaults.connection
  const port = variable(...REACH.port) ?? keyword('port')
  const timeout = variable(...REACH.timeout)
  const isChecked = variable(...REACH.isHostKeyChecked)
  const connection = connectionOf(wish ?? 'ssh', task, host)
  const user = variable(...REACH.user) ?? keyword('remote_user') ?? defaults.user
  const login = connection === 'local' ? userName() : user
  return {
    host,
    owner: options.owner,
    connection,
    ssh: {
      address: variable(...REACH.address),
      port: port === undefined ? undefined : Number(port),
      user,
      keyFile: variable(...REACH.keyFile) ?? defaults.privateKey,
      password: variable(...REACH.password) ?? defaults.password,
      ...sshArgumentsOf(variable, defaults),
      isHostKeyChecked: isChecked === undefined ? defaults.isHostKeyChecked : isYes(isChecked),
      connectLimitMs: timeout === undefined ? defaults.connectLimitMs : Number(timeout) * 1000,
    },
    become: becomeOf(variable, keyword, { ...options, login }),
  }
}

/** Arguments for ssh, of variables and what stands behind them, in the order in which they count. */
export function sshArgumentsOf(
  variable: (...names: string[]) => string | undefined,
  defaults: { readonly sshArgs?: string | undefined; readonly sshCommonArgs?: string | undefined },
): Pick<SshWishes, 'firstArguments' | 'arguments'> {
  const common = variable(...REACH.sshCommonArgs) ?? defaults.sshCommonArgs
  const more = [common, variable(...REACH.sshExtraArgs)].filter((text) => text !== undefined)
  return {
    firstArguments: variable(...REACH.sshArgs) ?? defaults.sshArgs,
    arguments: more.join(' '),
  }
}

function connectionOf(wish: string, task: Task, host: string): 'ssh' | 'local' {
  if (wish === 'local') return 'local'
  if (['ssh', 'smart', 'paramiko', 'paramiko_ssh', 'openssh'].includes(wish)) return 'ssh'
  throw new ClusterError('KEYWORD_UNSUPPORTED', `${host}: connection ${wish} is not supported`, {
    where: task.at,
    hint: 'use ssh or local',
  })
}

export const BECOME_METHODS = ['sudo', 'su', 'doas'] as const

function becomeOf(
  variable: (...names: string[]) => string | undefined,
  keyword: (name: string) => string | undefined,
  options: {
    task: Task
    own: VariableScope
    defaults: ConnectionDefaults
    login: string | undefined
  },
): Become | undefined {
  const { task, own, defaults } = options
  const said = variable(...REACH.become)
  const isWanted =
    said === undefined
      ? task.keywords.has('become')
        ? keywordTruth(task, 'become', own)
        : defaults.become
      : isYes(said)
  if (!isWanted) return undefined
  const method =
    variable(...REACH.becomeMethod) ?? keyword('become_method') ?? defaults.becomeMethod ?? 'sudo'
  const found = BECOME_METHODS.find((name) => name === method)
  if (found === undefined) {
    throw new ClusterError('KEYWORD_UNSUPPORTED', `become_method ${method} is not supported`, {
      where: task.keywords.get('become_method')?.at ?? task.at,
      hint: `use ${BECOME_METHODS.join(', ')}`,
    })
  }
  const user = variable(...REACH.becomeUser) ?? keyword('become_user') ?? defaults.becomeUser
  // Becoming who one is needs nothing, as in Ansible: root on a host without sudo stays root.
  if ((user ?? 'root') === options.login) return undefined
  const password = variable(...REACH.becomePassword)
  const flags =
    variable('ansible_become_flags', `ansible_${found}_flags`) ?? keyword('become_flags')
  return {
    method: found,
    user: user ?? 'root',
    password: password ?? defaults.becomePassword,
    program: variable('ansible_become_exe', `ansible_${found}_exe`) ?? keyword('become_exe'),
    flags: flags === undefined ? undefined : splitWords(flags),
  }
}
