// The table of keywords: where each may stand, what it takes, how it is inherited. Parser, docs,
// lint, the editor's schema and completion read it; a keyword is added by adding a row. Not here:
// what keywords do (compile.ts, runner.ts).
import { ORDERS, STRATEGIES } from './steps.ts'

export type Level = 'play' | 'block' | 'task' | 'handler' | 'role'

export type KeywordType =
  | 'text'
  | 'bool'
  | 'int'
  | 'number'
  /** A condition, or a list of them, all of which hold. */
  | 'conditions'
  | 'list'
  | 'dict'
  /** Lists of tasks, handlers, roles: the parser's own. */
  | 'tasks'
  | 'roles'
  | 'any'

/** How an inner value meets an outer one. */
export type Inheritance = 'none' | 'override' | 'extend'

export interface Keyword {
  readonly name: string
  readonly levels: readonly Level[]
  readonly type: KeywordType
  readonly inheritance: Inheritance
  readonly summary: string
  /** The words that it may be, where they are few. */
  readonly choices?: readonly string[]
  /** Read and not acted upon, because nothing depends on it here. */
  readonly isIgnored?: boolean
}

const EVERYWHERE: readonly Level[] = ['play', 'block', 'task', 'handler', 'role']
const TASKS: readonly Level[] = ['task', 'handler']

function row(
  name: string,
  levels: readonly Level[],
  type: KeywordType,
  inheritance: Inheritance,
  summary: string,
): Keyword {
  return { name, levels, type, inheritance, summary }
}

const KEYWORDS: readonly Keyword[] = [
  row('name', EVERYWHERE, 'text', 'none', 'what it is called in the output'),
  row('hosts', ['play'], 'list', 'none', 'pattern of hosts'),
  row('gather_facts', ['play'], 'bool', 'none', 'ask hosts for facts first'),
  row('gather_subset', ['play'], 'list', 'none', 'which facts to gather'),
  row('gather_timeout', ['play'], 'int', 'none', 'seconds that gathering may take'),
  row('fact_path', ['play'], 'text', 'none', 'folder of local facts on hosts'),
  row('vars', EVERYWHERE, 'dict', 'none', 'variables'),
  row('vars_files', ['play'], 'list', 'none', 'files of variables'),
  row('tasks', ['play'], 'tasks', 'none', 'the tasks'),
  row('pre_tasks', ['play'], 'tasks', 'none', 'tasks before the roles'),
  row('post_tasks', ['play'], 'tasks', 'none', 'tasks after tasks and their handlers'),
  row('handlers', ['play'], 'tasks', 'none', 'tasks that run when notified'),
  row('roles', ['play'], 'roles', 'none', 'roles'),
  row('remote_user', EVERYWHERE, 'text', 'override', 'user to log in as'),
  row('connection', EVERYWHERE, 'text', 'override', 'ssh or local'),
  row('port', EVERYWHERE, 'int', 'override', 'port of the SSH server'),
  row('serial', ['play'], 'any', 'none', 'hosts at a time: number, percentage, or a list'),
  row('any_errors_fatal', EVERYWHERE, 'bool', 'override', 'a failure ends the play for all'),
  row(
    'max_fail_percentage',
    ['play'],
    'number',
    'none',
    'end the play when more hosts have failed',
  ),
  {
    ...row('strategy', ['play'], 'text', 'none', 'how hosts wait for each other'),
    choices: STRATEGIES,
  },
  {
    ...row('order', ['play'], 'text', 'none', 'in which order hosts are taken'),
    choices: ORDERS,
  },
  row('force_handlers', ['play'], 'bool', 'none', 'failed hosts run notified handlers'),
  row('throttle', EVERYWHERE, 'int', 'override', 'hosts at a time, below forks and serial'),
  row('module_defaults', EVERYWHERE, 'any', 'extend', 'arguments of modules, by module'),
  {
    ...row(
      'on_unreachable',
      EVERYWHERE,
      'text',
      'override',
      'a lost host is left behind (continue), has failed (fail), or is waited for (wait)',
    ),
    choices: ['continue', 'fail', 'wait'],
  },
  row('environment', EVERYWHERE, 'any', 'extend', 'environment variables of programs'),
  row('tags', EVERYWHERE, 'list', 'extend', 'names to choose tasks by'),
  row('ignore_errors', EVERYWHERE, 'bool', 'override', 'go on after a failure'),
  row('ignore_unreachable', EVERYWHERE, 'bool', 'override', 'go on with an unreachable host'),
  row('become', EVERYWHERE, 'bool', 'override', 'work as another user'),
  row('become_user', EVERYWHERE, 'text', 'override', 'the user to become'),
  row('become_method', EVERYWHERE, 'text', 'override', 'sudo, su or doas'),
  row('become_flags', EVERYWHERE, 'text', 'override', 'flags for the becoming program'),
  row('become_exe', EVERYWHERE, 'text', 'override', 'the becoming program'),
  row('check_mode', EVERYWHERE, 'bool', 'override', 'force or forbid check mode'),
  row('diff', EVERYWHERE, 'bool', 'override', 'show differences'),
  row('no_log', EVERYWHERE, 'bool', 'override', 'keep arguments and results out of any output'),
  row('run_once', EVERYWHERE, 'bool', 'override', 'on the first host, for all'),
  row('timeout', EVERYWHERE, 'int', 'override', 'seconds that a task may take'),
  row('when', ['block', 'task', 'handler', 'role'], 'conditions', 'extend', 'conditions'),
  row('block', ['block'], 'tasks', 'none', 'tasks that belong together'),
  row('rescue', ['block'], 'tasks', 'none', 'tasks after a failure in the block'),
  row('always', ['block'], 'tasks', 'none', 'tasks after block and rescue'),
  row(
    'delegate_to',
    ['block', 'task', 'handler', 'role'],
    'text',
    'override',
    'do it on this host',
  ),
  row('delegate_facts', ['block', 'task', 'handler', 'role'], 'bool', 'override', 'facts are its'),
  row('notify', ['block', 'task', 'handler'], 'list', 'override', 'handlers to run after a change'),
  row('loop', TASKS, 'any', 'none', 'items, one run for each'),
  row('with', [], 'text', 'none', 'the lookup that makes the items, as with_NAME'),
  row('async', TASKS, 'int', 'none', 'seconds that it may take in the background'),
  row('poll', TASKS, 'int', 'none', 'seconds between looks at it; 0 leaves it running'),
  row('loop_control', TASKS, 'dict', 'none', 'names and pace of the loop'),
  row('register', TASKS, 'text', 'none', 'variable that gets the result'),
  row('until', TASKS, 'conditions', 'none', 'repeat until this holds'),
  row('retries', TASKS, 'int', 'none', 'how often to repeat'),
  row('delay', TASKS, 'number', 'none', 'seconds between tries'),
  row('changed_when', TASKS, 'conditions', 'none', 'what counts as a change'),
  row('failed_when', TASKS, 'conditions', 'none', 'what counts as a failure'),
  row('args', TASKS, 'any', 'none', 'arguments of the module, as a dict'),
  row('action', TASKS, 'any', 'none', 'the module, in the old spelling'),
  row('local_action', TASKS, 'any', 'none', 'as action, on the controller'),
  row('listen', ['handler'], 'list', 'none', 'other names it is notified by'),
  row('role', ['role'], 'text', 'none', 'the role'),
  {
    ...row('collections', EVERYWHERE, 'list', 'none', 'modules are found without it'),
    isIgnored: true,
  },
]

/** Keywords that Ansible has and that are refused by name, with what to do instead. */
export const UNSUPPORTED: ReadonlyMap<string, string> = new Map([
  ['vars_prompt', 'pass the values with -e or a file of variables'],
  ['debugger', 'use -v, or a task with debug'],
])

const BY_NAME = new Map(KEYWORDS.map((keyword) => [keyword.name, keyword]))

/** All that may be written, in the order of the table. */
export function keywordRows(): readonly Keyword[] {
  return KEYWORDS
}

export function findKeyword(name: string, level: Level): Keyword | undefined {
  const keyword = BY_NAME.get(name)
  return keyword?.levels.includes(level) === true ? keyword : undefined
}

/** Every keyword, in the order of the table. */
export function allKeywords(): readonly Keyword[] {
  return KEYWORDS.filter(({ levels }) => levels.length > 0)
}

/** Levels at which a keyword may stand, for the hint where it may not. */
export function levelsOf(name: string): readonly Level[] {
  return BY_NAME.get(name)?.levels ?? []
}

export function namesAt(level: Level): string[] {
  return KEYWORDS.filter((keyword) => keyword.levels.includes(level)).map(({ name }) => name)
}
