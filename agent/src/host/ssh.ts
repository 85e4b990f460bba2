// A machine reached by SSH: node-ssh and ssh2 live here and nowhere else. A socket without Nagle's
// delay is given to ssh2; a connection that has no room for another channel gets a sibling. Not
// here: which host keys are taken (hostkey.ts), shells' words (shell.ts).
import type { Duplex } from 'node:stream'
import { type Config, NodeSSH } from 'node-ssh'
import type {
  AnyAuthMethod,
  AuthHandlerMiddleware,
  Client,
  ClientChannel,
  ServerHostKeyAlgorithm,
} from 'ssh2'
import { ClusterError } from '../errors.ts'
import { pause, systemClock, withLimit } from '../sys/clock.ts'
import { readTextIfThere } from '../sys/files.ts'
import { connectTcp } from '../sys/net.ts'
import { connectProgram, type PipedProgram } from '../sys/pipe.ts'
import { randomBelow } from '../sys/random.ts'
import {
  changedKeyError,
  isAmong,
  judgeHostKey,
  keysOf,
  preferredAlgorithms,
  remember,
} from './hostkey.ts'
import type { ShellStreams } from './shell.ts'
import type { SshOptions } from './ssh-options.ts'
import type { Transport } from './transport.ts'

/** sshd's MaxStartups drops connections at random: a few tries, apart by jitter, get through. */
const CONNECT_TRIES = 4
const RETRY_BASE_MS = 250

/** A command in place of a connection that has closed its output is about to end. */
const PROXY_END_MS = 500

/** A dead peer is noticed after interval x count of silence. */
const KEEPALIVE_INTERVAL_MS = 5_000
const KEEPALIVE_COUNT_MAX = 3

interface Connection {
  readonly client: Client
  readonly lost: Promise<{ reason: string }>
  close(): void
}

/** A transport that connects when its first shell is opened. */
export function sshTransport(options: SshOptions): Transport {
  const connections = new Set<Promise<Connection>>()
  const add = (): Promise<Connection> => {
    const connecting = connectWithRetries(options)
    connections.add(connecting)
    // What failed or was lost is not kept: the next task may try again.
    const forget = (): boolean => connections.delete(connecting)
    connecting.then(({ lost }) => lost.then(forget)).catch(forget)
    return connecting
  }
  const openShell = async (command: string): Promise<ShellStreams> => {
    const connection = await ([...connections].at(-1) ?? add())
    const streams = await openChannel(options.name, connection, command)
    if (streams !== undefined) return streams
    // No room for one more channel (MaxSessions): a sibling connection has it.
    const retried = await openChannel(options.name, await add(), command)
    if (retried !== undefined) return retried
    throw new ClusterError('UNREACHABLE', `${options.name}: sshd opens no session`, {
      hint: 'check MaxSessions in its sshd_config',
      where: { host: options.name },
    })
  }
  return {
    name: options.name,
    openShell,
    close: () => {
      for (const connecting of connections) {
        connecting.then((connection) => connection.close()).catch(() => undefined)
      }
      connections.clear()
    },
  }
}

/** Resolves with undefined when the server refuses one more channel on this connection. */
function openChannel(
  name: string,
  connection: Connection,
  command: string,
): Promise<ShellStreams | undefined> {
  return new Promise((resolve, reject) => {
    void connection.lost.then(({ reason }) => reject(unreachable(name, reason)))
    connection.client.exec(command, (error, channel) => {
      if (error !== undefined) {
        if (/open failure|open failed|No response/i.test(error.message)) resolve(undefined)
        else reject(unreachable(name, error.message))
        return
      }
      resolve(channelStreams(connection, channel))
    })
  })
}

function channelStreams(connection: Connection, channel: ClientChannel): ShellStreams {
  const closed = new Promise<{ reason: string }>((resolve) => {
    channel.once('close', (code: number | null | undefined) =>
      resolve({
        reason:
          typeof code === 'number' ? `the remote shell ended with ${code}` : 'the channel closed',
      }),
    )
  })
  channel.on('error', () => undefined)
  return {
    stdin: channel,
    stdout: channel,
    stderr: channel.stderr,
    ended: Promise.race([closed, connection.lost]),
    close: () => channel.end(),
  }
}

async function connectWithRetries(options: SshOptions): Promise<Connection> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await connect(options)
    } catch (error) {
      if (attempt === CONNECT_TRIES || !isTransient(error)) throw error
      await pause(systemClock, RETRY_BASE_MS * attempt + randomBelow(RETRY_BASE_MS * 2))
    }
  }
}

/** Resets and hang-ups before the handshake are how a busy sshd sheds load; silence is not. */
function isTransient(error: unknown): boolean {
  return (
    error instanceof ClusterError &&
    error.code === 'UNREACHABLE' &&
    /ECONNRESET|EPIPE|handshake/i.test(error.message) &&
    !/timed out|too long/i.test(error.message)
  )
}

async function connect(options: SshOptions): Promise<Connection> {
  const jump = options.jump === undefined ? undefined : await connectWithRetries(options.jump)
  const proxy =
    options.proxyCommand === undefined ? undefined : connectProgram(options.proxyCommand)
  const socket =
    proxy?.socket ??
    (jump === undefined ? await openSocket(options) : await forwardThrough(jump, options))
  const ssh = new NodeSSH()
  const verdict: Verdict = {}
  try {
    await withLimit(
      systemClock,
      ssh.connect(connectConfig(options, socket, verdict)),
      options.connectLimitMs + 5_000,
      () => unreachable(options.name, 'the SSH handshake took too long'),
    )
  } catch (error) {
    const refusal = verdict.refusal ?? (await proxyError(options, proxy, error))
    socket.destroy()
    jump?.close()
    throw refusal ?? connectionError(options, error)
  }
  const client = ssh.connection
  if (client === null) throw unreachable(options.name, 'closed during the handshake')
  return keepConnection(client, jump)
}

/** node-ssh drops its error listener after the handshake; without one a reset ends the process. */
function keepConnection(client: Client, jump: Connection | undefined): Connection {
  const lost = new Promise<{ reason: string }>((resolve) => {
    client.on('error', (error: Error) => resolve({ reason: error.message }))
    client.once('end', () => resolve({ reason: 'closed by the host' }))
    client.once('close', () => resolve({ reason: 'connection closed' }))
  })
  return {
    client,
    lost,
    close: () => {
      client.end()
      jump?.close()
    },
  }
}

/** What was found about the key that a host showed. */
interface Verdict {
  refusal?: ClusterError
  /** Taken although another one is known. */
  isOther?: boolean
}

function connectConfig(options: SshOptions, socket: Duplex, verdict: Verdict): Config {
  const known = keysOf(options)
  const preferred = preferredAlgorithms(known)
  return {
    sock: socket,
    host: options.address,
    port: options.port,
    username: options.user,
    readyTimeout: options.connectLimitMs,
    keepaliveInterval: KEEPALIVE_INTERVAL_MS,
    keepaliveCountMax: KEEPALIVE_COUNT_MAX,
    authHandler: offersOf(options, () => verdict.isOther === true),
    ...(preferred.length > 0
      ? { algorithms: { serverHostKey: preferred as ServerHostKeyAlgorithm[] } }
      : {}),
    hostVerifier: (key: Buffer) => {
      const refusal = judgeHostKey(options, known, key)
      verdict.isOther = known.length > 0 && !isAmong(known, key)
      if (refusal !== undefined) verdict.refusal = refusal
      else if (known.length === 0 && options.hostKeyChecking === 'accept-new')
        remember(options, key)
      return refusal === undefined
    },
  }
}

/** Only what can succeed is offered: each failed method costs a round trip. */
function authMethods(options: SshOptions): AnyAuthMethod[] {
  const methods: AnyAuthMethod[] = []
  for (const file of options.keyFiles) {
    const key = readTextIfThere(file)
    if (key !== undefined) methods.push({ type: 'publickey', username: options.user, key })
    else if (options.areKeysRequired) {
      throw new ClusterError('UNREACHABLE', `${options.name}: no private key at ${file}`, {
        hint: 'check ansible_ssh_private_key_file or --private-key',
      })
    }
  }
  if (options.agent !== undefined) {
    methods.push({ type: 'agent', username: options.user, agent: options.agent })
  }
  if (options.password !== undefined) {
    methods.push({ type: 'password', username: options.user, password: options.password })
  }
  // With nothing to offer the server's own answer says what it would take.
  return methods.length > 0 ? methods : [{ type: 'none', username: options.user }]
}

/** In turn. A password is not given to whoever shows another key than the known one: ssh(1). */
function offersOf(options: SshOptions, isOther: () => boolean): AuthHandlerMiddleware {
  const methods = authMethods(options)
  return (_left, _isPartial, next) => {
    let method = methods.shift()
    while (method?.type === 'password' && isOther()) method = methods.shift()
    // The types of ssh2 lack the false that its documentation ends with.
    next((method ?? false) as AnyAuthMethod)
  }
}

function openSocket(options: SshOptions): Promise<Duplex> {
  return connectTcp({
    address: options.address,
    port: options.port,
    timeoutMs: options.connectLimitMs,
  }).catch((error: unknown) => {
    throw connectionError(options, error)
  })
}

function forwardThrough(jump: Connection, options: SshOptions): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    jump.client.forwardOut('127.0.0.1', 0, options.address, options.port, (error, channel) => {
      if (error === undefined) return resolve(channel)
      jump.close()
      reject(unreachable(options.name, `the jump host cannot reach it: ${error.message}`))
    })
  })
}

function connectionError(options: SshOptions, error: unknown): ClusterError {
  if (error instanceof ClusterError) return error
  const { message, code } = error as { message: string; code?: string }
  if (/authentication methods failed/i.test(message)) {
    return new ClusterError(
      'UNREACHABLE',
      `${options.name}: permission denied for ${options.user}`,
      {
        hint: 'check the user (-u), the key (--private-key) and authorized_keys on the host',
        where: { host: options.name },
        cause: error,
      },
    )
  }
  if (/no matching host key/i.test(message)) {
    return changedKeyError(options, 'it shows none of the kinds in')
  }
  if (code !== undefined && NO_ADDRESS.has(code)) return noAddress(options, error)
  return unreachable(options.name, code === undefined ? message : `${message} (${code})`, error)
}

/** A command that ended before there was a connection, or never gave one, knows best why. */
async function proxyError(
  { name, proxyCommand }: SshOptions,
  proxy: PipedProgram | undefined,
  cause: unknown,
): Promise<ClusterError | undefined> {
  if (proxy === undefined || /authentication/i.test((cause as Error).message)) return undefined
  const ending = await Promise.race([proxy.ending, pause(systemClock, PROXY_END_MS)])
  const { message } = cause as Error
  if (ending === undefined && !/timed out/i.test(message)) return undefined
  return new ClusterError(
    'UNREACHABLE',
    `${name}: ${ending === undefined ? message : `its ProxyCommand ${ending}`}`,
    {
      // Not all of it: a password may stand in it.
      hint: `try by hand the ProxyCommand that begins with ${proxyCommand?.split(' ')[0]}`,
      where: { host: name },
      cause,
    },
  )
}

/** Of getaddrinfo: no such name, or no name server that could tell. */
const NO_ADDRESS: ReadonlySet<string> = new Set(['ENOTFOUND', 'EAI_AGAIN'])

function noAddress({ name, address }: SshOptions, cause: unknown): ClusterError {
  return new ClusterError('UNREACHABLE', `${name}: cannot find the address of ${address}`, {
    hint: 'give it an ansible_host, or a line in /etc/hosts, or a HostName in ssh_config',
    where: { host: name },
    cause,
  })
}

function unreachable(name: string, reason: string, cause?: unknown): ClusterError {
  return new ClusterError('UNREACHABLE', `${name}: ${reason}`, {
    hint: 'check that the host is up, its address and that its sshd answers',
    where: { host: name },
    cause,
  })
}
