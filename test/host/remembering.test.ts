// Goal: while a module makes up its mind no question goes to the machine twice, and what has been
// changed in between is seen. Method: this machine's real shell, its questions counted.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { removePath } from '../../agent/src/host/files.ts'
import type { Host } from '../../agent/src/host/host.ts'
import { localTransport } from '../../agent/src/host/local.ts'
import { RealHost } from '../../agent/src/host/real.ts'
import { RememberingHost } from '../../agent/src/host/remembering.ts'
import { Session } from '../../agent/src/host/session.ts'
import { suite } from '../harness.ts'

const test = suite('host/remembering')

const folder = mkdtempSync(join(tmpdir(), 'cluster-os-remembering-'))
const file = join(folder, 'file')
const link = join(folder, 'link')
const missing = join(folder, 'missing')
const transport = localTransport('here')
const session = new Session(transport, undefined)
let questions = 0
const shell = {
  run: (script: string, limitMs: number) => {
    questions += 1
    return session.run(script, limitMs)
  },
  retire: () => session.retire(),
}
const real = new RealHost(shell, 'here')
writeFileSync(file, 'words\n')
symlinkSync(file, link)

test.after(() => {
  session.close()
  transport.close()
  rmSync(folder, { recursive: true })
})

const follow = { follow: true }

interface Case {
  readonly name: string
  readonly ask: (host: Host) => Promise<unknown>[]
  readonly expected: number
}

const CASES: readonly Case[] = [
  {
    name: 'a path that is asked for three times at once',
    ask: (host) => [host.stat(file), host.stat(file), host.stat(file)],
    expected: 1,
  },
  {
    name: 'a file, and what a link of that name would lead to',
    ask: (host) => [host.stat(file), host.stat(file, follow)],
    expected: 1,
  },
  {
    name: 'what a path leads to, and the file itself',
    ask: (host) => [host.stat(file, follow), host.stat(file)],
    expected: 1,
  },
  {
    name: 'a link and what it leads to',
    ask: (host) => [host.stat(link), host.stat(link, follow)],
    expected: 2,
  },
  {
    name: 'what a link leads to, and the link',
    ask: (host) => [host.stat(link, follow), host.stat(link)],
    expected: 2,
  },
  {
    name: 'nothing, and what a link of that name would lead to',
    ask: (host) => [host.stat(missing), host.stat(missing, follow)],
    expected: 1,
  },
  {
    name: 'a content and two of its checksums',
    ask: (host) => [host.read(file), host.checksum(file, 'sha1'), host.checksum(file, 'md5')],
    expected: 1,
  },
  {
    name: 'a checksum twice, and then the content',
    ask: (host) => [host.checksum(file, 'sha1'), host.checksum(file, 'sha1'), host.read(file)],
    expected: 2,
  },
]

for (const { name, ask, expected } of CASES) {
  test(`${name}: questions ${expected}, answers as without`, async () => {
    const plain = await Promise.all(ask(real))
    questions = 0
    assert.deepEqual(await Promise.all(ask(new RememberingHost(real))), plain)
    assert.equal(questions, expected)
  })
}

test('a change and a command make it forget', async () => {
  const host = new RememberingHost(real)
  const there = join(folder, 'there')
  writeFileSync(there, 'x')
  assert.notEqual(await host.stat(there), null)
  await host.apply(removePath(there, false))
  assert.equal(await host.stat(there), null)
  await host.exec({ script: `echo y > ${there}` })
  assert.notEqual(await host.stat(there), null)
  assert.deepEqual(await host.read(there), Buffer.from('y\n'))
})

test.run()
