// The flags of commands, in groups that several have in common. Not here: their values (flags.ts),
// and which command has which (cli.ts).

export type Option = readonly [flags: string, description: string]

export const INVENTORY: readonly Option[] = [
  ['-i, --inventory <source>', 'inventory file, folder, script or host list; may be repeated'],
  ['-l, --limit <pattern>', 'only these of the hosts'],
]

export const VAULT: readonly Option[] = [
  ['--vault-password-file <file>', 'file or program with the vault password; may be repeated'],
  ['--vault-id <id>', 'LABEL@FILE, LABEL@PROGRAM or LABEL@prompt; may be repeated'],
  ['-J, --ask-vault-pass', 'ask for the vault password'],
]

export const CONNECTION: readonly Option[] = [
  ['-c, --connection <type>', 'ssh or local'],
  ['-u, --user <name>', 'log in as this user'],
  ['--private-key <file>', 'private key to log in with'],
  ['--ssh-common-args <args>', 'options in the spelling of ssh'],
  ['-k, --ask-pass', 'ask for the SSH password'],
  ['-b, --become', 'work as another user'],
  ['--become-user <name>', 'the user to become (root)'],
  ['--become-method <method>', 'sudo, su or doas'],
  ['-K, --ask-become-pass', 'ask for the password of sudo'],
  ['-T, --timeout <seconds>', 'how long connecting may take (10)'],
  ['--task-timeout <seconds>', 'how long a task may take on a host (3600)'],
]

export const RUNNING: readonly Option[] = [
  ['-e, --extra-vars <vars>', 'key=value, JSON, YAML or @file; may be repeated'],
  ['-f, --forks <count>', 'hosts worked on at a time (20)'],
  ['-C, --check', 'predict, and change nothing'],
  ['-D, --diff', 'show what changes in files'],
  ['--force-handlers', 'failed hosts run the handlers that they have notified'],
  ['-v, --verbose', 'show the results of tasks'],
  ['--output <format>', 'text, json, jsonl or junit'],
]

export const PLAYBOOK: readonly Option[] = [
  ['-t, --tags <tags>', 'only tasks with these tags'],
  ['--skip-tags <tags>', 'not tasks with these tags'],
  ['--roles-path <folders>', 'where roles are looked for'],
]

export const EXPLAIN: readonly Option[] = [
  ['--host <name>', 'the host that asks'],
  ['--play <play>', 'number or name of the play; the first unless --task says more'],
  ['--task <text>', 'as seen by the first task with this in its name'],
  ['--output <format>', 'text or json'],
]

export const LINT: readonly Option[] = [
  ['--fix', 'mend what can be mended safely'],
  ['--list-rules', 'list the rules'],
  ['--skip-rule <rules>', 'pass these rules over; may be repeated'],
  ['--enable-rule <rules>', 'rules that are off otherwise; may be repeated'],
  ['--output <format>', 'text or json'],
]

export const STEERING: readonly Option[] = [
  ['--step', 'ask before each task'],
  ['--start-at-task <pattern>', 'begin with the task of this name'],
  ['--retry', 'only the hosts at which the last run failed'],
  ['--profile', 'tell at the end how long tasks took'],
]

export const HOLDING: readonly Option[] = [
  ['--wait-lease <seconds>', 'wait so long for hosts that another run holds'],
  ['--no-lease', 'do not hold the hosts while the run lasts'],
]

export const OWING: readonly Option[] = [
  ['--no-pending-handlers', 'forget the handlers that the last run has left'],
]

export const AD_HOC = [...INVENTORY, ...VAULT, ...CONNECTION, ...RUNNING, ...HOLDING]

export const LISTING: readonly Option[] = [
  ['--list-tasks', 'list the tasks and run nothing'],
  ['--list-hosts', 'list the hosts and run nothing'],
  ['--list-tags', 'list the tags and run nothing'],
  ['--syntax-check', 'read everything and run nothing'],
]

export const PREDICTING: readonly Option[] = [
  ['--detailed-exitcode', 'exit code 3 when a prediction has changes'],
  ['--run-probes', 'check mode runs commands with `changed_when: false`'],
  ['--probe <task>', 'check mode runs this task too; may be repeated'],
]
