// cluster-os vault: files and values that only a password opens, in the format of ansible-vault.
// Passwords and secrets come from files, programs and the terminal, never from arguments. Not here:
// the format (vault/envelope.ts).
import { join, resolve } from 'node:path'
import { ClusterError } from '../errors.ts'
import { escapeLine } from '../output/escape.ts'
import { fileKind, readFile, withPrivateFolder, writeAtomic } from '../sys/files.ts'
import { runOnTerminal } from '../sys/process.ts'
import { randomBuffer } from '../sys/random.ts'
import { readInput } from '../sys/terminal.ts'
import { nearest } from '../value/nearest.ts'
import { isVault, SALT_BYTES, seal } from '../vault/envelope.ts'
import { Keyring, type Opened, type VaultPassword } from '../vault/keyring.ts'
import { readPasswords } from '../vault/passwords.ts'
import type { CommandContext } from './context.ts'
import type { Flags } from './flags.ts'
import { VAULT_ACTIONS } from './options.ts'

export interface VaultFlags extends Flags {
  readonly encryptVaultId?: string
  readonly newVaultPasswordFile?: string
  readonly newVaultId?: string
  readonly name?: string
}

interface Work {
  readonly flags: VaultFlags
  readonly context: CommandContext
  readonly keyring: Keyring
}

/** A new file is the owner's alone, whatever umask says. */
const NEW_MODE = 0o600

type Act = (files: readonly string[], work: Work) => Promise<void>

const ACTIONS: Readonly<Record<(typeof VAULT_ACTIONS)[number], Act>> = {
  encrypt: async (files, work) => {
    const by = chosen(work)
    for (const path of files) {
      const content = readFile(path)
      if (isVault(content)) throw alreadySealed(path)
      put(path, sealed(content, by, labelOf(by)), work)
      tell('encrypted', path, work)
    }
  },
  decrypt: async (files, work) => {
    for (const path of files) {
      put(path, opened(path, work).content, work)
      tell('decrypted', path, work)
    }
  },
  view: async (files, work) => {
    for (const path of files) work.context.write(opened(path, work).content.toString('utf8'))
  },
  create: async (files, work) => {
    const there = files.find((path) => fileKind(path) !== undefined)
    if (there !== undefined) {
      throw new ClusterError('VAULT', `${there} is there already`, {
        hint: 'change it with edit, or seal it with encrypt',
      })
    }
    for (const path of files) await edit(path, work)
  },
  edit: async (files, work) => {
    const missing = files.find((path) => fileKind(path) === undefined)
    if (missing !== undefined) {
      throw new ClusterError('VAULT', `there is no file ${missing}`, {
        hint: 'check its name, or make it with: cluster-os vault create',
      })
    }
    for (const path of files) await edit(path, work)
  },
  rekey: async (files, work) => {
    // Every file is opened before the first is written: a wrong password changes nothing.
    const found = files.map((path) => ({ path, ...opened(path, work) }))
    const by = await newPassword(work)
    for (const { path, content, label } of found) {
      const kept = work.flags.newVaultId === undefined ? label : labelOf(by)
      put(path, sealed(content, by, kept), work)
      tell('encrypted anew', path, work)
    }
  },
  'encrypt-string': encryptString,
}

/** Answers the exit code. */
export async function vaultCommand(
  action: string | undefined,
  files: readonly string[],
  flags: VaultFlags,
  context: CommandContext,
): Promise<number> {
  const name = VAULT_ACTIONS.find((each) => each === action?.replace('_', '-'))
  if (name === undefined) throw unknownAction(action)
  if (files.length === 0 && name !== 'encrypt-string') {
    throw new ClusterError('USAGE', `vault ${name} needs a file`, {
      hint: `cluster-os vault ${name} secrets.yml`,
    })
  }
  refuseStray(name, flags)
  if (flags.output !== undefined && files.length > 1) {
    throw new ClusterError('USAGE', '--output takes one file', { hint: 'name one file at a time' })
  }
  const wishes = { ids: flags.vaultId ?? [], files: flags.vaultPasswordFile ?? [] }
  const isGiven = wishes.ids.length + wishes.files.length > 0
  const isAsked = flags.askVaultPass === true || !isGiven
  const isNew = ['create', 'encrypt', 'encrypt-string'].includes(name)
  const ask = isNew ? twice(context.askSecret) : context.askSecret
  // Not told to context.secrets: whoever views or decrypts wants to see.
  const keyring = new Keyring(await readPasswords({ ...wishes, isAsked }, ask))
  await ACTIONS[name](
    files.map((path) => resolve(path)),
    { flags, context, keyring },
  )
  return 0
}

/** Flags that mean something to some actions only. */
const OWN_FLAGS = {
  encryptVaultId: ['--encrypt-vault-id', 'create', 'encrypt', 'edit', 'encrypt-string'],
  newVaultPasswordFile: ['--new-vault-password-file', 'rekey'],
  newVaultId: ['--new-vault-id', 'rekey'],
  name: ['--name', 'encrypt-string'],
  output: ['--output', 'encrypt', 'decrypt', 'encrypt-string'],
} as const

function refuseStray(action: string, flags: VaultFlags): void {
  for (const [name, [flag, ...actions]] of Object.entries(OWN_FLAGS)) {
    const isGiven = flags[name as keyof typeof OWN_FLAGS] !== undefined
    if (!isGiven || actions.some((each) => each === action)) continue
    throw new ClusterError('USAGE', `vault ${action} has no ${flag}`, {
      hint: `it is for ${actions.join(', ')}`,
    })
  }
}

function unknownAction(action: string | undefined): ClusterError {
  const close = action === undefined ? undefined : nearest(action, VAULT_ACTIONS)
  return new ClusterError('USAGE', `vault cannot ${action ?? 'do nothing'}`, {
    hint: close === undefined ? `one of ${VAULT_ACTIONS.join(', ')}` : `did you mean ${close}?`,
  })
}

/** A new password is typed twice, as nobody sees it. */
function twice(ask: CommandContext['askSecret']): CommandContext['askSecret'] {
  return async (question) => {
    const first = await ask(`New ${question[0]?.toLowerCase()}${question.slice(1)}`)
    if ((await ask('The same once more: ')) === first) return first
    throw new ClusterError('VAULT', 'the two passwords are not the same', { hint: 'try again' })
  }
}

/** The password that new vaults get: the one named, or the first. */
function chosen({ flags, keyring }: Work): VaultPassword {
  const wanted = flags.encryptVaultId
  const [first] = keyring.passwords
  const found = wanted === undefined ? first : keyring.passwords.find(({ id }) => id === wanted)
  if (found !== undefined) return found
  const ids = keyring.passwords.map(({ id }) => id)
  throw new ClusterError('VAULT', `no password has the vault id ${wanted}`, {
    hint: `the ids given are ${ids.join(', ')}`,
  })
}

function labelOf(by: VaultPassword): string | undefined {
  return by.id === 'default' ? undefined : by.id
}

function sealed(content: Buffer, by: VaultPassword, label: string | undefined): Buffer {
  return Buffer.from(seal(content, by.password, randomBuffer(SALT_BYTES), label), 'latin1')
}

function opened(path: string, { keyring }: Work): Opened {
  const content = readFile(path)
  if (isVault(content)) {
    return keyring.open(content.toString('latin1'), { file: path, line: 1, column: 1 })
  }
  throw new ClusterError('VAULT', `${path} is no vault`, {
    hint: 'encrypt it first: cluster-os vault encrypt',
  })
}

function alreadySealed(path: string): ClusterError {
  return new ClusterError('VAULT', `${path} is a vault already`, {
    hint: 'use edit to change it, or rekey to give it another password',
  })
}

/** Said beside what is written, and not where that is the terminal. */
function tell(done: string, path: string, { flags, context }: Work): void {
  if (flags.output === '-') return
  const to = flags.output === undefined ? '' : ` into ${flags.output}`
  context.writeError(`${done}: ${escapeLine(path)}${to}\n`)
}

function put(path: string, content: Buffer, { flags, context }: Work): void {
  if (flags.output === '-') context.write(content.toString('utf8'))
  else writeAtomic(flags.output === undefined ? path : resolve(flags.output), content, NEW_MODE)
}

async function newPassword({ flags, context }: Work): Promise<VaultPassword> {
  const ids = flags.newVaultId === undefined ? [] : [flags.newVaultId]
  const files = flags.newVaultPasswordFile === undefined ? [] : [flags.newVaultPasswordFile]
  const isAsked = ids.length + files.length === 0
  const [password] = await readPasswords({ ids, files, isAsked }, twice(context.askSecret))
  if (password === undefined) throw new Error('a password was asked for')
  return password
}

/** The open content lies in a folder in memory that is gone when the editor is. */
async function edit(path: string, work: Work): Promise<void> {
  const isNew = fileKind(path) === undefined
  const before = isNew ? undefined : opened(path, work)
  const by = before?.by ?? chosen(work)
  const label = isNew ? labelOf(by) : before?.label
  const given = work.context.environment('EDITOR') ?? ''
  const editor = given.trim() === '' ? 'vi' : given
  await withPrivateFolder(async (folder) => {
    // The name's ending tells editors how to show it.
    const draft = join(folder, path.split('/').at(-1) ?? 'vault')
    writeAtomic(draft, before?.content ?? Buffer.alloc(0), NEW_MODE)
    // Read by a shell, as git does it: programs and arguments may be quoted.
    const code = await runOnTerminal(['/bin/sh', '-c', `${editor} "$@"`, editor, draft])
    if (code !== 0) {
      throw new ClusterError('VAULT', `${editor} ended with ${code}; ${path} is as it was`, {
        hint: 'set EDITOR to an editor that is installed and stays in the foreground',
      })
    }
    const after = readFile(draft)
    if (before?.content.equals(after) === true) {
      work.context.writeError(`nothing was changed: ${escapeLine(path)}\n`)
      return
    }
    writeAtomic(path, sealed(after, by, label), NEW_MODE)
    tell('encrypted', path, work)
  })
}

async function encryptString(words: readonly string[], work: Work): Promise<void> {
  if (words.length > 0) {
    throw new ClusterError('USAGE', 'encrypt-string takes no secret as an argument', {
      hint: 'others can read arguments: pipe the text in, or type it when asked',
    })
  }
  const { context, flags } = work
  const by = chosen(work)
  const text = context.isInputTerminal
    ? Buffer.from(await context.askSecret('Text to encrypt: '), 'utf8')
    : await readInput()
  const lines = sealed(text, by, labelOf(by)).toString('latin1').trimEnd().split('\n')
  const indent = ' '.repeat(10)
  const value = ['!vault |', ...lines.map((line) => indent + line)].join('\n')
  const shown = `${flags.name === undefined ? '' : `${flags.name}: `}${value}\n`
  put('', Buffer.from(shown, 'utf8'), { ...work, flags: { ...flags, output: flags.output ?? '-' } })
}
