// Measures this machine from time to time, for its record. Units that failed and whether the clock
// is in step are asked of systemd, once a minute as that costs two processes; where there is no
// systemd they count as good. Not here: what the measures mean (details.ts).
import type { Clock } from '../sys/clock.ts'
import {
  blockDevices,
  diskLeft,
  gpus,
  interfaceSpeeds,
  loadPerCore,
  memoryBytes,
  memoryLeft,
  processor,
} from '../sys/machine.ts'
import { runProgram } from '../sys/process.ts'
import type { Health } from '../wire/record.ts'
import { detailsOf, healthOf } from './details.ts'
import { Steady } from './steady.ts'

/** The first time too: a machine that has just been switched on is to find its peace. */
const SYSTEMD_EVERY_MS = 60_000
/** Measures that must agree before they are told. */
const STEADY = 3
const PROGRAM_MS = 5000

export class Vitals {
  readonly #clock: Clock
  #details: Uint8Array
  readonly #health = new Steady<Health>(STEADY)
  #failedUnits = 0
  #isClockOff = false
  #askMs: number

  constructor(clock: Clock, labels: Readonly<Record<string, string>>) {
    this.#clock = clock
    this.#askMs = clock.now() + SYSTEMD_EVERY_MS
    this.#details = detailsHere(labels)
  }

  /** The details with other labels; what is known of the machine's health stays. */
  relabel(labels: Readonly<Record<string, string>>): Uint8Array {
    this.#details = detailsHere(labels)
    return this.#details
  }

  /** `isTilted`: this process stood still a moment ago. */
  measure(isTilted: boolean): { readonly health: Health; readonly details: Uint8Array } {
    if (this.#clock.now() >= this.#askMs) {
      this.#askMs = this.#clock.now() + SYSTEMD_EVERY_MS
      void this.#askSystemd()
    }
    const health = healthOf(
      {
        loadPerCore: loadPerCore(),
        memoryLeft: memoryLeft(),
        diskLeft: diskLeft('/var'),
        failedUnits: this.#failedUnits,
        isClockOff: this.#isClockOff,
        isTilted,
      },
      this.#health.measured,
    )
    return { health: this.#health.take(health), details: this.#details }
  }

  async #askSystemd(): Promise<void> {
    const failed = await said(['systemctl', 'list-units', '--failed', '--no-legend', '--plain'])
    this.#failedUnits = failed?.split('\n').filter((line) => line.trim() !== '').length ?? 0
    const synchronised = await said(['timedatectl', 'show', '-p', 'NTPSynchronized', '--value'])
    this.#isClockOff = synchronised?.trim() === 'no'
  }
}

function detailsHere(labels: Readonly<Record<string, string>>): Uint8Array {
  return detailsOf({
    processor: processor(),
    memoryBytes: memoryBytes(),
    gpus: gpus(),
    disks: blockDevices().map(({ name, bytes }) => ({ name, bytes })),
    speeds: interfaceSpeeds(),
    labels,
  })
}

/** What a program prints; undefined when it is not there or fails. */
async function said(argv: readonly [string, ...string[]]): Promise<string | undefined> {
  try {
    const { code, stdout } = await runProgram(argv, { timeoutMs: PROGRAM_MS })
    return code === 0 ? stdout : undefined
  } catch {
    return undefined
  }
}
