// Passwords of keys and networks: typed at the terminal without an echo, or the one line of a file.
// Arguments and the environment can be read by others, so none is taken from there. Not here:
// passwords of vaults (vault/passwords.ts).
import { resolve } from 'node:path'
import { ClusterError } from '../errors.ts'
import { fileKind, fileMode, readShortText, readText } from '../sys/files.ts'
import type { CommandContext } from './context.ts'

const PASSWORD_LEAST = 8
const PASSWORD_MOST_BYTES = 1024

/** The password that opens a key: from the file, or asked for. */
export async function passwordOf(
  what: string,
  file: string | undefined,
  context: CommandContext,
): Promise<string> {
  if (file !== undefined) return secretLine(file)
  return ask(`Password of the ${what}: `, what, '--password-file', context)
}

/** A new password, typed twice as nobody sees it. */
export async function newPasswordOf(
  what: string,
  file: string | undefined,
  flag: string,
  context: CommandContext,
): Promise<string> {
  const given = file === undefined ? undefined : secretLine(file)
  const password = given ?? (await ask(`New password of the ${what}: `, what, flag, context))
  if (password.length < PASSWORD_LEAST) {
    const message = `the password of the ${what} is shorter than ${PASSWORD_LEAST} characters`
    throw new ClusterError('ADMISSION', message, { hint: 'several words are easy to keep in mind' })
  }
  if (given !== undefined) return given
  if ((await ask('The same once more: ', what, flag, context)) === password) return password
  throw new ClusterError('ADMISSION', 'the two passwords are not the same', { hint: 'try again' })
}

async function ask(
  question: string,
  what: string,
  flag: string,
  context: CommandContext,
): Promise<string> {
  try {
    return await context.askSecret(question)
  } catch (error) {
    if (!(error instanceof ClusterError) || error.code !== 'USAGE') throw error
    throw new ClusterError('USAGE', `cannot ask for the password of the ${what}`, {
      hint: `run it on a terminal, or name a file with the password: ${flag} FILE`,
      cause: error,
    })
  }
}

/** The one line of a file that others may not read, or of a pipe, as `<(pass show lab)` gives. */
export function secretLine(name: string): string {
  const file = resolve(name)
  const kind = fileKind(file)
  if (kind === 'file' && ((fileMode(file) ?? 0) & 0o077) !== 0) {
    throw new ClusterError('ADMISSION', `others may read the password file ${file}`, {
      hint: `chmod 600 ${file}`,
    })
  }
  const text = kind === 'other' ? readText(file) : readShortText(file, PASSWORD_MOST_BYTES)
  const line = text?.replace(/\r?\n$/, '') ?? ''
  if (line !== '' && !/[\r\n\0]/.test(line)) return line
  throw new ClusterError('ADMISSION', `${file} is not one line with a password`, {
    hint: `a password is one line of at most ${PASSWORD_MOST_BYTES} bytes`,
  })
}
