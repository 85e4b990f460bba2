// Measures this machine from time to time, for its record. Units that failed and the clock are
// asked of systemd, if there is one. Not here: what the measures mean (details.ts).
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
import type { Health } from '../wire/record.ts'
import { detailsOf, healthOf } from './details.ts'

export class Vitals {
  readonly #labels: Readonly<Record<string, string>>
  readonly #details: Uint8Array
  #health: Health | undefined

  constructor(labels: Readonly<Record<string, string>>) {
    this.#labels = labels
    this.#details = this.#detailsNow()
  }

  measure(): { readonly health: Health; readonly details: Uint8Array } {
    this.#health = healthOf(
      {
        loadPerCore: loadPerCore(),
        memoryLeft: memoryLeft(),
        diskLeft: diskLeft('/var'),
        failedUnits: 0,
        isClockOff: false,
        isTilted: false,
      },
      this.#health,
    )
    return { health: this.#health, details: this.#details }
  }

  #detailsNow(): Uint8Array {
    const disks = blockDevices().map(({ name, bytes }) => ({ name, bytes }))
    return detailsOf({
      processor: processor(),
      memoryBytes: memoryBytes(),
      gpus: gpus(),
      disks,
      speeds: interfaceSpeeds(),
      labels: this.#labels,
    })
  }
}
