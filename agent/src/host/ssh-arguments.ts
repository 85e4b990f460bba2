// Options in OpenSSH's own spelling, as inventories and settings carry them. Of one that is given
// twice the first counts, as for ssh(1). Not here: ssh_config, and what options mean.
import { ClusterError } from '../errors.ts'
import { splitWords } from './words.ts'

export interface SshArguments {
  /** By name in lower case; several identity files have a line each. */
  readonly given: Readonly<Record<string, string>>
  /** Options as they were written that change nothing here, though they would for ssh(1). */
  readonly ignored: readonly string[]
}

/** Options that are ways to write one of `-o`. */
export const LETTERS: Readonly<Record<string, string>> = {
  i: 'identityfile',
  J: 'proxyjump',
  p: 'port',
  l: 'user',
  F: 'configfile',
}

/** Letters of ssh(1) that take an argument, as its synopsis has them. */
const WITH_ARGUMENT = 'BbcDEeFIiJLlmOopQRSWw'

/**
 * Letters without an argument, several of which may stand behind one dash. Nothing here is lost
 * without these: no X11, no terminal, no compression, no log of ssh.
 */
const FLAGS_WITHOUT_EFFECT = /^[aCknqTtvx]+/

/** In lower case; docs/settings.md says of each what it does. */
export const HONOURED: ReadonlySet<string> = new Set([
  ...Object.values(LETTERS),
  'hostname',
  'hostkeyalias',
  'proxycommand',
  'identityagent',
  'userknownhostsfile',
  'globalknownhostsfile',
  'stricthostkeychecking',
  'connecttimeout',
])

/** About kept connections, logs, terminals and prompts, of which there are none. */
export const WITHOUT_EFFECT: ReadonlySet<string> = new Set([
  'addkeystoagent',
  'batchmode',
  'challengeresponseauthentication',
  'checkhostip',
  'compression',
  'connectionattempts',
  'controlmaster',
  'controlpath',
  'controlpersist',
  'escapechar',
  'hashknownhosts',
  'identitiesonly',
  'ipqos',
  'kbdinteractiveauthentication',
  'loglevel',
  'numberofpasswordprompts',
  'passwordauthentication',
  'preferredauthentications',
  'pubkeyauthentication',
  'requesttty',
  'serveralivecountmax',
  'serveraliveinterval',
  'tcpkeepalive',
  'updatehostkeys',
  'visualhostkey',
])

/** Throws INVENTORY where an option has no value; `name` is the host's, for messages. */
export function parseSshArguments(name: string, text: string): SshArguments {
  const given: Record<string, string> = {}
  const ignored: string[] = []
  const words = splitWords(text)
  const take = (key: string, value: string, written: string): void => {
    if (key === 'identityfile' && given[key] !== undefined) given[key] += `\n${value}`
    else if (HONOURED.has(key)) given[key] ??= value
    else if (!WITHOUT_EFFECT.has(key) && value.toLowerCase() !== 'no') ignored.push(written)
  }
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const letters = word.startsWith('-') ? word.slice(1) : ''
    const option = letters.replace(FLAGS_WITHOUT_EFFECT, '')
    if (letters !== '' && option === '') continue
    const letter = option.charAt(0)
    if (letter === '' || !WITH_ARGUMENT.includes(letter)) {
      ignored.push(word)
      continue
    }
    const value = option.slice(1) || words.shift()
    if (value === undefined) {
      throw new ClusterError('INVENTORY', `${name}: ${word} in the SSH arguments needs a value`, {
        hint: 'write them as for ssh, for instance -o UserKnownHostsFile=/path',
      })
    }
    if (letter === 'o') takeOption(value, take)
    else take(LETTERS[letter] ?? letter, value, `-${letter} ${value}`)
  }
  return { given, ignored }
}

function takeOption(
  text: string,
  take: (key: string, value: string, written: string) => void,
): void {
  const [, name = text, rest = ''] = /^\s*([^\s=]+)(?:\s*=\s*|\s+)(.*)$/s.exec(text) ?? []
  const key = name.toLowerCase()
  // A command belongs to a shell, quotes and all.
  const value = key === 'proxycommand' ? rest.trim() : splitWords(rest).join(' ')
  take(key, value, `-o ${text}`)
}
