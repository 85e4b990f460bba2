// What is to happen later, by name: putting a name in again moves it. Time comes from outside; the
// core asks what is due and tells when to be woken. Not here: real timers.

interface Entry {
  readonly atMs: number
  readonly order: number
  readonly name: string
  readonly action: () => void
}

/** Entries that were moved or cancelled and may lie in the heap beside as many again. */
const STALE_MOST = 64

/** A heap by time, then by order of entry, so that a run can be repeated to the letter. */
export class Agenda {
  readonly #heap: Entry[] = []
  readonly #current = new Map<string, Entry>()
  #order = 0

  set(name: string, atMs: number, action: () => void): void {
    const entry = { atMs, order: this.#order++, name, action }
    this.#current.set(name, entry)
    this.#push(entry)
    if (this.#heap.length > STALE_MOST + 2 * this.#current.size) this.#dropAllStale()
  }

  cancel(name: string): void {
    this.#current.delete(name)
  }

  has(name: string): boolean {
    return this.#current.has(name)
  }

  /** When it is due; undefined where it is not entered. */
  dueMs(name: string): number | undefined {
    return this.#current.get(name)?.atMs
  }

  /** Entries, with those that were moved or cancelled and have not come up yet. */
  get size(): number {
    return this.#heap.length
  }

  /** When the next entry is due; undefined when there is none. */
  nextMs(): number | undefined {
    this.#dropStale()
    return this.#heap[0]?.atMs
  }

  /** Does all that is due at `nowMs`, in order; what that enters as due is done too. */
  runDue(nowMs: number): void {
    for (;;) {
      this.#dropStale()
      const first = this.#heap[0]
      if (first === undefined || first.atMs > nowMs) return
      this.#pop()
      this.#current.delete(first.name)
      first.action()
    }
  }

  /** Entries that were moved or cancelled stay in the heap until they come to its top. */
  #dropStale(): void {
    for (;;) {
      const first = this.#heap[0]
      if (first === undefined || this.#current.get(first.name) === first) return
      this.#pop()
    }
  }

  /** What is moved again and again would fill the heap. */
  #dropAllStale(): void {
    for (const entry of this.#heap.splice(0)) {
      if (this.#current.get(entry.name) === entry) this.#push(entry)
    }
  }

  #push(entry: Entry): void {
    const heap = this.#heap
    let at = heap.length
    heap.push(entry)
    while (at > 0) {
      const up = (at - 1) >> 1
      const parent = heap[up] as Entry
      if (!isBefore(entry, parent)) break
      heap[at] = parent
      at = up
    }
    heap[at] = entry
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let at = 0
    for (;;) {
      const left = 2 * at + 1
      if (left >= heap.length) break
      const right = left + 1
      const [a, b] = [heap[left] as Entry, heap[right]]
      const [child, index] = b !== undefined && isBefore(b, a) ? [b, right] : [a, left]
      if (!isBefore(child, last)) break
      heap[at] = child
      at = index
    }
    heap[at] = last
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
}
