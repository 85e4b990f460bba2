// What a node tells about its machine: details that change with its hardware and labels, and health
// in a few bits, judged with a margin so that a value at its mark does not make news each time. Not
// here: measuring (sys/machine.ts).
import { DETAILS_MOST_BYTES, type Health } from '../wire/record.ts'
import { ENTRIES_MOST } from './told.ts'

export interface Measured {
  readonly loadPerCore: number
  readonly memoryLeft: number | undefined
  readonly diskLeft: number | undefined
  readonly failedUnits: number
  readonly isClockOff: boolean
  readonly isTilted: boolean
}

/**
 * On above the first, off below the second. Over a quarter of an hour: what a burst of work flags,
 * all tell at once when a job begins and again when it ends, and on one machine that is a burst.
 */
const LOAD = [1.5, 1] as const
/** Shares left: on below the first, off above the second. */
const MEMORY_LEFT = [0.05, 0.1] as const
const DISK_LEFT = [0.05, 0.08] as const

export function healthOf(now: Measured, before: Health | undefined): Health {
  const load = now.loadPerCore
  return {
    isLoaded: load > LOAD[0] || (load > LOAD[1] && (before?.isLoaded ?? false)),
    isShortOfMemory: isShort(now.memoryLeft, MEMORY_LEFT, before?.isShortOfMemory),
    isShortOfDisk: isShort(now.diskLeft, DISK_LEFT, before?.isShortOfDisk),
    hasFailedUnits: now.failedUnits > 0,
    isClockOff: now.isClockOff,
    isUnhealthy: now.isTilted,
  }
}

function isShort(
  left: number | undefined,
  [on, off]: readonly [number, number],
  before = false,
): boolean {
  return left !== undefined && (left < on || (before && left < off))
}

export interface Machine {
  readonly processor: { readonly model: string; readonly cores: number }
  readonly memoryBytes: number
  readonly gpus: readonly { readonly model: string; readonly memoryBytes?: number }[]
  readonly disks: readonly { readonly name: string; readonly bytes: number }[]
  readonly speeds: Readonly<Record<string, number>>
  readonly labels: Readonly<Record<string, string>>
}

/**
 * The blob: JSON with its names in one order, so that the same machine has the same digest. Of a
 * machine with more than fits only the first of each kind are told.
 */
export function detailsOf(machine: Machine): Buffer {
  let most = ENTRIES_MOST
  let bytes = spelled(machine, most)
  for (; bytes.length > DETAILS_MOST_BYTES && most > 0; bytes = spelled(machine, most)) {
    most = Math.floor(most / 2)
  }
  return bytes
}

function spelled(machine: Machine, most: number): Buffer {
  const { processor, memoryBytes, gpus, disks, speeds, labels } = machine
  return Buffer.from(
    JSON.stringify({
      cpu: processor,
      memory: { bytes: memoryBytes },
      gpus: gpus.slice(0, most),
      disks: disks.slice(0, most),
      network: sorted(Object.fromEntries(Object.entries(speeds).slice(0, most))),
      labels: sorted(labels),
    }),
  )
}

function sorted<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
