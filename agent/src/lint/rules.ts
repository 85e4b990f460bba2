// The table of rules: names as ansible-lint has them where it has the rule, so that comments in
// files and habits go on working. docs/lint.md is made of it. Not here: the checks (*rules.ts).
import type { Severity } from './finding.ts'

export interface Rule {
  readonly id: string
  readonly severity: Severity
  /** A sentence without a full stop, as in a finding. */
  readonly summary: string
  readonly hint: string
  /** Only when it is asked for. */
  readonly isOptional?: boolean
  /** `--fix` may mend what it finds. */
  readonly isFixable?: boolean
}

function row(id: string, severity: Severity, summary: string, hint: string): Rule {
  return { id, severity, summary, hint }
}

/** ansible-lint's own limit. */
export const LINE_COLUMNS_MAX = 160

/** The rule of everything that a run would refuse. */
export const MISTAKE = 'mistake'

const LIST: readonly Rule[] = [
  row(MISTAKE, 'error', 'a run would refuse this', 'see docs/ERRORS.md for its code'),
  row('name[missing]', 'warning', 'a task has no name', 'say in a few words what it is for'),
  row('name[play]', 'warning', 'a play has no name', 'say in a few words what it is for'),
  {
    ...row(
      'name[casing]',
      'warning',
      'a name begins with a small letter',
      'begin it with a capital',
    ),
    isFixable: true,
  },
  row(
    'name[template]',
    'warning',
    'a template stands in the middle of a name',
    'put it at the end, so that the task can be found by its name',
  ),
  row(
    'command-instead-of-module',
    'warning',
    'a command does what a module is for',
    'use the module: it knows whether there is something to do, and check mode can predict it',
  ),
  row(
    'command-instead-of-shell',
    'warning',
    'shell is used where nothing needs a shell',
    'use command: its words are never read by a shell',
  ),
  row(
    'no-changed-when',
    'warning',
    'a command always says changed',
    'add changed_when, or creates or removes',
  ),
  row(
    'no-free-form',
    'warning',
    'arguments are written as key=value',
    'write them below the module, one a line',
  ),
  row(
    'inline-env-var',
    'warning',
    'a variable of the environment stands before the command',
    'use environment: command would take it for the program',
  ),
  row(
    'risky-shell-pipe',
    'info',
    'a failure within a pipe goes unseen',
    'begin with "set -o pipefail" and use bash by args: executable',
  ),
  row(
    'risky-file-permissions',
    'warning',
    'a file is made without a mode',
    'add mode: otherwise it depends on the umask of the host',
  ),
  {
    ...row(
      'risky-octal',
      'warning',
      'a mode is written as a number',
      'put it in quotes as it stands: "0640" for 0640',
    ),
    isFixable: true,
  },
  row(
    'package-latest',
    'warning',
    'a package is kept at its latest version',
    'use state: present, or name a version: a second run must not change anything',
  ),
  row(
    'latest[git]',
    'warning',
    'the checkout follows the head of a branch',
    'name a version: a tag or a commit',
  ),
  {
    ...row(
      'no-jinja-when',
      'warning',
      'a condition has {{ }} around it',
      'write the expression without braces',
    ),
    isFixable: true,
  },
  row(
    'literal-compare',
    'warning',
    'a value is compared with true or false',
    'write "x" or "not x"',
  ),
  {
    ...row(
      'empty-string-compare',
      'warning',
      'a value is compared with an empty text',
      'write "x | length > 0" or "x | length == 0"',
    ),
    isOptional: true,
  },
  row(
    'ignore-errors',
    'warning',
    'every failure is ignored',
    'say with failed_when what is no failure, or register the result and look at it',
  ),
  row(
    'no-log-password',
    'warning',
    'a loop over secrets shows them in the output',
    'add no_log: true',
  ),
  row(
    'deprecated-local-action',
    'warning',
    'local_action is the old spelling',
    'write the module, and delegate_to: localhost',
  ),
  row('loop-spelling', 'info', 'with_ is the old spelling of a loop', 'use loop, with a filter'),
  row(
    'deprecated-bare-vars',
    'warning',
    'a loop over a bare name is a loop over that very word',
    'write "{{ name }}"',
  ),
  {
    ...row('jinja[spacing]', 'info', 'a template has no space within its braces', 'write {{ x }}'),
    isFixable: true,
  },
  row('key-order[task]', 'info', 'the name does not come first', 'put name at the top'),
  {
    ...row('fqcn', 'info', 'a module has its short name', 'write its full name'),
    isOptional: true,
    isFixable: true,
  },
  row(
    'var-naming',
    'warning',
    'a variable has a name that cannot or should not be used',
    'use small letters, digits and underscores, and no word of Python or Ansible',
  ),
  {
    ...row(
      'register-unused',
      'info',
      'a result is registered and never used',
      'remove register, or use the result',
    ),
    isOptional: true,
  },
  row(
    'notify-unknown',
    'error',
    'a handler is notified that is not there',
    'correct the name, or add the handler',
  ),
  row('handler-unused', 'info', 'a handler is never notified', 'notify it, or remove it'),
  row(
    'no-handler',
    'info',
    'a task that follows from a change looks like a handler',
    'make it a handler and notify it',
  ),
  row(
    'role-name',
    'warning',
    'a role has a name that other tools refuse',
    'use small letters, digits and underscores, beginning with a letter',
  ),
  row(
    'run-once[play]',
    'warning',
    'run_once has no meaning with strategy free',
    'use strategy linear, or delegate_to and a condition',
  ),
  row(
    'partial-become',
    'warning',
    'become_user stands without become',
    'add become: true beside it',
  ),
  row(
    'no-relative-paths',
    'info',
    'a path climbs out of the folder that is searched',
    'write the name alone: files and templates are found in their folders',
  ),
  {
    ...row(
      'yaml[truthy]',
      'warning',
      'a truth is not written true or false',
      'write true or false',
    ),
    isFixable: true,
  },
  {
    ...row('yaml[trailing-spaces]', 'info', 'a line ends with spaces', 'remove them'),
    isFixable: true,
  },
  row('yaml[tabs]', 'info', 'a tab stands between words', 'use spaces'),
  {
    ...row('yaml[new-line-at-end-of-file]', 'info', 'the last line has no line break', 'add one'),
    isFixable: true,
  },
  {
    ...row(
      'yaml[line-length]',
      'info',
      `a line has over ${LINE_COLUMNS_MAX} columns`,
      'fold it with > or |',
    ),
    isOptional: true,
  },
]

export const RULES: ReadonlyMap<string, Rule> = new Map(LIST.map((rule) => [rule.id, rule]))

/** Whether a word of a comment or setting means the rule: its whole name, or what is before `[`. */
export function isMeant(word: string, id: string): boolean {
  return word === id || word === id.replace(/\[.*/, '')
}
