// Time, the only way to it. Not here: simulated time, which lives beside the simulator.

export interface Clock {
  /** Milliseconds of a clock that never goes back; its zero means nothing. */
  now(): number
  /** Milliseconds since 1970; for people and files, never for timeouts. */
  wall(): number
  /** Calls back once after `delayMs`; the answer cancels it. */
  after(delayMs: number, callback: () => void): () => void
}

/** Where this machine's clock stands at an instant. */
export interface Zone {
  /** Minutes east of Greenwich. */
  readonly offsetMinutes: number
  /** `CET`; where nobody has given the zone a name, its offset. */
  readonly name: string
}

/** The names of zones differ by the English that is asked. */
const ENGLISH = ['en-US', 'en-GB', 'en-AU', 'en-IN', 'en-ZA']

export function localZone(ms: number): Zone {
  const date = new Date(ms)
  const offsetMinutes = -date.getTimezoneOffset()
  for (const language of ENGLISH) {
    const format = new Intl.DateTimeFormat(language, { timeZoneName: 'short' })
    const name = format.formatToParts(date).find(({ type }) => type === 'timeZoneName')?.value
    if (name !== undefined && !/^(?:GMT|UTC)[+-]/.test(name)) return { offsetMinutes, name }
  }
  return { offsetMinutes, name: offsetText(offsetMinutes) }
}

/** `+0130`. */
export function offsetText(minutes: number): string {
  const size = Math.abs(minutes)
  const digits = Math.floor(size / 60) * 100 + (size % 60)
  return `${minutes < 0 ? '-' : '+'}${String(digits).padStart(4, '0')}`
}

/** 24.8 days; Node fires a timer that is set for longer at once. */
const TIMER_MS_MAX = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, Math.min(delayMs, TIMER_MS_MAX))
    return () => clearTimeout(timer)
  },
}

/** Resolves after `delayMs`. */
export function pause(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => clock.after(delayMs, resolve))
}

/** Settles as `promise` does, or rejects with what `onTimeout` makes once `limitMs` have passed. */
export async function withLimit<T>(
  clock: Clock,
  promise: Promise<T>,
  limitMs: number,
  onTimeout: () => Error,
): Promise<T> {
  let cancel: (() => void) | undefined
  const timeout = new Promise<never>((_, reject) => {
    cancel = clock.after(limitMs, () => reject(onTimeout()))
  })
  try {
    return await Promise.race([promise, timeout])
  } finally {
    cancel?.()
  }
}
