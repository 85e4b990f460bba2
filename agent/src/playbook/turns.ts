// Turns at machines: tasks of several hosts that are delegated to one machine read and change the
// same files there, so what reads before it changes goes one after the other. Not here: how many
// tasks run at a time at all (batch.ts).
import type { Reach } from './links.ts'
import { Slots } from './slots.ts'

export class Turns {
  readonly #lines = new Map<string, Slots>()

  /** Waits for the turn at a machine; answers how to give it back. */
  async take(machine: string): Promise<() => void> {
    const line = this.#lines.get(machine) ?? new Slots(1)
    this.#lines.set(machine, line)
    await line.take()
    return () => line.give()
  }
}

/** One name for one machine: all that is local is the controller, whatever it is called. */
export function machineOf({ connection, ssh, host }: Reach): string {
  if (connection === 'local') return 'local'
  return JSON.stringify([ssh.address ?? host, ssh.port ?? null])
}
