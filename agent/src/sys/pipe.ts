// A program whose input and output are a connection, as OpenSSH's ProxyCommand is. Not here:
// programs that are waited for (process.ts).
import { spawn } from 'node:child_process'
import { Duplex } from 'node:stream'
import { environment } from './env.ts'
import { endGroup } from './process.ts'

export interface PipedProgram {
  readonly socket: Duplex
  /** How the program ended, with the last line it complained with. */
  readonly ending: Promise<string>
}

/** Of what a program complains with only the end is kept. */
const COMPLAINT_CHARS_MAX = 4096

/** A program whose input is closed has this long to end by itself. */
const GRACE_MS = 1000

/** Starts a command of the person's shell; its whole group ends with the socket. */
export function connectProgram(command: string): PipedProgram {
  // With exec no shell is left to wait for the program, as OpenSSH does it.
  const child = spawn(environment('SHELL') ?? '/bin/sh', ['-c', `exec ${command}`], {
    detached: true,
    stdio: 'pipe',
  })
  let complaint = ''
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    complaint = (complaint + chunk).slice(-COMPLAINT_CHARS_MAX)
  })
  const socket = Duplex.from({ readable: child.stdout, writable: child.stdin })
  // The close that follows tells.
  socket.on('error', () => undefined)
  child.stdin.on('error', () => undefined)
  let isOver = false
  const ending = new Promise<string>((resolve) => {
    child.on('error', ({ message }) => {
      resolve(`cannot be started: ${message}`)
      socket.destroy()
    })
    child.on('close', (code, signal) => {
      isOver = true
      const last = complaint.trim().split('\n').at(-1) ?? ''
      resolve(`ended with ${code ?? signal}${last === '' ? '' : `: ${last}`}`)
    })
  })
  const end = (): void => {
    if (child.pid !== undefined && !isOver) endGroup(child.pid)
  }
  // One that closed its output itself is about to say how it ends.
  socket.on('close', () => setTimeout(end, GRACE_MS).unref())
  return { socket, ending }
}
