// Settings of a person or a project: cluster-os.yml, ansible.cfg and the ANSIBLE_* variables, put
// below the flags of the command line. One table says what is read from where. Not here: the files
// themselves (settingsfiles.ts) and what the values do (flags.ts).
import { delimiter, dirname, resolve } from 'node:path'
import { ClusterError, type Position } from '../errors.ts'
import { fileKind } from '../sys/files.ts'
import { nearest } from '../value/nearest.ts'
import type { CommandContext } from './context.ts'
import type { Flags } from './flags.ts'
import { findSettings, type Setting, type SettingsFile } from './settingsfiles.ts'

type Kind = 'text' | 'yes' | 'path' | 'paths' | 'files' | 'ids'

interface Row {
  /** In cluster-os.yml, and in ansible.cfg unless `cfg` says otherwise. */
  readonly name: string
  readonly flag: keyof Flags
  readonly kind: Kind
  /** Section of ansible.cfg; `defaults` unless given. */
  readonly section?: string
  readonly cfg?: string
  readonly about: string
  /** In [ssh_connection] and as ANSIBLE_SSH_NAME too, which go first, as in Ansible. */
  readonly isOfSsh?: boolean
  /** Stands beside what the command line says, not behind it. */
  readonly isAdded?: boolean
}

const BECOME = { section: 'privilege_escalation' }
const SSH = { section: 'ssh_connection' }

/** Every setting that is read. The variable is ANSIBLE_NAME. */
export const SETTINGS: readonly Row[] = [
  { name: 'inventory', flag: 'inventory', kind: 'files', about: 'inventories, as with -i' },
  {
    name: 'forks',
    flag: 'forks',
    kind: 'text',
    about: 'hosts worked on at a time (20; Ansible 5)',
  },
  { name: 'remote_user', flag: 'user', kind: 'text', about: 'log in as this user' },
  { name: 'private_key_file', flag: 'privateKey', kind: 'path', about: 'key to log in with' },
  { name: 'timeout', flag: 'timeout', kind: 'text', about: 'seconds that connecting may take' },
  {
    name: 'task_timeout',
    flag: 'taskTimeout',
    kind: 'text',
    about: 'seconds a task without `timeout:` may take (no limit, as in Ansible)',
  },
  { name: 'transport', flag: 'connection', kind: 'text', about: 'ssh or local' },
  { name: 'ask_pass', flag: 'askPass', kind: 'yes', about: 'ask for the SSH password' },
  {
    name: 'host_key_checking',
    flag: 'hostKeyChecking',
    kind: 'text',
    isOfSsh: true,
    about: 'false takes any key of a host, unless it is revoked; also in [ssh_connection]',
  },
  { name: 'roles_path', flag: 'rolesPath', kind: 'paths', about: 'where roles are looked for' },
  { name: 'gathering', flag: 'gathering', kind: 'text', about: 'implicit, explicit or smart' },
  {
    name: 'ansible_managed',
    flag: 'managed',
    kind: 'text',
    about: 'text of {{ ansible_managed }} in templates',
  },
  { name: 'become', flag: 'become', kind: 'yes', ...BECOME, about: 'work as another user' },
  { name: 'become_user', flag: 'becomeUser', kind: 'text', ...BECOME, about: 'the user to become' },
  { name: 'become_method', flag: 'becomeMethod', kind: 'text', ...BECOME, about: 'sudo, su, doas' },
  {
    name: 'become_ask_pass',
    flag: 'askBecomePass',
    kind: 'yes',
    ...BECOME,
    about: 'ask for the password of sudo',
  },
  {
    name: 'ssh_args',
    flag: 'sshArgs',
    kind: 'text',
    ...SSH,
    about: 'options in the spelling of ssh; those of kept connections mean nothing here',
  },
  {
    name: 'ssh_common_args',
    flag: 'sshCommonArgs',
    kind: 'text',
    ...SSH,
    about: 'options in the spelling of ssh',
  },
  {
    name: 'vault_password_file',
    flag: 'vaultPasswordFile',
    isAdded: true,
    kind: 'files',
    about: 'file or program with the vault password',
  },
  {
    name: 'vault_identity_list',
    flag: 'vaultId',
    isAdded: true,
    kind: 'ids',
    about: 'LABEL@FILE, with commas between',
  },
  {
    name: 'ask_vault_pass',
    flag: 'askVaultPass',
    kind: 'yes',
    about: 'ask for the vault password',
  },
  {
    name: 'diff_always',
    flag: 'diff',
    kind: 'yes',
    section: 'diff',
    cfg: 'always',
    about: 'show what changes in files',
  },
  {
    name: 'retry_files_enabled',
    flag: 'retryFiles',
    kind: 'yes',
    about: 'write NAME.retry with the hosts that failed',
  },
  {
    name: 'retry_files_save_path',
    flag: 'retryFolder',
    kind: 'path',
    about: 'where NAME.retry is written, if not beside the playbook',
  },
  { name: 'lint_skip', flag: 'skipRule', kind: 'text', about: 'rules that lint passes over' },
  { name: 'lint_enable', flag: 'enableRule', kind: 'text', about: 'rules that lint has off' },
]

/** Settings of ansible.cfg that change what a playbook means and are not read. */
const NOT_READ: Readonly<Record<string, string>> = {
  'defaults.error_on_undefined_vars': 'an undefined name is always an error',
  'defaults.jinja2_native': 'values keep their types always',
  'defaults.inject_facts_as_vars': 'facts are variables always',
  'defaults.no_log': 'write no_log on the play',
  'defaults.any_errors_fatal': 'write any_errors_fatal on the play',
  'defaults.force_handlers': 'write force_handlers on the play',
  'defaults.strategy': 'write strategy on the play',
  'defaults.remote_port': 'write ansible_port in the inventory',
  'defaults.executable': 'tasks run in /bin/sh',
  'defaults.module_name': 'give -m',
  'defaults.private_role_vars': 'variables of roles are seen by the play',
  'defaults.library': 'modules in Python cannot be loaded',
  'defaults.filter_plugins': 'plugins in Python cannot be loaded',
  'defaults.lookup_plugins': 'plugins in Python cannot be loaded',
  'defaults.test_plugins': 'plugins in Python cannot be loaded',
  'defaults.action_plugins': 'plugins in Python cannot be loaded',
  'defaults.vars_plugins': 'plugins in Python cannot be loaded',
  'defaults.fact_caching': 'facts are gathered anew in each run',
  'privilege_escalation.become_exe': 'the method is found on the PATH of the host',
  'privilege_escalation.become_flags': 'sudo is called with -H -S -n',
  'tags.run': 'give --tags',
  'tags.skip': 'give --skip-tags',
}

/** The flags with what the settings say where a flag says nothing. */
export function withSettings<T extends Flags>(flags: T, context: CommandContext): T {
  const { ours, ansible } = findSettings(context)
  if (ours !== undefined) refuseUnknown(ours)
  if (ansible !== undefined) warnOf(ansible, context)
  const hash = context.environment('ANSIBLE_HASH_BEHAVIOUR')
  const at = { file: 'ANSIBLE_HASH_BEHAVIOUR', line: 1, column: 1 }
  refuseMerge(hash === undefined ? undefined : { text: hash, at })
  refuseMerge(ansible?.settings.get('defaults.hash_behaviour'))
  const settled: { [name: string]: unknown } = Object.fromEntries(Object.entries(flags))
  const file = ansible ?? ours
  if (file !== undefined) settled['configFile'] = file.path
  for (const row of SETTINGS) {
    const given = settled[row.flag]
    if (given !== undefined && row.isAdded !== true) continue
    const found = lookUp(row, context, ours, ansible)
    const value = found === undefined ? undefined : valueOf(row, found)
    if (value === undefined) continue
    settled[row.flag] = given === undefined ? value : withAdded(given, value, row, context)
  }
  return settled as unknown as T
}

/** Passwords of the command line come first; a source that is not there is not needed beside them. */
function withAdded(given: unknown, more: unknown, row: Row, context: CommandContext): string[] {
  const own = (Array.isArray(given) ? given : [given]) as string[]
  const added = (more as string[]).filter((word) => {
    const source = word.replace(/^[^@]*@/, '')
    if (own.includes(word)) return false
    if (source.startsWith('prompt') || fileKind(source) !== undefined) return true
    context.writeError(`warning: ${row.name}: there is no ${source}\n`)
    return false
  })
  return [...own, ...added]
}

/** What the settings say for a flag, and where. */
export function settingOf(
  flag: string,
  context: CommandContext,
): { name: string; value: unknown; origin: string } | undefined {
  const row = SETTINGS.find((each) => each.flag === flag)
  if (row === undefined) return undefined
  // What is wrong with the files was told when the command began.
  const { ours, ansible } = findSettings({ ...context, writeError: () => undefined })
  const found = lookUp(row, context, ours, ansible)
  if (found === undefined) return undefined
  const { file, line, column } = found.setting.at
  const origin = file.startsWith('ANSIBLE_') ? file : `${file}:${line}:${column}`
  return { name: row.name, value: valueOf(row, found), origin }
}

interface Found {
  readonly setting: Setting
  /** What relative paths start from. */
  readonly folder: string
}

function lookUp(
  row: Row,
  context: CommandContext,
  ours: SettingsFile | undefined,
  ansible: SettingsFile | undefined,
): Found | undefined {
  for (const prefix of row.isOfSsh === true ? ['ANSIBLE_SSH', 'ANSIBLE'] : ['ANSIBLE']) {
    const env = `${prefix}_${row.name.toUpperCase()}`
    const text = context.environment(env)
    if (text !== undefined && text !== '') {
      return { setting: { text, at: { file: env, line: 1, column: 1 } }, folder: '.' }
    }
  }
  const own = ours?.settings.get(row.name)
  if (ours !== undefined && own !== undefined) return { setting: own, folder: dirname(ours.path) }
  const { section = 'defaults', cfg = row.name } = row
  const ofSsh = row.isOfSsh === true ? ansible?.settings.get(`ssh_connection.${cfg}`) : undefined
  const theirs = ofSsh ?? ansible?.settings.get(`${section}.${cfg}`)
  if (ansible === undefined || theirs === undefined) return undefined
  return { setting: theirs, folder: dirname(ansible.path) }
}

function valueOf(row: Row, { setting, folder }: Found): unknown {
  const { text, at } = setting
  const path = (name: string): string => {
    const bare = name.trim().replace(/^~(?=\/|$)/, setting.home ?? '~')
    return resolve(folder, bare.replace('{{CWD}}', '.'))
  }
  const list = (separator: string): string[] => text.split(separator).filter((part) => part !== '')
  switch (row.kind) {
    case 'yes':
      return yes(row.name, text, at) ? true : undefined
    case 'path':
      return path(text)
    case 'paths':
      return list(delimiter).map(path).join(delimiter)
    case 'files':
      // Hosts with a comma at the end are no files.
      return text.endsWith(',') ? [text] : list(',').map(path)
    case 'ids':
      return list(',').map((id) => {
        const [, label = '', source = ''] = /^\s*([^@]*@)?(.*?)\s*$/s.exec(id) ?? []
        return label + (source.startsWith('prompt') ? source : path(source))
      })
    case 'text':
      return row.name === 'transport' && text === 'smart' ? undefined : text
  }
}

function yes(name: string, text: string, where: Position): boolean {
  if (/^(?:true|yes|on|1|t|y)$/i.test(text)) return true
  if (/^(?:false|no|off|0|f|n)$/i.test(text)) return false
  throw new ClusterError('SETTINGS', `${name} is true or false, not ${JSON.stringify(text)}`, {
    where,
    hint: 'write true or false',
  })
}

function refuseUnknown(file: SettingsFile): void {
  const names = SETTINGS.map(({ name }) => name)
  for (const [name, { at }] of file.settings) {
    if (names.includes(name)) continue
    const close = nearest(name, names)
    throw new ClusterError('SETTINGS', `there is no setting ${name}`, {
      where: at,
      hint: close === undefined ? `there are ${names.join(', ')}` : `did you mean ${close}?`,
    })
  }
}

/** Dicts that merge by themselves would give every variable another meaning. */
function refuseMerge(setting: Setting | undefined): void {
  if (setting === undefined || setting.text !== 'merge') return
  throw new ClusterError('SETTINGS', 'hash_behaviour merge is not supported', {
    where: setting.at,
    hint: 'use the filter combine where two dicts are to be one',
  })
}

function warnOf(file: SettingsFile, context: CommandContext): void {
  for (const [name, { at }] of file.settings) {
    const why = Object.hasOwn(NOT_READ, name) ? NOT_READ[name] : undefined
    if (why === undefined) continue
    context.writeError(`warning: ${at.file}:${at.line}: ${name} is not read: ${why}\n`)
  }
}
