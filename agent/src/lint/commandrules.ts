// Rules about what tasks call: commands that a module replaces, shells that nothing needs, files
// without a mode, versions that move. Not here: names and conditions (taskrules.ts).
import type { ScalarNode } from '../yaml/node.ts'
import type { Draft } from './finding.ts'
import {
  type ActionView,
  argumentNames,
  argumentText,
  commandText,
  entryOf,
  scalarOf,
  type TaskView,
} from './view.ts'

type ActionRule = (action: ActionView, task: TaskView) => Draft[]

/** Programs, the modules that stand for them, and the words with which they do. */
const INSTEAD: Readonly<Record<string, readonly [module: string, words?: RegExp]>> = {
  'apt-get': ['apt', /\b(?:install|remove|purge|update|upgrade|dist-upgrade|autoremove)\b/],
  apt: ['apt', /\b(?:install|remove|purge|update|upgrade|full-upgrade|autoremove)\b/],
  'apt-key': ['apt_key', /\b(?:add|del)\b/],
  'add-apt-repository': ['apt_repository'],
  yum: ['yum', /\b(?:install|remove|erase|update|upgrade)\b/],
  dnf: ['dnf', /\b(?:install|remove|erase|update|upgrade)\b/],
  pip: ['pip', /\b(?:install|uninstall)\b/],
  pip3: ['pip', /\b(?:install|uninstall)\b/],
  git: ['git', /^\s*(?:clone|pull|fetch|checkout)\b/],
  systemctl: [
    'systemd',
    /\b(?:start|stop|restart|reload|enable|disable|mask|unmask)\b|daemon-reload/,
  ],
  service: ['service', /\b(?:start|stop|restart|reload)\b/],
  curl: ['get_url or uri'],
  wget: ['get_url or uri'],
  mount: ['mount', /\S/],
  umount: ['mount'],
  useradd: ['user'],
  usermod: ['user'],
  userdel: ['user'],
  groupadd: ['group'],
  groupdel: ['group'],
  chmod: ['file'],
  chown: ['file'],
  chgrp: ['file'],
  mkdir: ['file'],
  rmdir: ['file'],
  ln: ['file'],
  rm: ['file'],
  touch: ['file'],
  mktemp: ['tempfile'],
  tar: ['unarchive', /^\s*-{0,2}[a-z]*x|--extract/],
  unzip: ['unarchive'],
  sed: ['lineinfile or replace', /\s-i|--in-place|^\s*-i/],
  hostnamectl: ['hostname', /\bset-hostname\b/],
  timedatectl: ['timezone', /\bset-timezone\b/],
  sysctl: ['sysctl', /(?:^|\s)(?:-w|--write)\b|=/],
  modprobe: ['modprobe'],
  iptables: ['iptables', /(?:^|\s)-[AID]\b/],
  crontab: ['cron'],
  'update-alternatives': ['alternatives', /--(?:set|install)\b/],
  'locale-gen': ['locale_gen'],
  reboot: ['reboot'],
}

const commandModule: ActionRule = (action) => {
  if (action.name !== 'command' && action.name !== 'shell') return []
  const text = commandText(action)?.trim() ?? ''
  const [, program = '', rest = ''] =
    /^(?:sudo\s+)?(?:\S*\/)?([\w-]+)\s*([\s\S]*)$/.exec(text) ?? []
  const [module, words] = Object.hasOwn(INSTEAD, program) ? (INSTEAD[program] ?? []) : []
  if (module === undefined || words?.test(rest) === false) return []
  // Several commands in a shell are more than the first of them.
  if (action.name === 'shell' && /[|;&\n]/.test(rest)) return []
  return [
    {
      rule: 'command-instead-of-module',
      at: action.key.at,
      message: `${program} does what the module ${module} is for`,
    },
  ]
}

const SHELL_MARKS = /[|&;<>()$`*?[\]{}~!#\n\\]/
const SHELL_WORDS =
  /^(?:cd|source|\.|export|set|ulimit|umask|type|alias|eval|exec|test|if|for|while|command|[A-Za-z_]\w*=)(?:\s|$|\S)/

const needlessShell: ActionRule = (action) => {
  if (action.name !== 'shell' || action.args.has('executable')) return []
  const text = (commandText(action) ?? '').replaceAll(/\{\{.*?\}\}|\{%.*?%\}/gs, 'x').trim()
  if (text === '' || SHELL_MARKS.test(text) || SHELL_WORDS.test(text)) return []
  return [{ rule: 'command-instead-of-shell', at: action.key.at }]
}

const COMMANDS = ['command', 'shell', 'raw', 'script']

const alwaysChanged: ActionRule = (action, { node, isHandler }) => {
  if (!COMMANDS.includes(action.name) || isHandler) return []
  const names = argumentNames(action)
  const isTold = ['creates', 'removes'].some((name) => names.has(name))
  if (isTold || entryOf(node, 'changed_when') !== undefined) return []
  return [{ rule: 'no-changed-when', at: action.key.at }]
}

const inlineEnvironment: ActionRule = (action) => {
  if (action.name !== 'command') return []
  const text = commandText(action) ?? ''
  const name = /^\s*([A-Za-z_]\w*)=/.exec(text)?.[1]
  const isArgument = name !== undefined && name in (action.module?.params.shape ?? {})
  return name === undefined || isArgument ? [] : [{ rule: 'inline-env-var', at: action.value.at }]
}

const unseenPipe: ActionRule = (action) => {
  if (action.name !== 'shell') return []
  const bare = (commandText(action) ?? '').replaceAll(/\{\{.*?\}\}|'[^']*'|"[^"]*"/gs, '')
  const isPiped = /[^|]\|[^|]/.test(bare)
  return isPiped && !bare.includes('pipefail')
    ? [{ rule: 'risky-shell-pipe', at: action.key.at }]
    : []
}

const freeForm: ActionRule = (action) => {
  const { free, module, key } = action
  if (free === undefined || module === undefined) return []
  if (module.freeForm === undefined) return [{ rule: 'no-free-form', at: key.at }]
  const names = Object.keys(module.params.shape)
  const taken = [...argumentNames({ ...action, args: new Map() })].find((name) =>
    names.includes(name),
  )
  return taken === undefined || module.name === 'set_fact'
    ? []
    : [{ rule: 'no-free-form', at: key.at }]
}

/** Modules that make files, and whether this use of them does. */
const MAKERS: Readonly<Record<string, (action: ActionView, names: Set<string>) => boolean>> = {
  copy: () => true,
  template: () => true,
  get_url: () => true,
  assemble: () => true,
  file: (action) => ['directory', 'touch'].includes(argumentText(action, 'state') ?? 'file'),
  replace: () => false,
  lineinfile: (action) => isYes(argumentText(action, 'create')),
  blockinfile: (action) => isYes(argumentText(action, 'create')),
  ini_file: (action, names) => names.has('create') && isYes(argumentText(action, 'create')),
}

function isYes(text: string | undefined): boolean {
  return /^(?:true|yes|on|1)$/i.test(text ?? '')
}

const withoutMode: ActionRule = (action) => {
  const isMaker = Object.hasOwn(MAKERS, action.name) ? MAKERS[action.name] : undefined
  const names = argumentNames(action)
  if (isMaker === undefined || !isMaker(action, names) || names.has('mode')) return []
  return [{ rule: 'risky-file-permissions', at: action.key.at }]
}

const octal: ActionRule = (action) =>
  ['mode', 'directory_mode'].flatMap((name) => {
    const node: ScalarNode | undefined = scalarOf(action.args.get(name))
    if (node === undefined || node.style !== 'plain' || typeof node.value !== 'number') return []
    const edit = { at: node.at, length: node.text.length, text: `"${node.text}"` }
    const isOctal = /^0[0-7]+$/.test(node.text)
    const hint = `put it in quotes as it stands: ${edit.text} for ${node.text}`
    return [{ rule: 'risky-octal', at: node.at, ...(isOctal ? { edit, hint } : {}) }]
  })

const PACKAGES = ['apt', 'yum', 'dnf', 'package', 'pip']

const latest: ActionRule = (action) => {
  if (PACKAGES.includes(action.name) && argumentText(action, 'state') === 'latest') {
    return [{ rule: 'package-latest', at: action.args.get('state')?.at ?? action.key.at }]
  }
  if (action.name !== 'git') return []
  const version = argumentText(action, 'version')
  const isMoving = version === undefined || ['HEAD', 'master', 'main'].includes(version)
  return isMoving && !/^(?:no|false)$/i.test(argumentText(action, 'update') ?? '')
    ? [{ rule: 'latest[git]', at: action.args.get('version')?.at ?? action.key.at }]
    : []
}

const relativePath: ActionRule = (action) => {
  if (!['copy', 'template', 'script', 'unarchive'].includes(action.name)) return []
  const source = action.args.get('src')
  const climbs = scalarOf(source)?.text.startsWith('../') === true
  return climbs ? [{ rule: 'no-relative-paths', at: source?.at ?? action.key.at }] : []
}

/** Modules of other collections than Ansible's own. */
const COLLECTIONS: Readonly<Record<string, string>> = Object.fromEntries(
  [
    ['ansible.posix', 'authorized_key mount sysctl'],
    ['community.general', 'alternatives ini_file locale_gen modprobe pam_limits timezone'],
  ].flatMap(([prefix = '', names = '']) => names.split(' ').map((name) => [name, prefix])),
)

const fullName: ActionRule = ({ key, name }) => {
  if (key.text.includes('.')) return []
  const full = `${COLLECTIONS[name] ?? 'ansible.builtin'}.${key.text}`
  const edit = { at: key.at, length: key.text.length, text: full }
  return [{ rule: 'fqcn', at: key.at, hint: `write ${full}`, edit }]
}

export const ACTION_RULES: readonly ActionRule[] = [
  commandModule,
  needlessShell,
  alwaysChanged,
  inlineEnvironment,
  unseenPipe,
  freeForm,
  withoutMode,
  octal,
  latest,
  relativePath,
  fullName,
]
