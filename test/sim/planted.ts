// Bugs on purpose: each takes a guard out of the core, and names the checker that must find it
// within a few seeds. A checker that finds nothing here would find nothing there. Not here: the
// checkers.
import { Healer } from '../../agent/src/gossip/heal.ts'
import { Prober } from '../../agent/src/gossip/probe.ts'
import { Roster } from '../../agent/src/gossip/roster.ts'
import { Rumours } from '../../agent/src/gossip/rumours.ts'
import { Self } from '../../agent/src/gossip/self.ts'
import { Suspicions } from '../../agent/src/gossip/suspicion.ts'
import { Sync } from '../../agent/src/gossip/sync.ts'
import type { WorldOptions } from './world.ts'

export interface Planted {
  readonly name: string
  readonly found: string
  readonly options?: Partial<WorldOptions>
  /** Puts the bug in; the answer takes it out. */
  readonly plant: () => () => void
}

/** Puts another method in the place of one of a class. */
function replace<T extends object, K extends keyof T>(
  prototype: T,
  name: K,
  make: (own: T[K]) => T[K],
): () => void {
  const own = prototype[name]
  prototype[name] = make(own)
  return () => {
    prototype[name] = own
  }
}

const all =
  (...undo: (() => void)[]) =>
  (): void => {
    for (const one of undo) one()
  }

const nothing = (): void => undefined

export const PLANTED: readonly Planted[] = [
  {
    name: 'a table takes older records',
    found: 'monotonic',
    plant: () =>
      replace(
        Roster.prototype,
        'merge',
        (own) =>
          function (this: Roster, record) {
            const result = own.call(this, record)
            if (result.merge === 'older' && result.member !== undefined) {
              result.member.record = record
            }
            return result
          },
      ),
  },
  {
    name: 'acks are not heard after a while, and nobody refutes',
    found: 'accuracy',
    plant: () => {
      let heard = 0
      return all(
        replace(
          Prober.prototype,
          'answered',
          (own) =>
            function (this: Prober, member, sequence) {
              if (heard++ < 200) own.call(this, member, sequence)
            },
        ),
        replace(Self.prototype, 'refute', () => () => false),
      )
    },
  },
  {
    name: 'views that differ are not compared',
    found: 'convergence',
    plant: () => replace(Sync.prototype, 'begin', () => nothing),
  },
  {
    name: 'nobody contacts the dead',
    found: 'convergence',
    options: { hasNoBeacons: true },
    plant: () => replace(Healer.prototype, 'start', () => nothing),
  },
  {
    name: 'nobody refutes',
    found: 'convergence',
    plant: () => replace(Self.prototype, 'refute', () => () => false),
  },
  {
    name: 'an accusation outlives the record that answers it',
    found: 'convergence',
    plant: () => replace(Suspicions.prototype, 'clear', () => () => false),
  },
  {
    name: 'nobody is accused',
    found: 'completeness',
    plant: () => replace(Suspicions.prototype, 'add', () => () => false),
  },
  {
    name: 'old news are told as new',
    found: 'bounds',
    plant: () => {
      let heard = 0
      return replace(
        Rumours.prototype,
        'heard',
        () =>
          function (this: Rumours, statement) {
            // Not all: news that never end, but do not explode.
            if (heard++ % 4 === 0) this.add(statement)
          },
      )
    },
  },
  {
    name: 'a start draws no new salt',
    found: 'nonces',
    options: { keepsSalts: true },
    plant: () => nothing,
  },
]
