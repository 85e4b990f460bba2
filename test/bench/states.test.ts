// The gate of the benchmark, held against hosts whose states are made up.
import assert from 'node:assert/strict'
import { ClusterError } from '../../agent/src/errors.ts'
import { suite } from '../harness.ts'
import type { TestNode } from '../lab/nodes.ts'
import { EqualStates, timeInTurns } from './states.ts'

const test = suite('bench/states')

/** Two hosts that answer with these states. */
function hosts(...states: readonly string[]) {
  const node = {} as TestNode
  const all = ['a', 'b'].map((name) => ({ name, address: '', port: 22, node }))
  return { all, read: () => Promise.resolve(states) }
}

test('every later run is held against the first, on each host, and the one that differs is named', async () => {
  const gate = new EqualStates('row')
  await gate.add(hosts('1', '2'), 'true')
  await gate.add(hosts('1', '2'), 'true')
  await assert.rejects(gate.add(hosts('1', '3'), 'true'), (error) => {
    assert.ok(error instanceof ClusterError)
    assert.equal(error.message, 'row: the end states of b differ')
    assert.equal(error.hint, 'first: 2\nnow: 3')
    return true
  })
  await assert.rejects(gate.add(hosts('2', '2'), 'true'), /the end states of a differ/)
})

test('the gate is asked after every run, in turns, and ends the row where states differ', async () => {
  const seen: string[] = []
  const cost = { wall: 1, cpu: 1, peakMib: 1, rc: 0, output: '' }
  const rounds = (goodGates: number) =>
    timeInTurns([{ name: 'x' }, { name: 'y' }], 2, {
      run: ({ name }, round) => {
        seen.push(`${name}${round}`)
        return Promise.resolve(cost)
      },
      gate: async () => {
        seen.push('gate')
        if (seen.filter((word) => word === 'gate').length > goodGates) throw new Error('differ')
      },
    })
  const costs = await rounds(4)
  assert.deepEqual(seen.splice(0), ['x0', 'gate', 'y0', 'gate', 'x1', 'gate', 'y1', 'gate'])
  assert.deepEqual(
    [...costs].map(([name, all]) => [name, all.length]),
    [
      ['x', 2],
      ['y', 2],
    ],
  )
  await assert.rejects(rounds(1), /differ/)
  assert.deepEqual(seen, ['x0', 'gate', 'y0', 'gate'])
})

test.run()
