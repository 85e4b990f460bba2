// A TCP relay on loopback that holds everything back on its way, both ways, so that a host seems as
// far as the round trip says. Not here: loss and bandwidth; TCP below it sees a perfect line.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface Relay {
  readonly port: number
  close(): Promise<void>
}

export interface Far {
  readonly host: string
  readonly port: number
}

/** Relays a port of loopback to `far`, `roundTripMs` away. */
export async function startRelay(far: Far, roundTripMs: number): Promise<Relay> {
  const open = new Set<Socket>()
  const keep = (socket: Socket): void => {
    open.add(socket)
    // A reset is the end of this connection only.
    socket.on('error', () => socket.destroy())
    socket.on('close', () => open.delete(socket))
  }
  const server = createServer(
    { allowHalfOpen: true, noDelay: true, pauseOnConnect: true },
    (near) => {
      keep(near)
      // The kernel has greeted the caller at once; on a long line that takes three trips, and only
      // then does the far side speak.
      setTimeout(
        () => {
          if (near.destroyed) return
          const away = connect({ ...far, noDelay: true, allowHalfOpen: true })
          keep(away)
          carry(near, away, roundTripMs / 2)
          carry(away, near, roundTripMs / 2)
          near.resume()
        },
        (roundTripMs / 2) * 3,
      )
    },
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const socket of open) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Timers of one length fire in the order they were set, so the bytes stay in theirs. */
function carry(from: Socket, to: Socket, delayMs: number): void {
  from.on('data', (chunk) => setTimeout(() => to.destroyed || to.write(chunk), delayMs))
  from.on('end', () => setTimeout(() => to.destroyed || to.end(), delayMs))
  from.on('close', () => setTimeout(() => to.destroy(), delayMs))
}
