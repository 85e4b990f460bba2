// Goal: of what a member says of itself, people see what holds. Method: members of a simulated
// cluster, seen by another.
import assert from 'node:assert/strict'
import { memberView } from '../../agent/src/daemon/view.ts'
import type { Book } from '../../agent/src/identity/book.ts'
import { Stage } from '../gossip/stage.ts'
import { suite } from '../harness.ts'

const test = suite('daemon/view')

test('a member has the roles that it wants and its seed allows', () => {
  const stage = new Stage(2)
  const particulars = { roles: ['storage', 'web'] }
  stage.world.input(stage.node(1), { kind: 'publish', particulars })
  stage.pass(2000)
  const { gossip } = stage.node(0)
  const member = gossip?.roster.get(stage.node(1).id)
  assert.ok(gossip && member)
  const rolesBy = (allowed: readonly string[] | undefined) => {
    const book = Object.create(stage.bookOf(0), { rolesOf: { value: () => allowed } }) as Book
    Object.defineProperty(book, 'mayCoordinate', { value: () => true })
    return memberView(member, gossip, book).roles
  }
  assert.deepEqual(rolesBy(undefined), ['storage', 'web'])
  assert.deepEqual(rolesBy(['batch', 'web']), ['web'])
})

test.run()
