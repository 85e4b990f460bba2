// Goal: no member is taken for another host in `-i cluster`, whatever it calls itself. Method: the
// agent's socket with made-up members behind it. Real ones are in test/lab/membership.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Draft } from '../../agent/src/inventory/draft.ts'
import { readLive } from '../../agent/src/inventory/live.ts'
import { serveUnix } from '../../agent/src/sys/unix.ts'
import { str } from '../../agent/src/value/python.ts'
import { suite } from '../harness.ts'

const test = suite('inventory/live')
const folder = mkdtempSync(join(tmpdir(), 'cluster-os-live-'))
test.after(() => rmSync(folder, { recursive: true }))

interface Made {
  readonly hostname: string
  readonly state?: string
  readonly id?: string
  readonly roles?: readonly string[]
  readonly labels?: Readonly<Record<string, string>>
}

const idOf = (index: number): string => `ed25519:${`${index + 1}`.repeat(64)}`
const pieceOf = (index: number): string => `${index + 1}`.repeat(12)

/** The names that members get, in their order; the place of each is told by its address. */
async function namesOf(...made: readonly Made[]): Promise<string[]> {
  const socket = join(folder, 'sock')
  const server = await serveUnix(socket, (_, answer) => {
    for (const [index, { labels, ...one }] of made.entries()) {
      const addresses = [`10.0.0.${index + 1}:4665`]
      const base = { id: idOf(index), state: 'alive', addresses, roles: [], details: { labels } }
      answer.write({ ...base, ...one })
    }
    answer.end()
  })
  const draft = new Draft()
  try {
    await readLive(draft, socket)
  } finally {
    await server.close()
  }
  const { hosts } = draft.finish([])
  const named = [...hosts].map(([name, { vars }]) => ({
    name,
    address: str(vars.get('ansible_host')?.value ?? ''),
  }))
  assert.equal(new Set(named.map(({ address }) => address)).size, named.length)
  return named.toSorted((a, b) => (a.address < b.address ? -1 : 1)).map(({ name }) => name)
}

test('members are called by their hostnames, with a piece of the id where two have one', async () => {
  assert.deepEqual(await namesOf({ hostname: 'web' }, { hostname: 'db' }, { hostname: 'db' }), [
    'web',
    `db-${pieceOf(1)}`,
    `db-${pieceOf(2)}`,
  ])
})

test('nobody gets the name that another has or would have by its id', async () => {
  const twins = [{ hostname: 'db' }, { hostname: 'db' }]
  assert.deepEqual(await namesOf(...twins, { hostname: `db-${pieceOf(0)}` }), [
    `db-${pieceOf(0)}`,
    `db-${pieceOf(1)}`,
    `node-${pieceOf(2)}`,
  ])
  const [, other] = await namesOf({ hostname: '' }, { hostname: `node-${pieceOf(0)}` })
  assert.equal(other, `node-${pieceOf(1)}`)
})

test('nor that of one that is away while its twin is there alone', async () => {
  const away = { hostname: 'db', state: 'dead' }
  assert.deepEqual(await namesOf({ hostname: 'db' }, away, { hostname: `db-${pieceOf(0)}` }), [
    'db',
    `node-${pieceOf(2)}`,
  ])
})

test('ids made to begin alike give names that differ', async () => {
  const id = `${idOf(0).slice(0, -1)}f`
  const names = await namesOf({ hostname: 'db' }, { hostname: 'db', id })
  assert.deepEqual(
    names,
    [idOf(0), id].map((one) => one.replace('ed25519:', 'node-')),
  )
})

const CLAIMS = ['localhost', 'localhost.localdomain', 'all', 'ungrouped', 'gpu', 'web', '127.0.0.1']

for (const hostname of CLAIMS) {
  test(`who claims to be ${hostname} is called by its id`, async () => {
    const names = await namesOf({ hostname }, { hostname: 'a', roles: ['web'] })
    assert.deepEqual(names, [`node-${pieceOf(0)}`, 'a'])
  })
}

test.run()
