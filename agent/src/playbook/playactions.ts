// Actions of the play itself, which no module does: steps of the run and files of tasks. A table,
// as that of the modules is. Not here: what they do (iterate.ts, compile.ts, include.ts).

export const META_WORDS: Readonly<Record<string, string>> = {
  flush_handlers: 'run the handlers that were notified so far',
  end_play: 'end the play for all hosts',
  end_host: 'end the play for this host',
  end_batch: 'end this batch of serial; the next one follows',
  clear_facts: 'forget the facts of the host',
  clear_host_errors: 'take hosts that failed back into the next play',
  reset_connection: 'connect to the host anew',
  noop: 'do nothing',
}

export interface PlayAction {
  readonly name: string
  readonly summary: string
  readonly params: Readonly<Record<string, string>>
  readonly examples: string
}

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
]

export const PLAY_ACTIONS: ReadonlyMap<string, PlayAction> = new Map(
  ACTIONS.map((action) => [action.name, action]),
)
