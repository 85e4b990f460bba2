// Goal: a folder that another makes at the same moment is no failure, and one's own wishes for it
// count. Method: the change planned for nothing, on this machine's shell, with something there.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeFolder } from '../../agent/src/host/files.ts'
import { localTransport } from '../../agent/src/host/local.ts'
import { RealHost } from '../../agent/src/host/real.ts'
import { Session } from '../../agent/src/host/session.ts'
import { suite } from '../harness.ts'

const test = suite('host/folders')

const root = mkdtempSync(join(tmpdir(), 'cluster-os-folders-'))
const transport = localTransport('here')
const session = new Session(transport, undefined)
const host = new RealHost(session, 'here')

test.after(() => {
  session.close()
  transport.close()
  rmSync(root, { recursive: true })
})

async function make(name: string, isAsMade: boolean): Promise<string> {
  const { uid, gid } = statSync(root)
  const ids = { uid, gid, owner: 'me', group: 'us' }
  const identity = { user: 'me', group: 'us', uid, gid, umask: 0o22, home: '/' }
  const path = join(root, name)
  await host.apply(makeFolder({ ...ids, path, mode: 0o750, identity, isAsMade }))
  return (statSync(path).mode & 0o7777).toString(8)
}

test('a folder is made with its mode', async () => {
  assert.equal(await make('new', false), '750')
  assert.equal(await make('new too', true), '750')
})

test('one that another has made meanwhile gets the mode that was asked for', async () => {
  mkdirSync(join(root, 'asked'), { mode: 0o700 })
  assert.equal(await make('asked', false), '750')
})

test('one that another has made meanwhile stays as it is where nobody asked for a mode', async () => {
  mkdirSync(join(root, 'private'), { mode: 0o700 })
  assert.equal(await make('private', true), '700')
})

test('a file or a link that another has put there is a failure', async () => {
  writeFileSync(join(root, 'file'), '')
  symlinkSync(root, join(root, 'link'))
  await assert.rejects(make('file', false), /File exists/)
  await assert.rejects(make('link', true), /File exists/)
})

test.run()
