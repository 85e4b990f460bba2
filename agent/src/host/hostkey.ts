// What a machine reached by SSH shows as its host key, held against known_hosts: taken, refused, or
// kept from now on. Not here: reading known_hosts (known-hosts.ts) and the connection (ssh.ts).
import { ClusterError } from '../errors.ts'
import { appendPrivate, readTextIfThere } from '../sys/files.ts'
import { type KnownKey, knownKeys, knownName, SSH_PORT } from './known-hosts.ts'
import { quoteWord, quoteWords } from './quote.ts'
import type { SshOptions } from './ssh-options.ts'

export function keysOf(options: SshOptions): KnownKey[] {
  const name = knownName(options)
  return options.knownHostsFiles.flatMap((file) =>
    knownKeys(readTextIfThere(file) ?? '', file, name),
  )
}

/** Asks for the kind of key that is known, so that the server does not show another. */
export function preferredAlgorithms(known: readonly KnownKey[]): string[] {
  const types = known.filter((key) => !key.isRevoked).map((key) => key.type)
  const algorithms = types.flatMap((type) =>
    type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'] : [type],
  )
  return [...new Set(algorithms)]
}

export const isAmong = (known: readonly KnownKey[], key: Buffer): boolean =>
  known.some((entry) => entry.key === key.toString('base64'))

export function judgeHostKey(
  options: SshOptions,
  known: readonly KnownKey[],
  key: Buffer,
): ClusterError | undefined {
  const shown = key.toString('base64')
  const same = known.find((entry) => entry.key === shown)
  if (same?.isRevoked === true) {
    return hostKeyError(options, `the host key is revoked by ${same.origin}`)
  }
  if (same !== undefined || options.hostKeyChecking === 'no') return undefined
  const valid = known.filter((entry) => !entry.isRevoked)
  if (valid.length > 0) return changedKeyError(options, 'it is not the one in')
  if (options.hostKeyChecking === 'accept-new') return undefined
  return hostKeyError(options, `the host key of ${options.address} is not known`)
}

/** A key that was taken unseen is the one to expect from now on, as with OpenSSH. */
export function remember(options: SshOptions, key: Buffer): void {
  const file = options.knownHostsFiles[0]
  if (file === undefined) return
  const name = knownName(options)
  // A key's blob begins with its type: four bytes of length, then the name.
  const type = key.toString('latin1', 4, 4 + key.readUInt32BE(0))
  appendPrivate(file, `${name} ${type} ${key.toString('base64')}\n`)
}

/** Another key than the known one: taking it in is right only where somebody knows why. */
export function changedKeyError(options: SshOptions, what: string): ClusterError {
  const known = keysOf(options).filter((entry) => !entry.isRevoked)
  const origins = known.map((entry) => entry.origin).join(', ')
  const name = quoteWord(knownName(options))
  const removals = [...new Set(known.map(({ file }) => file))].map(
    (file) => `ssh-keygen -R ${name} -f ${quoteWord(file)}`,
  )
  const message = `the host key of ${options.address} CHANGED: ${what} ${origins}`
  return new ClusterError('HOST_KEY', `${options.name}: ${message}`, {
    hint:
      'somebody may be listening in between, or the host was installed anew; only if you know ' +
      `that it was: ${removals.join('; ')}`,
    where: { host: options.name },
  })
}

function hostKeyError(options: SshOptions, message: string): ClusterError {
  const port = options.port === SSH_PORT ? [] : ['-p', `${options.port}`]
  const alias = options.hostKeyAlias
  // No alias holds a bar, nor what sed reads otherwise (ssh-options.ts).
  const renamed = alias === undefined ? '' : ` | ${quoteWords(['sed', `s|^[^ ]*|${alias}|`])}`
  const file = options.knownHostsFiles[0]
  const kept = file === undefined ? '' : ` >> ${quoteWord(file)}`
  const scan = quoteWords(['ssh-keyscan', ...port, options.address])
  return new ClusterError('HOST_KEY', `${options.name}: ${message}`, {
    hint: `compare the key, then: ${scan}${renamed}${kept}`,
    where: { host: options.name },
  })
}
