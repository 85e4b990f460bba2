// Behind which interface a link-local address is, which a record cannot name. What a datagram says
// of it is believed once a member has sealed that datagram; what others say serves for the answers
// to them, and is soon forgotten. Not here: which addresses are used (links.ts).

/** Sources that nobody has vouched for; an answer to a beacon follows it within 60 ms. */
export const HEARD_MOST = 256
/** Above so many those that no member uses are dropped first. */
export const PROVEN_MOST = 1024

export class Scopes {
  readonly #isInUse: (host: string) => boolean
  readonly #heard = new Map<string, string>()
  readonly #proven = new Map<string, string>()

  constructor(isInUse: (host: string) => boolean) {
    this.#isInUse = isInUse
  }

  get size(): number {
    return this.#heard.size + this.#proven.size
  }

  of(host: string): string | undefined {
    return this.#proven.get(host) ?? this.#heard.get(host)
  }

  heard(host: string, scope: string): void {
    putLast(this.#heard, host, scope)
    if (this.#heard.size > HEARD_MOST) dropFirst(this.#heard)
  }

  /** A member has sealed what came from there. */
  prove(host: string, scope: string): void {
    this.#heard.delete(host)
    putLast(this.#proven, host, scope)
    if (this.#proven.size <= PROVEN_MOST) return
    for (const other of this.#proven.keys()) {
      if (!this.#isInUse(other)) this.#proven.delete(other)
    }
    if (this.#proven.size > PROVEN_MOST) dropFirst(this.#proven)
  }
}

function putLast(map: Map<string, string>, host: string, scope: string): void {
  map.delete(host)
  map.set(host, scope)
}

function dropFirst(map: Map<string, string>): void {
  for (const first of map.keys()) {
    map.delete(first)
    return
  }
}
