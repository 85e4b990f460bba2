// Goal: a module's page tells what its schema tells. Method: the pages are made again and compared.
import assert from 'node:assert/strict'
import { pages, stalePages } from '../../agent/docs.ts'
import { suite } from '../harness.ts'

const test = suite('modules/docs')

test('no page of a module is stale; make docs writes them anew', () => {
  assert.ok(pages().length > 0)
  assert.deepEqual(stalePages(), [])
})

test.run()
