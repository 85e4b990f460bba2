// Vectors of what two members compare (docs/PROTOCOL.md, sections 3 and 8): versions, the view, the
// sums of buckets, ids with their versions, and which of two records is newer. Made by the agent's
// own parts. Used by generate.ts.
import type { Graves } from '../../agent/src/gossip/graves.ts'
import { Holdings } from '../../agent/src/gossip/holdings.ts'
import { compareRecords, type Member, Roster } from '../../agent/src/gossip/roster.ts'
import type { Runtime } from '../../agent/src/gossip/runtime.ts'
import type { Storm } from '../../agent/src/gossip/storm.ts'
import type { Suspicions } from '../../agent/src/gossip/suspicion.ts'
import { Sync } from '../../agent/src/gossip/sync.ts'
import type { Message } from '../../agent/src/wire/message.ts'
import type { RecordBody } from '../../agent/src/wire/record.ts'
import {
  makeStatement,
  type RecordStatement,
  type Statement,
} from '../../agent/src/wire/statement.ts'
import { suite } from '../../agent/src/wire/suite.ts'
import { ada, adaRecord, fullBody, signerOf, statements } from './samples.ts'

const STATES = { good: 'alive', dead: 'dead', quarantined: 'quarantined' } as const

type Held = readonly (readonly [record: RecordStatement, standing: Member['standing']])[]

const all = statements.map(([statement]) => statement)
const isKept = ({ kind }: Statement): boolean => kind !== 'record' && kind !== 'accusation'
const [, bobRecord] = all.filter(({ kind }) => kind === 'record') as RecordStatement[]

/** A member's table as it compares it with others'. */
function tableVector(held: Held, kept: readonly Statement[]) {
  const roster = new Roster(ada.id, suite)
  const holdings = new Holdings()
  for (const [record, standing] of held) {
    const { member } = roster.merge(record)
    if (member !== undefined) roster.setStanding(member, standing)
  }
  for (const statement of kept) holdings.add(statement)
  const told: Message[] = []
  const runtime = {
    dice: { shuffled: (items: readonly number[]) => [...items] },
    agenda: { set: () => undefined },
    moment: { nowMs: 0 },
    tell: (_to: Member, messages: readonly Message[]) => told.push(...messages),
  } as unknown as Runtime
  const sync = new Sync({
    runtime,
    roster,
    holdings,
    suspicions: {} as Suspicions,
    graves: {} as Graves,
    storm: {} as Storm,
  })
  const buckets = Array.from(
    { length: 16 },
    (_, bucket) => roster.sums.bucket(bucket) ^ holdings.sums.bucket(bucket),
  )
  const [member] = roster.all()
  // Another that differs in every bucket.
  if (member !== undefined) {
    sync.buckets(
      member,
      buckets.map((sum) => sum ^ 1n),
    )
  }
  return {
    members: [...roster.all()].map(({ record, standing, part }) => ({
      record,
      state: STATES[standing],
      version: part,
    })),
    statements: kept,
    view: sync.view(),
    buckets,
    ids: told.flatMap((message) => (message.type === 'ids' ? message.ids : [])),
  }
}

export function tables() {
  const kept = all.filter(isKept)
  const two: Held = [
    [adaRecord, 'good'],
    [bobRecord as RecordStatement, 'good'],
  ]
  return [
    tableVector(two.slice(0, 1), []),
    tableVector(two, kept),
    tableVector(
      two.map(([record], index) => [record, index === 0 ? 'quarantined' : 'dead']),
      kept.slice(0, 3),
    ),
  ]
}

function record(change: Partial<RecordBody>): RecordStatement {
  return makeStatement('record', { ...fullBody, ...change }, signerOf(ada.seed), suite)
}

const PAIRS: readonly (readonly [why: string, one: RecordStatement, other: RecordStatement])[] = [
  ['the higher incarnation', adaRecord, record({ incarnation: 301 })],
  ['the higher boot, whatever the incarnation', record({ boot: 4, incarnation: 0 }), adaRecord],
  [
    'the higher boot as a number, not as bytes of a varint',
    record({ boot: 127 }),
    record({ boot: 128 }),
  ],
  ['of one version the lower digest', adaRecord, record({ roles: ['spare'] })],
  ['of one version the lower digest, again', record({ status: 'left' }), adaRecord],
  ['of one version the lower digest, once more', adaRecord, record({ addresses: [] })],
]

/** Of two records of one node, by name, the one that is kept. */
export function newer() {
  return PAIRS.map(([why, one, other]) => {
    return { why, one, other, kept: compareRecords(one, other) > 0 ? 'one' : 'other' }
  })
}
