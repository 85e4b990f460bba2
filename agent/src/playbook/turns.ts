// Turns at machines: tasks of several hosts that work on one machine, by delegation or because the
// hosts are one, read and change the same files there, so what changes it goes one after the other.
// A task looks without a turn; it looks again where others had theirs meanwhile. Not here: how many
// tasks run at a time at all (batch.ts).
import type { Reach } from './links.ts'
import { Slots } from './slots.ts'

class Line {
  readonly slots = new Slots(1)
  isTaken = false
  /** How many turns there have been. */
  count = 0
}

export class Turns {
  readonly #lines = new Map<string, Line>()

  /** A task begins to look at a machine. */
  visit(machine: string): Visit {
    const line = this.#lines.get(machine) ?? new Line()
    this.#lines.set(machine, line)
    return new Visit(line)
  }
}

export class Visit {
  readonly #line: Line
  /** The turns that were over when it began to look; undefined while another's is under way. */
  readonly #seen: number | undefined
  #isMine = false

  constructor(line: Line) {
    this.#line = line
    this.#seen = line.isTaken ? undefined : line.count
  }

  /** Whether others may have changed the machine while this one looked. */
  get isStale(): boolean {
    return this.#seen !== this.#line.count
  }

  /** Waits for the turn; answers whether what was seen before may be stale. */
  async take(): Promise<boolean> {
    await this.#line.slots.take()
    this.#isMine = true
    const { isStale } = this
    this.#line.isTaken = true
    this.#line.count += 1
    return isStale
  }

  /** Gives the turn back, if it was taken. */
  end(): void {
    if (!this.#isMine) return
    this.#isMine = false
    this.#line.isTaken = false
    this.#line.slots.give()
  }
}

/** One name for one machine: all that is local is the controller, whatever it is called. */
export function machineOf({ connection, ssh, host }: Reach): string {
  if (connection === 'local') return 'local'
  return JSON.stringify([ssh.address ?? host, ssh.port ?? null])
}
