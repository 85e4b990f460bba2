// Goal: a member that gives its details slowly, or bit by bit, holds up nobody else for long.
// Method: the part that fetches alone, with a clock of the test.
import assert from 'node:assert/strict'
import { Blobs } from '../../agent/src/gossip/blobs.ts'
import type { BlobPartMessage } from '../../agent/src/wire/message.ts'
import { suite } from '../harness.ts'
import { simSuite } from '../sim/suite.ts'
import { Bench } from './bench.ts'

const test = suite('gossip/blobs', { timeoutMs: 60_000 })

const SIZE = 16_384
const digestOf = (bytes: Uint8Array): string =>
  Buffer.from(simSuite.digest(bytes)).toString('hex', 0, 16)

/** What the details of a machine are here. */
const blobOf = (index: number): Uint8Array => new Uint8Array(SIZE).fill(index)

/** A node that knows two others, and how each of them answers. */
class BlobBench extends Bench {
  readonly blobs: Blobs
  readonly come: string[] = []

  constructor() {
    super(3, (index) => ({ details: { digest: digestOf(blobOf(index)), size: SIZE } }))
    this.blobs = new Blobs(this.runtime, this.roster, (id) => this.come.push(id))
    for (const index of [1, 2]) this.blobs.noticed(this.member(index))
  }

  /** Answers what was asked of a member by parts of so many bytes. */
  answers(index: number, most = 1024): void {
    const member = this.member(index)
    for (const one of this.told.filter((asked) => asked.member === member)) {
      if (one.message.type !== 'blob-get') continue
      this.told.splice(this.told.indexOf(one), 1)
      const { digest, offset } = one.message
      const bytes = blobOf(index).slice(offset, offset + most)
      const part: BlobPartMessage = { type: 'blob-part', digest, offset, bytes }
      this.blobs.part(member, part)
    }
  }

  /** How long it takes until the details of the second are here, at most a minute. */
  msUntilOther(bad: (ms: number) => void): number {
    for (let ms = 0; ms < 60_000; ms += 10) {
      if (this.come.includes(this.member(2).id)) return ms
      bad(ms)
      this.answers(2)
      this.pass(10)
    }
    return 60_000
  }
}

test('details come part by part from one member after the other', () => {
  const bench = new BlobBench()
  assert.ok(bench.msUntilOther(() => bench.answers(1)) < 1000)
  assert.deepEqual(bench.come, [bench.member(1).id, bench.member(2).id])
  assert.deepEqual(bench.blobs.of(bench.member(2)), blobOf(2))
})

test('a member that gives its details byte by byte holds up nobody', () => {
  const bench = new BlobBench()
  const ms = bench.msUntilOther(() => bench.answers(1, 1))
  assert.ok(ms <= 3000, `${ms} ms`)
})

test('a member that gives its details as late as it can holds up others for 20 s at most', () => {
  const bench = new BlobBench()
  const ms = bench.msUntilOther((now) => {
    if (now % 2400 === 2390) bench.answers(1)
  })
  assert.ok(ms <= 20_000, `${ms} ms`)
})

test.run()
