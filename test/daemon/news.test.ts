// Goal: who listens to events can read each. Method: a node of a simulated cluster and its copy.
import assert from 'node:assert/strict'
import { timedEvent } from '../../agent/src/daemon/news.ts'
import type { GossipEvent } from '../../agent/src/gossip/types.ts'
import { Stage } from '../gossip/stage.ts'
import { suite } from '../harness.ts'

const test = suite('daemon/news')

const AT = '2026-01-01T00:00:00.000Z'

test('an identity that is used twice is told with the places of both', () => {
  const { gossip: own } = new Stage(1).node(0)
  assert.ok(own)
  const { record } = own
  const addresses = [{ family: 4, host: '10.9.9.9', port: 4665 }] as const
  const other = { ...record, body: { ...record.body, addresses } }
  const event: GossipEvent = { kind: 'conflict', other }
  assert.deepEqual(JSON.parse(JSON.stringify(timedEvent(event, record.body, AT))), {
    kind: 'conflict',
    id: record.body.nodeId,
    addresses: record.body.addresses.map(({ host, port }) => `${host}:${port}`),
    twinAddresses: ['10.9.9.9:4665'],
    at: AT,
  })
})

test.run()
