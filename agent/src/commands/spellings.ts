// Flags in Ansible's other spellings: those that mean one of ours, those that need nothing here,
// and those that are refused by name. Not here: our own flags (options.ts).
import { ClusterError } from '../errors.ts'

/** Other names of a flag. */
const ALIASES: Readonly<Record<string, string>> = {
  '--key-file': '--private-key',
  '--inventory-file': '--inventory',
  '--vault-pass-file': '--vault-password-file',
  '--ask-vault-password': '--ask-vault-pass',
  '--ssh-extra-args': '--ssh-common-args',
}

/** Nothing is kept from run to run that it could empty. */
const WITHOUT_EFFECT: readonly string[] = ['--flush-cache']

const REFUSED: Readonly<Record<string, string>> = {
  '--module-path': 'modules in Python cannot be loaded; see: cluster-os doc',
  '-M': 'modules in Python cannot be loaded; see: cluster-os doc',
  '--scp-extra-args': 'files go through the shell or sftp: give --ssh-common-args',
  '--sftp-extra-args': 'files go through the shell or sftp: give --ssh-common-args',
  '--connection-password-file': 'use -k to be asked, or a key',
  '--become-password-file': 'use -K to be asked, or ansible_become_password in a vault',
  '--background': 'write a playbook with async, or wait: --task-timeout bounds it',
  '-B': 'write a playbook with async, or wait: --task-timeout bounds it',
  '--poll': 'write a playbook with async and poll',
  '-P': 'write a playbook with async and poll',
  '--one-line': 'use --output jsonl',
  '-o': 'use --output jsonl',
  '--tree': 'use --output json',
  '--export': 'see --list, and --graph --vars for what groups say by themselves',
  '--toml': 'JSON and YAML can be written',
  '--playbook-dir': 'change to that folder first',
  '--check': 'run and exec have it; plan predicts by itself',
  '-C': 'run and exec have it; plan predicts by itself',
  '--limit': 'commands that go to hosts have it; inventory has --host and --graph GROUP',
  '-l': 'commands that go to hosts have it; inventory has --host and --graph GROUP',
  '--sudo': 'use --become',
  '--su': 'use --become --become-method su',
}

/** The word as we spell it; undefined for a flag without effect. USAGE for one that is refused. */
export function respelt(word: string, known: ReadonlySet<string>): string | undefined {
  const [, flag = word, rest = ''] = /^(--?[A-Za-z][\w-]*)(=[\s\S]*)?$/.exec(word) ?? []
  if (WITHOUT_EFFECT.includes(flag)) return undefined
  const alias = Object.hasOwn(ALIASES, flag) ? ALIASES[flag] : undefined
  if (alias !== undefined && known.has(alias)) return `${alias}${rest}`
  const why = Object.hasOwn(REFUSED, flag) && !known.has(flag) ? REFUSED[flag] : undefined
  if (why === undefined) return word
  throw new ClusterError('USAGE', `${flag} is not supported`, { hint: why })
}
