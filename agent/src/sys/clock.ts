// Time, the only way to it. Not here: simulated time, which lives beside the simulator.

export interface Clock {
  /** Milliseconds of a clock that never goes back; its zero means nothing. */
  now(): number
  /** Milliseconds since 1970; for people and files, never for timeouts. */
  wall(): number
  /** Calls back once after `delayMs`; the answer cancels it. */
  after(delayMs: number, callback: () => void): () => void
}

export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs)
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
