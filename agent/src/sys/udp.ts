// UDP, the only way to it: one socket for each family, datagrams in and out, errors counted and
// never thrown. Not here: what datagrams mean (gossip/) and which interfaces there are (links.ts).
import { createSocket, type Socket } from 'node:dgram'
import { ClusterError } from '../errors.ts'

/** Where a datagram came from or goes to, as sockets say it: an IPv6 host may carry `%eth0`. */
export interface UdpAddress {
  readonly family: 4 | 6
  readonly host: string
  readonly port: number
}

export interface UdpPort {
  send(to: UdpAddress, bytes: Uint8Array): void
  /** Hears what is sent to a group on an interface; again is no error. */
  join(group: string, interfaceName: string): void
  /** Resolves when nothing more will be heard. */
  close(): Promise<void>
  /** Datagrams that the system did not take, by its word for why. */
  readonly failures: ReadonlyMap<string, number>
}

export interface UdpOptions {
  readonly port: number
  /** Listen on this address only, and so in its family only. */
  readonly address?: string
  readonly onDatagram: (from: UdpAddress, bytes: Uint8Array) => void
}

/** Room for a burst of some thousand small datagrams while this process does something else. */
const BUFFER_BYTES = 1024 * 1024

const HINTS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process has it: is the agent running already? (ss -ulnp)',
  EADDRNOTAVAIL: 'no interface has the address (ip address)',
  EACCES: 'the port is refused: ports below 1024 need root',
}

/** Listens on both families; a machine without IPv6 has the other alone. */
export async function openUdp(options: UdpOptions): Promise<UdpPort> {
  const families = options.address === undefined ? FAMILIES : [familyOf(options.address)]
  const opened = await Promise.allSettled(families.map((family) => open(family, options)))
  const sockets = opened.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  const [first] = opened.filter((result) => result.status === 'rejected')
  const isTaken = first !== undefined && codeOf(first.reason) === 'EADDRINUSE'
  if (sockets.length === 0 || isTaken) {
    for (const { socket } of sockets) socket.close()
    const at = options.address === undefined ? '' : ` of ${options.address}`
    throw new ClusterError('PORT', `cannot listen on UDP port ${options.port}${at}`, {
      hint: HINTS[codeOf(first?.reason) ?? ''] ?? String(first?.reason),
      cause: first?.reason,
    })
  }
  return portOf(sockets)
}

interface Opened {
  readonly family: 4 | 6
  readonly socket: Socket
}

const FAMILIES: readonly (4 | 6)[] = [4, 6]

function familyOf(address: string): 4 | 6 {
  return address.includes(':') ? 6 : 4
}

function open(family: 4 | 6, { port, address, onDatagram }: UdpOptions): Promise<Opened> {
  return new Promise((resolve, reject) => {
    const socket = createSocket({
      type: family === 4 ? 'udp4' : 'udp6',
      ipv6Only: family === 6,
      recvBufferSize: BUFFER_BYTES,
    })
    socket.once('error', (error) => {
      socket.close()
      reject(error)
    })
    socket.bind({ port, ...(address === undefined ? {} : { address }) }, () => {
      socket.removeAllListeners('error')
      // What a network says about one datagram must not end the process.
      socket.on('error', () => undefined)
      socket.setBroadcast(true)
      socket.on('message', (bytes, { address: host, port: from }) => {
        // Port 0 answers nobody, and a socket cannot be told to send there.
        if (from !== 0) onDatagram({ family, host, port: from }, bytes)
      })
      resolve({ family, socket })
    })
  })
}

function portOf(sockets: readonly Opened[]): UdpPort {
  const failures = new Map<string, number>()
  const count = (error: unknown): void => {
    const code = codeOf(error)
    failures.set(code, (failures.get(code) ?? 0) + 1)
  }
  const socketOf = (family: 4 | 6): Socket | undefined =>
    sockets.find((opened) => opened.family === family)?.socket
  return {
    failures,
    send(to, bytes) {
      const socket = socketOf(to.family)
      if (socket === undefined) return count({ code: 'EAFNOSUPPORT' })
      try {
        socket.send(bytes, to.port, to.host, (error) => {
          if (error !== null) count(error)
        })
      } catch (error) {
        count(error)
      }
    },
    join(group, interfaceName) {
      try {
        socketOf(6)?.addMembership(group, `::%${interfaceName}`)
      } catch (error) {
        // EADDRINUSE: it is a member already.
        if (codeOf(error) !== 'EADDRINUSE') count(error)
      }
    },
    close: async () => {
      await Promise.all(
        sockets.map(({ socket }) => new Promise<void>((resolve) => socket.close(resolve))),
      )
    },
  }
}

function codeOf(error: unknown): string {
  return (error as { code?: string } | undefined)?.code ?? 'EUNKNOWN'
}
