// The flags of commands: groups that several have in common, and which command takes which. Not
// here: their values (flags.ts), and Ansible's other spellings (spellings.ts).

export type Option = readonly [flags: string, description: string]

/** What --output takes where a run is told. */
export const OUTPUTS = ['text', 'json', 'jsonl', 'junit'] as const

/** What vault can be asked to do. */
export const VAULT_ACTIONS = [
  'create',
  'encrypt',
  'decrypt',
  'view',
  'edit',
  'rekey',
  'encrypt-string',
] as const

/** What those commands can be asked to do. */
export const CLUSTER_ACTIONS = ['init', 'rotate-root'] as const
export const OPERATOR_ACTIONS = ['add', 'list', 'revoke'] as const
export const SEED_ACTIONS = ['create', 'list', 'revoke'] as const

/** What schema can be asked for. */
export const SCHEMAS = ['playbook', 'tasks'] as const

/** The options with other words for those whose long flag has some. */
export function saying(
  options: readonly Option[],
  words: Readonly<Record<string, string>>,
): Option[] {
  return options.map(([flags, about]) => {
    const long = /--[a-z][a-z0-9-]*/.exec(flags)?.[0] ?? ''
    return [flags, words[long] ?? about]
  })
}

export const INVENTORY: readonly Option[] = [
  ['-i, --inventory <source>', 'inventory file, folder, script or host list; may be repeated'],
]

const LIMIT: readonly Option[] = [
  ['-l, --limit <pattern>', 'only these of the hosts: names, groups, patterns, or @FILE'],
]

export const VAULT: readonly Option[] = [
  ['--vault-password-file <file>', 'file or program with the vault password; may be repeated'],
  ['--vault-id <id>', 'LABEL@FILE, LABEL@PROGRAM or LABEL@prompt; may be repeated'],
  ['-J, --ask-vault-pass', 'ask for the vault password'],
]

export const CONNECTION: readonly Option[] = [
  ['-c, --connection <type>', 'ssh, or local for this machine itself'],
  ['-u, --user <name>', 'log in as this user'],
  ['--private-key <file>', 'file of the private key to log in with'],
  ['--ssh-common-args <args>', 'more options of ssh, such as "-o ProxyJump=gate"'],
  ['-k, --ask-pass', 'ask for the SSH password'],
  ['-b, --become', 'work as another user on the hosts, by sudo unless told otherwise'],
  ['--become-user <name>', 'the user to become (root)'],
  ['--become-method <method>', 'sudo, su or doas'],
  ['-K, --ask-become-pass', 'ask for the password that sudo or su wants'],
  ['-T, --timeout <seconds>', 'a host that is not connected within this is unreachable (10)'],
  [
    '--task-timeout <seconds>',
    'a task without timeout: that takes longer on a host fails (no limit)',
  ],
]

/** Those of them that say how a host is reached, and need nobody to type a secret. */
const REACH = CONNECTION.filter(([flags]) => !/-pass|task-timeout/.test(flags))

const EXTRA: readonly Option[] = [
  ['-e, --extra-vars <vars>', 'variables: key=value, JSON, YAML or @FILE; may be repeated'],
]

const PACE: readonly Option[] = [
  ['-f, --forks <count>', 'so many hosts are worked on at a time (20)'],
]

const DIFF: Option = ['-D, --diff', 'show what changes in files, line by line']

const TRYING: readonly Option[] = [
  ['-C, --check', 'predict what would happen, and change nothing'],
  DIFF,
]

const FORCING: readonly Option[] = [
  ['--force-handlers', 'hosts that fail still run the handlers that they have notified'],
]

const SHOWING: readonly Option[] = [
  ['-v, --verbose', 'show the results of tasks; -vv and -vvv show more'],
  ['--output <format>', 'text, json, jsonl (one event a line) or junit'],
]

/** All that a plan is made with, and that it then keeps: apply takes no other. */
export const KEPT: Readonly<Record<string, string>> = Object.fromEntries(
  (
    '--inventory --limit --tags --skip-tags --connection --user --private-key --ssh-common-args ' +
    '--become --become-user --become-method --force-handlers --roles-path'
  )
    .split(' ')
    .map((flag) => [flag, 'as in the plan, which has it: another one is refused']),
)

export const PLAYBOOK: readonly Option[] = [
  ['-t, --tags <tags>', 'only tasks with one of these tags, a,b; may be repeated'],
  ['--skip-tags <tags>', 'no tasks with one of these tags; may be repeated'],
]

const ROLES: readonly Option[] = [
  ['--roles-path <folders>', 'where roles are looked for beside the playbook, with : between'],
]

const EXPLAIN: readonly Option[] = [
  ['--host <name>', 'the host whose value is wanted; needed'],
  ['--play <play>', 'number or name of the play; the first unless --task says more'],
  ['--task <text>', 'as seen by the first task with this in its name'],
  ['--output <format>', 'text or json'],
]

const LINT: readonly Option[] = [
  ['--fix', 'mend what can be mended safely'],
  ['--list-rules', 'list the rules'],
  ['--skip-rule <rules>', 'pass these rules over; may be repeated'],
  ['--enable-rule <rules>', 'rules that are off otherwise; may be repeated'],
  ['--output <format>', 'text or json'],
]

const STEERING: readonly Option[] = [
  ['--step', 'ask before each task: no, yes, or go on without asking'],
  ['--start-at-task <pattern>', 'begin with the first task of this name; * fits anything'],
  ['--retry', 'only the hosts at which the last run of the playbook failed'],
  ['--profile', 'tell at the end how long tasks took'],
]

const HOLDING: readonly Option[] = [
  ['--wait-lease <seconds>', 'wait so long for hosts that another run holds (0)'],
  ['--no-lease', 'let other runs work on the same hosts at the same time'],
]

export const OWING: readonly Option[] = [
  ['--no-pending-handlers', 'forget the handlers that the last run has left'],
]

/** What a command needs that goes to hosts. */
const REACHING = [...INVENTORY, ...LIMIT, ...VAULT, ...CONNECTION, ...EXTRA, ...PACE] as const

const LISTING: readonly Option[] = [
  ['--list-tasks', 'list the tasks and run nothing'],
  ['--list-hosts', 'list the hosts and run nothing'],
  ['--list-tags', 'list the tags and run nothing'],
  ['--syntax-check', 'read everything and run nothing'],
]

export const TELLING: readonly Option[] = [
  ['--detailed-exitcode', 'exit code 3 when the prediction has changes, 0 when it has none'],
]

const PREDICTING: readonly Option[] = [
  ['--run-probes', 'also run commands that only look, by `changed_when: false` or program'],
  ['--probe <task>', 'also run the command of the task of this name; may be repeated'],
]

/** What a command needs that signs with the keys of an operator. */
const SIGNING: readonly Option[] = [
  ['--cluster <name>', 'the cluster, where ~/.cluster-os has several'],
  ['--password-file <file>', 'file with the password of the key, instead of asking for it'],
  ['--force', 'put new files where some are already'],
]

const ROOT_KEY: readonly Option[] = [
  ['--root-key <file>', 'file of the root key, where it is not in ~/.cluster-os/NAME'],
  ['--new-password-file <file>', 'file with the password of the key that is made'],
]

const EXPIRES: Option = ['--expires <time>', 'good for so long: 90s, 15m, 12h, 7d, 52w']

const IDENTITY: readonly Option[] = [
  ['--identity <folder>', "this machine's identity (/var/lib/cluster-os/identity)"],
]

const TAKING: Option = ['--take-admitted', 'revoke: the machines that it let in are taken out too']

/** Commands of operators. */
const OPERATING = {
  cluster: [
    ...SIGNING,
    ['--name <name>', 'init: the name of the cluster (cluster)'],
    ['--here', 'init: make this machine the first member; needs --root-key'],
    ['--ipv4 <network>', 'init: the network of the overlay, 10.A.0.0/16'],
    ...saying([EXPIRES], { '--expires': 'init: the operator key is good for so long (365d)' }),
    ...saying(ROOT_KEY, {
      '--root-key': 'init: write the root key there; rotate-root: it is there now',
      '--new-password-file': 'rotate-root: file with the password of the new key',
    }),
    ['--new-root-key <file>', 'rotate-root: write the new root key there'],
    ...IDENTITY,
  ],
  operator: [
    ...SIGNING,
    ...ROOT_KEY,
    ...saying([EXPIRES], { '--expires': 'add: the key is good for so long (365d)' }),
    ['-o, --out <folder>', 'add: write the folder of the new operator there'],
    TAKING,
  ],
  seed: [
    ...SIGNING,
    ['-o, --out <file>', 'create: write the seed there'],
    ...saying([EXPIRES], { '--expires': 'create: it lets machines in for so long (7d)' }),
    ['--most-joins <count>', 'create: so many machines (256); 0 for no bound'],
    ['--most-coordinators <count>', 'create: so many of them may coordinate (0: no bound)'],
    ['--no-coordinate', 'create: none of its machines may coordinate'],
    ['--roles <roles>', 'create: its machines may have these roles only, a,b'],
    ['--expect <count>', 'create: how many members the cluster is to have'],
    ['--hint <address>', 'create: where a member is found, ADDRESS:PORT; may be repeated'],
    ['--wifi-ssid <name>', 'create: the wireless network that machines join'],
    ['--wifi-password-file <file>', 'create: file with the password of that network'],
    TAKING,
  ],
  id: IDENTITY,
} as const satisfies Record<string, readonly Option[]>

/** What each command takes; those that are not here take nothing. */
const SOCKET: Option = ['--socket <file>', "the agent's control socket"]
const JSON_FLAG: Option = ['--json', 'for programs']

export const OPTIONS = {
  agent: [['--settings <file>', 'instead of /etc/cluster-os/agent.yml']],
  status: [JSON_FLAG, SOCKET],
  members: [JSON_FLAG, ['--watch', 'again whenever it changes'], SOCKET],
  revoke: [...SIGNING, SOCKET],
  leave: [SOCKET],
  statement: [SOCKET],
  metrics: [SOCKET],
  reload: [SOCKET],
  doctor: [JSON_FLAG, ['--settings <file>', 'instead of /etc/cluster-os/agent.yml'], SOCKET],
  ...OPERATING,
  run: [
    ...REACHING,
    ...TRYING,
    ...FORCING,
    ...SHOWING,
    ...PLAYBOOK,
    ...ROLES,
    ...HOLDING,
    ...OWING,
    ...saying(TELLING, { '--detailed-exitcode': 'with --check: exit code 3 if anything changes' }),
    ...saying(PREDICTING, {
      '--run-probes': 'with --check: run commands that only look, by `changed_when` or program',
    }),
    ...LISTING,
    ...STEERING,
  ],
  plan: [
    ...REACHING,
    DIFF,
    ...FORCING,
    ['-v, --verbose', 'show what stays as it is too'],
    ...PLAYBOOK,
    ...ROLES,
    ...TELLING,
    ...PREDICTING,
    ['-o, --out <file>', 'write the plan there, for apply'],
  ],
  apply: saying(
    [
      ...REACHING,
      DIFF,
      ...FORCING,
      ...SHOWING,
      ...PLAYBOOK,
      ...ROLES,
      ...HOLDING,
      ['--allow-unknown', 'run tasks of which the plan could not tell what they do, too'],
    ],
    { ...KEPT, '--extra-vars': 'the variables of the plan again, which has only their digests' },
  ),
  resume: [
    ['--list', 'list the runs of this folder that were stopped'],
    ['--all', 'with --list: of all folders'],
    ['--forget <run>', 'remove the journal of a run'],
    ['--force', 'go on although files or the inventory have changed'],
    ...SHOWING,
    ...saying(EXTRA, { '--extra-vars': 'secret variables of the run again; the others are kept' }),
    ...HOLDING.slice(0, 1),
  ],
  exec: [
    ['-m, --module-name <module>', 'the module (command)'],
    ['-a, --args <args>', 'its arguments, as in a task: key=value, or the command itself'],
    ...LISTING.slice(1, 2),
    ...REACHING,
    ...TRYING,
    ...SHOWING,
    ...HOLDING,
  ],
  facts: [
    ['--filter <patterns>', 'only facts of these names; * fits anything'],
    ['-a, --args <args>', 'names of facts, or arguments of setup as in a task'],
    ...REACHING,
    ...SHOWING,
  ],
  inventory: [
    ['--list', 'all of it, as JSON (the default)'],
    ['--graph', 'the groups as a tree'],
    ['--host <name>', 'the variables of one host'],
    ['--vars', 'with --graph: variables of hosts and groups too'],
    ['-y, --yaml', 'YAML instead of JSON'],
    ['--playbook-dir <folder>', 'group_vars and host_vars of playbooks lie there (this folder)'],
    ...INVENTORY,
    ...VAULT,
  ],
  vault: [
    ...VAULT,
    ['--encrypt-vault-id <label>', 'encrypt, edit, encrypt-string: the vault id that is used'],
    ['--new-vault-password-file <file>', 'rekey: file or program with the new password'],
    ['--new-vault-id <id>', 'rekey: LABEL@FILE with the new password'],
    ['--output <file>', 'encrypt, decrypt, encrypt-string: write there, - for the terminal'],
    ['-n, --name <name>', 'encrypt-string: the name of the variable'],
  ],
  version: [['--digest', 'SHA-256 of this program']],
  lint: [...LINT, ...EXTRA, ...ROLES, ...VAULT],
  explain: [...EXPLAIN, ...INVENTORY, ...VAULT, ...REACH, ...EXTRA, ...ROLES],
  doc: [['-l, --list', 'all of them, with what they are for']],
} as const satisfies Record<string, readonly Option[]>
