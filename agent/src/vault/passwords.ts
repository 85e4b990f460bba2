// Where the passwords of vaults come from: a file, a program that prints one, or the person at the
// terminal. Spelt as Ansible spells it, `LABEL@SOURCE`. Not here: what they open (keyring.ts).
import { basename, join, resolve } from 'node:path'
import { ClusterError } from '../errors.ts'
import { homeFolder } from '../sys/env.ts'
import { fileKind, isExecutable, readText } from '../sys/files.ts'
import { runProgram } from '../sys/process.ts'
import { isVault } from './envelope.ts'
import { Keyring, type VaultPassword } from './keyring.ts'

/** What the command line and the settings say, in the order in which passwords are tried. */
export interface VaultWishes {
  /** `LABEL@SOURCE` or `SOURCE`. */
  readonly ids: readonly string[]
  readonly files: readonly string[]
  readonly isAsked: boolean
}

export type Ask = (question: string) => Promise<string>

const PROGRAM_LIMIT_MS = 60_000

/** Programs that Ansible calls with the vault id they are asked for. */
const CLIENT = /-client(?:\.[^.]*)?$/

/** Reads every password once, before anything else is read. Throws VAULT, naming the source. */
export async function readPasswords(wishes: VaultWishes, ask: Ask): Promise<VaultPassword[]> {
  const passwords: VaultPassword[] = []
  const sources = [...wishes.ids.map(splitId), ...wishes.files.map(fileSource)]
  if (wishes.isAsked) sources.push({ id: 'default', source: 'prompt' })
  for (const { id, source } of sources) {
    const text = await readPassword(id, source, ask, passwords)
    passwords.push({ id, password: Buffer.from(text, 'utf8') })
  }
  return passwords
}

function fileSource(source: string): { id: string; source: string } {
  return { id: 'default', source }
}

function splitId(text: string): { id: string; source: string } {
  const [, id, source] = /^([^@]*)@(.*)$/s.exec(text) ?? []
  if (id === undefined || source === undefined) return { id: 'default', source: text }
  return { id: id === '' ? 'default' : id, source }
}

async function readPassword(
  id: string,
  source: string,
  ask: Ask,
  earlier: readonly VaultPassword[],
): Promise<string> {
  const isPrompt = source === 'prompt' || source === 'prompt_ask_vault_pass'
  const text = isPrompt
    ? await ask(`Vault password (${id}): `)
    : await readSource(id, expand(source), earlier)
  if (text !== '') return text
  throw new ClusterError('VAULT', `the vault password of ${id} is empty`, {
    hint: isPrompt ? 'type it again' : `${source} gave no text`,
  })
}

/** `~` is the home folder, as in a shell, since settings do not pass through one. */
function expand(source: string): string {
  return resolve(source.startsWith('~/') ? join(homeFolder(), source.slice(2)) : source)
}

async function readSource(
  id: string,
  path: string,
  earlier: readonly VaultPassword[],
): Promise<string> {
  if (fileKind(path) === undefined || fileKind(path) === 'folder') {
    throw new ClusterError('VAULT', `there is no vault password file ${path}`, {
      hint: 'check --vault-password-file, --vault-id and the settings of the same names',
    })
  }
  if (isExecutable(path)) return runSource(id, path)
  const text = readText(path).trim()
  if (!isVault(text)) return text
  return new Keyring(earlier).openText(text, { file: path, line: 1, column: 1 }).trim()
}

async function runSource(id: string, path: string): Promise<string> {
  const args = CLIENT.test(basename(path)) ? ['--vault-id', id] : []
  const end = await runProgram([path, ...args], { timeoutMs: PROGRAM_LIMIT_MS })
  if (end.code === 0) return end.stdout.replace(/[\r\n]+$/, '').replace(/^[\r\n]+/, '')
  // What it printed may be the password, so only its complaint is told.
  const how = end.code === null ? `was ended by ${end.signal}` : `ended with ${end.code}`
  throw new ClusterError('VAULT', `the vault password program ${path} ${how}`, {
    hint: end.stderr.trim().split('\n').at(-1) || 'run it by hand to see why',
  })
}
