// Goal: our playbooks stay Ansible's. Method: one pair of nodes is made by us and looked at by
// Debian's ansible through `cluster-os inventory --list`, another pair the other way round.
import assert from 'node:assert/strict'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { $ } from '../../lab/command.ts'
import { pingAll } from '../../lab/pings.ts'
import { ensurePrograms } from '../../lab/programs.ts'
import { ROOT } from '../../lab/site.ts'
import { labSuite } from '../harness.ts'
import { runSite, SITE } from './engine.ts'
import { LAB_LIMIT_MS, type Ran, type Started, startNodes } from './nodes.ts'

const test = labSuite('lab/ansible', { costSeconds: 25, timeoutMs: LAB_LIMIT_MS })

const PAIR = 2

let lab: Started

test.before(async () => {
  await ensurePrograms({ 'ansible-playbook': 'ansible' })
  lab = await startNodes(PAIR)
})

test.after(async () => {
  await lab.remove()
})

/** An executable inventory, so that what ansible reads is what `inventory --list` prints. */
function listing(): string {
  const script = join(lab.lab.folder, 'listing')
  const main = join(ROOT, 'agent/src/main.ts')
  const call = `"${process.execPath}" "${main}" inventory --list -i "${lab.lab.inventory}"`
  writeFileSync(script, `#!/bin/sh\nexec ${call}\n`)
  chmodSync(script, 0o755)
  return script
}

async function ansible(inventory: string): Promise<Ran & { changed: number[] }> {
  const { exitCode, stdout, stderr } = await $({
    nothrow: true,
    cwd: lab.lab.folder,
  })`ansible-playbook -i ${inventory} ${SITE}`
  const changed = [...stdout.matchAll(/ changed=(\d+) /g)].map((match) => Number(match[1]))
  return { exitCode: exitCode ?? -1, stdout, stderr, changed }
}

async function forget(): Promise<void> {
  const removal =
    'systemctl disable -q --now cos0; rm -rf /etc/cluster-os /etc/systemd/system/cos0*'
  await Promise.all(
    lab.nodes.map((node) =>
      node.read(`${removal} /usr/local/sbin/cos0-mesh; systemctl daemon-reload`),
    ),
  )
}

test("on a mesh made by us Debian's ansible changes nothing", async () => {
  const made = await runSite(lab.lab.inventory)
  assert.equal(made.exitCode, 0, made.stdout + made.stderr)
  const { exitCode, changed, stdout, stderr } = await ansible(listing())
  assert.equal(exitCode, 0, stdout + stderr)
  assert.deepEqual(changed, [0, 0])
})

test('on a mesh made by it we change nothing', async () => {
  await forget()
  const { exitCode, stdout, stderr } = await ansible(listing())
  assert.equal(exitCode, 0, stdout + stderr)
  const ours = await runSite(lab.lab.inventory)
  const changes = Object.values(ours.stats).map((stats) => stats.changed)
  assert.deepEqual(changes, [0, 0])
  assert.ok((await pingAll(lab.nodes)).isComplete)
})

test.run()
