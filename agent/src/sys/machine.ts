// What this machine is and how it is doing, read from the kernel. Not here: what of it is told to
// others (daemon/details.ts).
import { existsSync, readdirSync, readFileSync, statfsSync } from 'node:fs'
import { cpus, hostname, loadavg, totalmem } from 'node:os'

export const machineName = (): string => hostname()

export interface Processor {
  readonly model: string
  readonly cores: number
}

export function processor(): Processor {
  const all = cpus()
  return { model: all[0]?.model.trim() ?? 'unknown', cores: all.length }
}

export const memoryBytes = (): number => totalmem()

/** Load of the last quarter of an hour, per core. */
export const loadPerCore = (): number => (loadavg()[2] ?? 0) / Math.max(cpus().length, 1)

/**
 * Share of memory that is still to be had, by the kernel's estimate; undefined when it says none.
 */
export function memoryLeft(): number | undefined {
  const text = textOf('/proc/meminfo')
  const kib = (name: string) => Number(new RegExp(`^${name}: +(\\d+) kB`, 'm').exec(text)?.[1])
  const share = kib('MemAvailable') / kib('MemTotal')
  return Number.isFinite(share) ? share : undefined
}

/** Share of the disk under a path that is free to us. */
export function diskLeft(path: string): number | undefined {
  try {
    const { bavail, blocks } = statfsSync(path)
    return blocks === 0 ? undefined : bavail / blocks
  } catch {
    return undefined
  }
}

/** Share of ten seconds in which somebody waited for it: `/proc/pressure/NAME`, where it is. */
export function pressure(name: 'cpu' | 'memory' | 'io'): number | undefined {
  const share = /^some avg10=([0-9.]+)/m.exec(textOf(`/proc/pressure/${name}`))?.[1]
  return share === undefined ? undefined : Number(share) / 100
}

export interface BlockDevice {
  readonly name: string
  readonly bytes: number
  readonly isRotational: boolean
}

export function blockDevices(): BlockDevice[] {
  return namesIn('/sys/block')
    .filter((name) => !/^(?:loop|ram|zram|dm-|md|sr)/.test(name))
    .map((name) => ({
      name,
      bytes: Number(textOf(`/sys/block/${name}/size`)) * 512,
      isRotational: textOf(`/sys/block/${name}/queue/rotational`).trim() === '1',
    }))
    .filter(({ bytes }) => bytes > 0)
}

/** Megabits a second of interfaces that say so. */
export function interfaceSpeeds(): Record<string, number> {
  const speeds = namesIn('/sys/class/net').map((name): [string, number] => [
    name,
    Number(textOf(`/sys/class/net/${name}/speed`)),
  ])
  return Object.fromEntries(speeds.filter(([, speed]) => speed > 0))
}

export interface Gpu {
  readonly model: string
  readonly memoryBytes?: number
}

/** By the drivers' own files: NVIDIA's names its models, AMD's its memory. */
export function gpus(): Gpu[] {
  const nvidia = namesIn('/proc/driver/nvidia/gpus').map((name) => {
    const text = textOf(`/proc/driver/nvidia/gpus/${name}/information`)
    return { model: /^Model:\s*(.+)$/m.exec(text)?.[1]?.trim() ?? 'NVIDIA' }
  })
  const amd = namesIn('/sys/class/drm')
    .filter((name) => /^card\d+$/.test(name))
    .map((name) => `/sys/class/drm/${name}/device`)
    .filter((device) => textOf(`${device}/vendor`).trim() === '0x1002')
    .map((device) => {
      const bytes = Number(textOf(`${device}/mem_info_vram_total`))
      const model = textOf(`${device}/product_name`).trim() || 'AMD'
      return bytes > 0 ? { model, memoryBytes: bytes } : { model }
    })
  return [...nvidia, ...amd]
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function namesIn(path: string): string[] {
  return existsSync(path) ? readdirSync(path).toSorted() : []
}
