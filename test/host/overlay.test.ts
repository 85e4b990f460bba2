// Goal: a predicted machine answers as the real one would after the changes. Method: an overlay on
// this machine's real shell, changes of a temporary folder believed and never made.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Effect } from '../../agent/src/host/change.ts'
import { makeFolder, makeLink, removePath, writeFile } from '../../agent/src/host/files.ts'
import type { Host, UnitState } from '../../agent/src/host/host.ts'
import { localTransport } from '../../agent/src/host/local.ts'
import { OverlayHost } from '../../agent/src/host/overlay.ts'
import { RealHost } from '../../agent/src/host/real.ts'
import { Session } from '../../agent/src/host/session.ts'
import { wordsOf } from '../../agent/src/host/taint.ts'
import { Unknown } from '../../agent/src/value/value.ts'
import { suite } from '../harness.ts'

const test = suite('host/overlay')

const folder = mkdtempSync(join(tmpdir(), 'cluster-os-overlay-'))
const transport = localTransport('here')
const session = new Session(transport, undefined)
const real = new RealHost(session, 'here')
writeFileSync(join(folder, 'there'), 'old\n')
mkdirSync(join(folder, 'real'))
symlinkSync(join(folder, 'real'), join(folder, 'way'))

test.after(() => {
  session.close()
  transport.close()
  rmSync(folder, { recursive: true })
})

const me = { uid: 0, gid: 0, owner: 'root', group: 'root' }
const identity = { user: 'root', group: 'root', uid: 0, gid: 0, umask: 0o22, home: '/root' }

function write(path: string, text: string | Unknown) {
  const content = text instanceof Unknown ? text : Buffer.from(text)
  return writeFile({ ...me, path, content, mode: 0o644, before: null, identity })
}

async function textOf(host: Host, path: string): Promise<string | undefined> {
  const content = await host.read(path)
  return content instanceof Buffer ? content.toString('utf8') : undefined
}

test('a planned file is there with its content, and nothing was made', async () => {
  const host = new OverlayHost(real)
  const path = join(folder, 'planned')
  await host.apply(write(path, 'new\n'))
  const state = await host.stat(path)
  assert.ok(state !== null && !(state instanceof Unknown))
  assert.equal(state.mode, 0o644)
  assert.equal(await textOf(host, path), 'new\n')
  assert.ok(((await host.list(folder)) as readonly string[]).includes('planned'))
  assert.equal(existsSync(path), false)
})

test('what is not planned is as it is', async () => {
  const host = new OverlayHost(real)
  assert.equal(await textOf(host, join(folder, 'there')), 'old\n')
  assert.equal(await host.stat(join(folder, 'nothing')), null)
})

test('a removed folder has nothing below it', async () => {
  const host = new OverlayHost(real)
  await host.apply(removePath(folder, true))
  assert.equal(await host.stat(join(folder, 'there')), null)
  await host.apply(makeFolder({ ...me, path: folder, mode: 0o755, identity }))
  assert.equal(await host.stat(join(folder, 'there')), null)
})

test('a planned file is found by another way to it', async () => {
  const host = new OverlayHost(real)
  await host.apply(write(join(folder, 'real/file'), 'x\n'))
  assert.equal(await textOf(host, join(folder, 'way/file')), 'x\n')
})

test('a planned link leads to its target', async () => {
  const host = new OverlayHost(real)
  const path = join(folder, 'link')
  await host.apply(makeLink({ ...me, path, target: 'there', isHard: false, identity }))
  assert.equal(await textOf(host, path), 'old\n')
})

test('a file with a content that nobody knows is there, and its digest is unknown', async () => {
  const host = new OverlayHost(real)
  const path = join(folder, 'secret')
  await host.apply(write(path, new Unknown('the key is not made yet', 'here')))
  assert.ok(!((await host.stat(path)) instanceof Unknown))
  assert.ok((await host.checksum(path, 'sha1')) instanceof Unknown)
})

test('what an unrun command names is unknown, the rest is not', async () => {
  const host = new OverlayHost(real)
  const reason = new Unknown('make install was not run', 'here')
  const words = wordsOf(`make -C ${folder} install PREFIX=${folder}/made`, undefined)
  await host.apply({ summary: '', script: ':', effects: [{ kind: 'taint', words, reason }] })
  assert.ok((await host.stat(join(folder, 'made/bin'))) instanceof Unknown)
  assert.equal(await host.stat('/nowhere'), null)
})

test('what a task sets after a command is known again', async () => {
  const host = new OverlayHost(real)
  const path = join(folder, 'later')
  const reason = new Unknown('it was not run', 'here')
  await host.apply({
    summary: '',
    script: ':',
    effects: [{ kind: 'taint', words: [path], reason }],
  })
  await host.apply(write(path, 'known\n'))
  assert.equal(await textOf(host, path), 'known\n')
})

test('a missing user may come with a planned package', async () => {
  const host = new OverlayHost(real)
  assert.equal(await host.user('nobody-of-this-name'), null)
  const state = { name: 'slurmd', version: '1' }
  await host.apply({
    summary: '',
    script: ':',
    effects: [{ kind: 'package', name: 'slurmd', state }],
  })
  const user = await host.user('nobody-of-this-name')
  assert.ok(user instanceof Unknown && user.reason.includes('slurmd'))
})

/** This machine need not have systemd: it knows no unit, the rest is real. */
function withUnits(unit: UnitState): Host {
  return new Proxy(real, {
    get: (target, key) => {
      if (key === 'unit') return () => Promise.resolve({ ...unit, load: 'not-found' })
      const value: unknown = Reflect.get(target, key, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

test('a command that names a planned unit makes it unknown until it is planned anew', async () => {
  const state = { name: 'x', load: 'loaded', active: 'active', sub: 'running', enabled: 'enabled' }
  const host = new OverlayHost(withUnits(state))
  const reason = new Unknown('systemctl stop x was not run', 'here')
  const apply = (effect: Effect) => host.apply({ summary: '', script: ':', effects: [effect] })
  for (const words of [['x'], ['x.service']]) {
    await apply({ kind: 'unit', name: 'x', state })
    await apply({ kind: 'taint', words: ['y'], reason })
    assert.deepEqual(await host.unit('x.service'), state)
    await apply({ kind: 'taint', words, reason })
    assert.equal(await host.unit('x'), reason)
  }
  await host.apply(write('/etc/systemd/system/y.service', '[Service]\n'))
  const written = await host.unit('y')
  assert.ok(!(written instanceof Unknown) && written.load === 'loaded')
  await apply({ kind: 'taint', words: ['y'], reason })
  assert.equal(await host.unit('y'), reason)
})

test('a unit whose file is planned is loaded and stopped', async () => {
  const planned = {
    name: 'x',
    load: 'loaded',
    active: 'inactive',
    sub: 'dead',
    enabled: 'disabled',
  }
  const host = new OverlayHost(withUnits(planned))
  await host.apply(write('/etc/systemd/system/x.service', '[Service]\n[Install]\n'))
  assert.deepEqual(await host.unit('x'), planned)
})

test('a command about a unit whose file is planned is not run, for the reason of that file', async () => {
  const host = new OverlayHost(real)
  const ask = async (...argv: string[]) => {
    const answer = await host.exec({ argv })
    return answer instanceof Unknown ? answer.reason : ''
  }
  assert.equal(host.isPlanned(['x']), false)
  assert.equal(await ask('systemctl', 'cat', 'x'), 'check mode does not run systemctl')
  await host.apply(write('/etc/systemd/system/x.service', '[Service]\n'))
  assert.equal(host.isPlanned(['x']), true)
  const reason =
    'check mode does not run systemctl, and this run plans /etc/systemd/system/x.service'
  assert.equal(await ask('systemctl', 'cat', 'x'), reason)
  assert.equal(await ask('echo', 'x'), 'check mode does not run echo')
})

test('a text for the shell that is not run is a command', async () => {
  const answer = await new OverlayHost(real).exec({ script: 'date | wc' })
  assert.ok(answer instanceof Unknown && answer.reason === 'check mode does not run the command')
})

test.run()
