// The order of all that happens: a heap by time, then by entry.

interface Entry {
  readonly atMs: number
  readonly order: number
  readonly action: () => void
}

export class Queue {
  readonly #heap: Entry[] = []
  #order = 0

  get nextMs(): number | undefined {
    return this.#heap[0]?.atMs
  }

  at(atMs: number, action: () => void): void {
    const heap = this.#heap
    const entry = { atMs, order: this.#order++, action }
    let place = heap.length
    heap.push(entry)
    while (place > 0) {
      const up = (place - 1) >> 1
      const parent = heap[up] as Entry
      if (!isBefore(entry, parent)) break
      heap[place] = parent
      place = up
    }
    heap[place] = entry
  }

  take(): Entry | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || heap.length === 0) return first
    let place = 0
    for (;;) {
      const left = 2 * place + 1
      if (left >= heap.length) break
      const [a, b] = [heap[left] as Entry, heap[left + 1]]
      const [child, at] = b !== undefined && isBefore(b, a) ? [b, left + 1] : [a, left]
      if (!isBefore(child, last)) break
      heap[place] = child
      place = at
    }
    heap[place] = last
    return first
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
}
