// Bytes changed at random, from good ones: how fuzzing draws its datagrams. The same seed gives the
// same bytes on every machine. Not here: what is fuzzed (fuzz.test.ts, ../gossip/fuzz.test.ts).

export type Chance = (below: number) => number

/** xorshift32: the same on every machine. */
export function chanceOf(start: number): Chance {
  let state = (start * 2_654_435_761 + 1) >>> 0 || 1
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    state >>>= 0
    return state % below
  }
}

/** Bytes that stand at the edges of what numbers, counts and lengths may be. */
const EDGES = [0, 1, 2, 0x7f, 0x80, 0xff]

type Change = (bytes: Uint8Array, chance: Chance, others: readonly Uint8Array[]) => Uint8Array

const CHANGES: readonly Change[] = [
  (bytes, chance) => {
    const at = chance(bytes.length)
    return bytes.with(at, (bytes[at] ?? 0) ^ (1 << chance(8)))
  },
  (bytes, chance) => bytes.with(chance(bytes.length), EDGES[chance(EDGES.length)] ?? 0),
  (bytes, chance) => bytes.slice(0, chance(bytes.length)),
  (bytes, chance) => bytes.slice(chance(bytes.length)),
  (bytes, chance) => {
    const at = chance(bytes.length)
    return new Uint8Array([...bytes.slice(0, at), chance(256), ...bytes.slice(at)])
  },
  (bytes, chance) => {
    const at = chance(bytes.length)
    return new Uint8Array([...bytes.slice(0, at), ...bytes.slice(at + 1 + chance(4))])
  },
  (bytes, chance, others) => {
    const other = others[chance(others.length)] ?? bytes
    return new Uint8Array([...bytes.slice(0, chance(bytes.length)), ...other])
  },
  (_, chance) => Uint8Array.from({ length: chance(1300) }, () => chance(256)),
]

/** One of the good ones, changed one to three times. */
export function changed(good: readonly Uint8Array[], chance: Chance): Uint8Array {
  let bytes = good[chance(good.length)] ?? new Uint8Array(0)
  for (let times = 1 + chance(3); times > 0 && bytes.length > 0; times--) {
    const change = CHANGES[chance(CHANGES.length)]
    if (change !== undefined) bytes = change(bytes, chance, good)
  }
  return bytes
}
