// Goal: handlers that are owed are read once their host is held, so that two runs of a playbook
// beside each other do not both run them. Method: both runs in this process, on this machine.
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { runOptions, sourceOptionsOf } from '../../agent/src/commands/flags.ts'
import type { LeaseWish } from '../../agent/src/host/lease.ts'
import { loadInventory } from '../../agent/src/inventory/inventory.ts'
import { Owed } from '../../agent/src/journal/owed.ts'
import { makePaint } from '../../agent/src/output/paint.ts'
import type { RunEvent } from '../../agent/src/playbook/events.ts'
import { loadPlaybook } from '../../agent/src/playbook/load.ts'
import { runPlaybook } from '../../agent/src/playbook/run.ts'
import { Keyring } from '../../agent/src/vault/keyring.ts'
import { Secrets } from '../../agent/src/vault/secrets.ts'
import { suite } from '../harness.ts'
import { lines, type Place, placesOf } from './run.ts'

const test = suite('journal/owedlease', { timeoutMs: 60_000 })

const place = placesOf(test)

const PLAY = `
- hosts: a
  gather_facts: false
  tasks:
    - { name: change, copy: { content: x, dest: '{{ folder }}/x' }, notify: restart }
    - { name: lasts, shell: 'until test -e {{ folder }}/go; do sleep 0.1; done', changed_when: false }
  handlers:
    - { name: restart, shell: 'echo restart >> {{ folder }}/log' }
`

const UNUSED = {
  write: () => undefined,
  writeError: () => undefined,
  isTerminal: false,
  isInputTerminal: false,
  secrets: new Secrets(),
  columns: 79,
  paint: makePaint(false, true, false),
  signal: new AbortController().signal,
  environment: () => undefined,
  askSecret: () => Promise.reject(new Error('nobody to ask')),
  ask: undefined,
}

/** Runs the playbook with a lease in the place's own folder, and answers what it told. */
async function run(tried: Place, name: string, waitSeconds: number): Promise<RunEvent[]> {
  const keyring = new Keyring()
  const flags = { verbosity: 0 }
  const playbook = loadPlaybook(join(tried.folder, 'play.yml'), sourceOptionsOf(flags, keyring))
  const inventory = await loadInventory([join(tried.folder, 'hosts.yml')], keyring)
  const folder = join(tried.folder, 'lease')
  const since = '2024-01-02T03:04:05Z'
  const lease: LeaseWish = { run: name, process: name, who: 'a@b', since, waitSeconds, folder }
  const owed = new Owed(tried.state, playbook.file)
  const events: RunEvent[] = []
  const report = (event: RunEvent): void => void events.push(event)
  const options = await runOptions(flags, UNUSED, inventory, keyring)
  await runPlaybook(playbook, { ...options, lease, owed, report })
  await owed.close()
  return events
}

/** A run that owes a handler and goes on until there is a file `go`. */
async function live(): Promise<{ tried: Place; ended: Promise<RunEvent[]>; go: () => void }> {
  const tried = place({ 'play.yml': PLAY })
  mkdirSync(join(tried.folder, 'lease'))
  // Where another user than root keeps the lease.
  process.env['HOME'] = join(tried.folder, 'lease')
  const ended = run(tried, 'one', 0)
  const file = join(tried.folder, 'play.yml')
  while (new Owed(tried.state, file).of('a', ['a']).size === 0) await setImmediate()
  return { tried, ended, go: () => writeFileSync(join(tried.folder, 'go'), '') }
}

const isOwed = ({ kind }: RunEvent): boolean => kind === 'owed'

test('a run that waits for another does not run the handlers that the other has run', async () => {
  const { tried, ended, go } = await live()
  const second = run(tried, 'two', 30)
  go()
  assert.ok(!(await second).some(isOwed))
  await ended
  assert.deepEqual(lines(tried, 'log'), ['restart'])
})

test('a run that is refused tells and forgets nothing that the other owes', async () => {
  const { tried, ended, go } = await live()
  const events = await run(tried, 'two', 0)
  assert.ok(!events.some(isOwed))
  assert.equal(new Owed(tried.state, join(tried.folder, 'play.yml')).of('a', ['a']).size, 1)
  go()
  await ended
  assert.deepEqual(lines(tried, 'log'), ['restart'])
})

test.run()
