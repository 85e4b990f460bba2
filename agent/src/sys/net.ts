// Outgoing TCP, the only way to it. TCP_NODELAY is on: without it every small exchange over SSH
// waits for a delayed acknowledgement (about 40 ms).
import { connect, type Socket } from 'node:net'

export interface TcpTarget {
  readonly address: string
  readonly port: number
  readonly timeoutMs: number
}

/** Resolves with a connected socket; rejects with the system's error or `ETIMEDOUT`. */
export function connectTcp(target: TcpTarget): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: target.address, port: target.port, noDelay: true })
    socket.setTimeout(target.timeoutMs, () => {
      socket.destroy(Object.assign(new Error('connect timed out'), { code: 'ETIMEDOUT' }))
    })
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.setTimeout(0)
      socket.off('error', reject)
      // An error between two listeners must not end the process; the close that follows tells.
      socket.on('error', () => undefined)
      resolve(socket)
    })
  })
}
