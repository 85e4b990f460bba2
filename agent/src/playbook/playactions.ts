// Actions of the play itself, which no module does: steps of the run and files of tasks. A table,
// as that of the modules is. Not here: what they do (iterate.ts, compile.ts, include.ts).

/** Actions whose tasks are found when a host comes to them. */
export const INCLUDES: readonly string[] = ['include_tasks', 'include_role']

/** Actions that bring the tasks of a file or role, before the run or in it. */
export const BRINGING: readonly string[] = [...INCLUDES, 'import_tasks', 'import_role']

export const META_WORDS: Readonly<Record<string, string>> = {
  flush_handlers: 'run the handlers that were notified so far',
  end_play: 'end the play for all hosts',
  end_host: 'end the play for this host',
  end_batch: 'end this batch of serial; the next one follows',
  clear_facts: 'forget the facts of the host',
  clear_host_errors: 'take hosts that failed back into the next play',
  refresh_inventory: 'read the inventory again, for the plays that follow',
  reset_connection: 'connect to the host anew',
  noop: 'do nothing',
}

export interface PlayAction {
  readonly name: string
  readonly summary: string
  readonly params: Readonly<Record<string, string>>
  /** One of each of these must be given. */
  readonly required?: readonly (readonly string[])[]
  /** Takes any further argument. */
  readonly isOpen?: boolean
  readonly examples: string
}

const ROLE_NAMES = [['name', 'role']] as const

const ROLE_PARAMS = {
  name: 'the role',
  role: 'the same as name',
  tasks_from: 'its file of tasks, if not main.yml',
  handlers_from: 'its file of handlers, if not main.yml',
  vars_from: 'its file of variables, if not main.yml',
  defaults_from: 'its file of defaults, if not main.yml',
  allow_duplicates: 'false: not if it has run already',
  public: 'whether the rest of the play sees its variables',
  rolespec_validate: 'whether its arguments are checked',
} as const

const ACTIONS: readonly PlayAction[] = [
  {
    name: 'meta',
    summary: 'Steer the run itself.',
    params: {},
    examples: '- meta: flush_handlers',
  },
  {
    name: 'import_tasks',
    summary: 'Put the tasks of a file here, before the run; keywords pass to all of them.',
    params: { file: 'the file, beside this one or in tasks/' },
    examples: '- import_tasks: users.yml\n  tags: users',
  },
  {
    name: 'include_tasks',
    summary: 'Put the tasks of a file here when a host comes to it; its name may be a template.',
    params: {
      file: 'the file, beside this one or in tasks/',
      apply: 'keywords for the tasks that it brings',
    },
    examples: '- include_tasks: "{{ item }}.yml"\n  loop: [users, groups]',
  },
  {
    name: 'import_role',
    summary: 'Put the tasks of a role here, before the run; keywords pass to all of them.',
    params: ROLE_PARAMS,
    required: ROLE_NAMES,
    examples: '- import_role:\n    name: web\n    tasks_from: install',
  },
  {
    name: 'include_role',
    summary: 'Put the tasks of a role here when a host comes to it; its name may be a template.',
    params: { ...ROLE_PARAMS, apply: 'keywords for the tasks that it brings' },
    required: ROLE_NAMES,
    examples: '- include_role:\n    name: "{{ item }}"\n  loop: [web, db]',
  },
  {
    name: 'add_host',
    summary: 'Add a host to the inventory, for the plays that follow; done once for all hosts.',
    params: {
      name: 'the host',
      hostname: 'the same as name',
      host: 'the same as name',
      groups: 'groups that it is put into',
      group: 'the same as groups',
      groupname: 'the same as groups',
    },
    required: [['name', 'hostname', 'host']],
    isOpen: true,
    examples:
      '- add_host:\n    name: "{{ new_address }}"\n    groups: fresh\n    ansible_user: root',
  },
  {
    name: 'group_by',
    summary: 'Put the host into a group that is named after something known about it.',
    params: { key: 'the group', parents: 'groups that it stands below' },
    required: [['key']],
    examples: '- group_by:\n    key: "os_{{ ansible_distribution }}"',
  },
  {
    name: 'pause',
    summary: 'Wait for a time or for a person; done once for all hosts.',
    params: {
      seconds: 'how long',
      minutes: 'how long, in minutes',
      prompt: 'what the person is asked',
      echo: 'whether what is typed is shown',
    },
    examples: '- pause:\n    prompt: Look at the first host, then press Enter',
  },
  {
    name: 'set_stats',
    summary: 'Keep numbers for the end of the run, where --output json shows them.',
    params: {
      data: 'names and values',
      per_host: 'for this host, not for the run',
      aggregate: 'add to what is there',
    },
    required: [['data']],
    examples: '- set_stats:\n    data: { packages: 3 }',
  },
]

/** Words of meta that each host carries out for itself; the others are done once for all. */
export const OWN_META: readonly string[] = [
  'noop',
  'reset_connection',
  'end_host',
  'flush_handlers',
]

/** Actions that are done once for all hosts, by the first of them. */
export const ONCE_ACTIONS: readonly string[] = ['add_host', 'pause']

export const PLAY_ACTIONS: ReadonlyMap<string, PlayAction> = new Map(
  ACTIONS.map((action) => [action.name, action]),
)
