// How a host is reached, for explain: after its variables, or where it has none, keywords, the
// command line, settings and ssh_config have the word. Not here: reaching it (playbook/reach.ts).
import { formatWhere } from '../errors.ts'
import { resolveSshOptions, type SshOptions } from '../host/ssh-options.ts'
import { REACH, sshArgumentsOf } from '../playbook/reach.ts'
import type { VariableScope } from '../playbook/scope.ts'
import type { KeywordValues } from '../playbook/tree.ts'
import { str } from '../value/python.ts'
import type { Value } from '../value/value.ts'
import type { CommandContext } from './context.ts'
import type { Flags } from './flags.ts'
import { settingOf } from './settings.ts'

interface Way {
  readonly names: readonly string[]
  readonly keyword?: string
  readonly flag?: keyof Flags
  /** What ssh takes where nobody says more: from ssh_config, or its own default. */
  readonly ssh?: (options: SshOptions) => Value
  readonly otherwise?: Value
}

const WAYS: readonly Way[] = [
  { names: REACH.address, ssh: ({ address }) => address },
  { names: REACH.port, keyword: 'port', ssh: ({ port }) => port },
  { names: REACH.user, keyword: 'remote_user', flag: 'user', ssh: ({ user }) => user },
  { names: REACH.connection, keyword: 'connection', flag: 'connection', otherwise: 'ssh' },
  { names: REACH.keyFile, flag: 'privateKey', ssh: ({ keyFiles }) => [...keyFiles] },
  { names: REACH.password },
  {
    names: REACH.isHostKeyChecked,
    flag: 'hostKeyChecking',
    ssh: ({ hostKeyChecking }) => hostKeyChecking,
  },
  {
    names: REACH.timeout,
    flag: 'timeout',
    ssh: ({ connectLimitMs }) => Math.ceil(connectLimitMs / 1000),
  },
  { names: REACH.sshArgs, flag: 'sshArgs' },
  { names: REACH.sshCommonArgs, flag: 'sshCommonArgs' },
  { names: REACH.sshExtraArgs },
  { names: REACH.become, keyword: 'become', flag: 'become', otherwise: false },
  { names: REACH.becomeUser, keyword: 'become_user', flag: 'becomeUser', otherwise: 'root' },
  { names: REACH.becomeMethod, keyword: 'become_method', flag: 'becomeMethod', otherwise: 'sudo' },
  { names: REACH.becomePassword },
]

export interface ReachLayer {
  readonly layer: string
  readonly origin: string
  readonly value: Value
}

export interface Reached {
  readonly host: string
  /** This machine, which no inventory names. */
  readonly isImplicitLocal: boolean
  readonly scope: VariableScope
  /** Of the task or play that is asked about. */
  readonly keywords: KeywordValues | undefined
  readonly flags: Flags
}

/** What has the word behind a variable of this name, the first wins; none for other variables. */
export function reachLayers(name: string, reached: Reached, context: CommandContext): ReachLayer[] {
  const { host, scope, keywords, flags } = reached
  const way = WAYS.find(({ names }) => names.includes(name))
  if (way === undefined) return []
  const layers: ReachLayer[] = way.names
    .filter((other) => other !== name)
    .flatMap((other) =>
      scope.findAll(other).map((found) => ({ ...found, layer: `${found.layer}, as ${other}` })),
    )
  if (way.names === REACH.connection && reached.isImplicitLocal) {
    layers.push({ layer: 'this machine, which no inventory names', origin: '', value: 'local' })
  }
  const placed = way.keyword === undefined ? undefined : keywords?.get(way.keyword)
  if (placed !== undefined) {
    const { value, at } = placed
    layers.push({ layer: `keyword ${way.keyword}`, origin: formatWhere(at), value })
  }
  const given = way.flag === undefined ? undefined : flags[way.flag]
  if (way.flag !== undefined && given !== undefined) {
    const setting = settingOf(way.flag, context)
    const isSetting = setting !== undefined && setting.value === given
    layers.push({
      layer: isSetting ? `setting ${setting.name}` : 'command line',
      origin: isSetting ? setting.origin : '',
      value: given as Value,
    })
  }
  if (way.ssh !== undefined) {
    const value = way.ssh(sshOptions(host, scope, flags))
    layers.push({ layer: 'ssh_config, or what ssh takes by itself', origin: '', value })
  }
  if (way.otherwise !== undefined) {
    layers.push({ layer: 'default', origin: '', value: way.otherwise })
  }
  return layers
}

/** As ssh would have them without the variables, keywords and flags of their own. */
function sshOptions(host: string, scope: VariableScope, flags: Flags): SshOptions {
  const variable = (...names: string[]): string | undefined => {
    const value = names.map((name) => scope.connection(name)).find((each) => each != null)
    return value === undefined || value === null ? undefined : str(value)
  }
  return resolveSshOptions(host, {
    address: variable(...REACH.address),
    ...sshArgumentsOf(variable, flags),
  })
}
