// Goal: a seed makes a machine a node, and whatever becomes of its file the node is one. Method: a
// seed in a folder, and a removal that fails.
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { joinByFile } from '../../agent/src/daemon/joining.ts'
import { seedText } from '../../agent/src/identity/seedfile.ts'
import { Store } from '../../agent/src/identity/store.ts'
import { suite } from '../harness.ts'
import { CLUSTER_ID, seedBy } from '../identity/cluster.ts'

const test = suite('daemon/joining')

let folder = ''
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'cluster-os-joining-'))
  writeFileSync(join(folder, 'seed.yml'), seedText(seedBy()), { mode: 0o600 })
})
test.after.each(() => rmSync(folder, { recursive: true }))

function joinHere(remove?: (path: string) => void) {
  const logged: string[] = []
  const settings = { seed: join(folder, 'seed.yml'), state: join(folder, 'state') }
  const store = new Store(join(folder, 'identity'))
  const { clusterId } = joinByFile(store, settings, (line) => logged.push(line), remove)
  assert.deepEqual(clusterId, CLUSTER_ID)
  return logged
}

test('a seed is taken away once it was used', () => {
  assert.deepEqual(joinHere(), [])
  assert.equal(existsSync(join(folder, 'seed.yml')), false)
  assert.deepEqual(joinHere(), [])
})

function failing(path: string): never {
  throw Object.assign(new Error(`EROFS: ${path}`), { code: 'EROFS' })
}

test('a seed that cannot be taken away is told, and the node is a member at each start', () => {
  const told = new RegExp(`^seed: cannot be removed.*\\[Service\\] ReadWritePaths=${folder}, see`)
  for (const start of [1, 2]) {
    const [line = ''] = joinHere(failing)
    assert.match(line, told, `start ${start}`)
  }
})

test.run()
