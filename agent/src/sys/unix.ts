// Unix sockets, the only way to them: one request and its answers for each connection, as lines of
// JSON. Only the owner of the socket's file gets in. Not here: what is asked (daemon/control.ts).
import { chmodSync, existsSync, rmSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import { ClusterError } from '../errors.ts'
import { readOnlyHint } from './durable.ts'

export interface Answer {
  /** One line; false when the other side has gone. */
  write(value: unknown): boolean
  end(): void
  onGone(callback: () => void): void
}

export interface UnixServer {
  close(): Promise<void>
}

/** A request has no reason to be longer. */
const REQUEST_BYTES = 64 * 1024
/** Whoever reads more slowly than this behind is let go. */
const BEHIND_BYTES = 4 * 1024 * 1024

/**
 * Takes the place of a socket that an ended process has left; mode 0600 from the first moment. PORT
 * when there cannot be a socket.
 */
export async function serveUnix(
  path: string,
  onRequest: (line: string, answer: Answer) => void,
): Promise<UnixServer> {
  makeRoom(path)
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    readLine(socket, (line) => onRequest(line, answerOn(socket)))
  })
  return new Promise((resolve, reject) => {
    const mask = process.umask(0o177)
    server.once('error', (error) => {
      process.umask(mask)
      reject(cannotListen(path, error))
    })
    server.listen(path, () => {
      process.umask(mask)
      chmodSync(path, 0o600)
      resolve({
        close: () =>
          new Promise((done) => {
            for (const socket of sockets) socket.destroy()
            server.close(() => done())
          }),
      })
    })
  })
}

function makeRoom(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch (error) {
    throw cannotListen(path, error)
  }
}

function cannotListen(path: string, cause: unknown): ClusterError {
  const isBare = !existsSync(dirname(path))
  const reason = isBare ? 'its folder is not there' : (cause as Error).message
  return new ClusterError('PORT', `cannot listen on the socket ${path}: ${reason}`, {
    hint: isBare
      ? 'make its folder'
      : (readOnlyHint(path, cause) ?? 'look at its folder and what stands there'),
    cause,
  })
}

function readLine(socket: Socket, onLine: (line: string) => void): void {
  let text = ''
  const take = (chunk: Buffer): void => {
    text += chunk.toString('utf8')
    const end = text.indexOf('\n')
    if (end < 0) {
      if (text.length > REQUEST_BYTES) socket.destroy()
      return
    }
    socket.off('data', take)
    socket.resume()
    onLine(text.slice(0, end))
  }
  socket.on('data', take)
}

function answerOn(socket: Socket): Answer {
  return {
    write(value) {
      if (socket.destroyed || socket.writableLength > BEHIND_BYTES) {
        socket.destroy()
        return false
      }
      socket.write(`${JSON.stringify(value)}\n`)
      return true
    },
    end: () => socket.end(),
    onGone: (callback) => socket.on('close', callback),
  }
}

/**
 * Sends one line and gives each line of the answer until the other side ends. Rejects with the
 * system's error when nobody listens. A signal ends it early.
 */
export async function* askUnix(
  path: string,
  line: string,
  signal?: AbortSignal,
): AsyncGenerator<string> {
  const socket = await new Promise<Socket>((resolve, reject) => {
    const opened = connect(path)
    opened.once('error', reject)
    opened.once('connect', () => resolve(opened))
  })
  socket.on('error', () => socket.destroy())
  const end = (): void => void socket.destroy()
  signal?.addEventListener('abort', end)
  socket.write(`${line}\n`)
  try {
    yield* createInterface({ input: socket })
  } finally {
    signal?.removeEventListener('abort', end)
    socket.destroy()
  }
}
