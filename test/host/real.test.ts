// Goal: what a machine's own /bin/sh says of a file is read as what it means. Method: answers in
// the words of dash, bash and busybox, without a machine.
import assert from 'node:assert/strict'
import { ClusterError } from '../../agent/src/errors.ts'
import { RealHost } from '../../agent/src/host/real.ts'
import { suite } from '../harness.ts'

const test = suite('host/real')

/** A host whose shell refuses everything with these words. */
function hostThatSays(words: string): RealHost {
  const answer = { rc: 2, stdout: Buffer.alloc(0), stderr: Buffer.from(words) }
  const shell = { run: () => Promise.resolve(answer), retire: () => undefined }
  return new RealHost(shell, 'here')
}

function isRefusal(error: unknown): boolean {
  return error instanceof ClusterError && error.code === 'HOST_STATE'
}

test('a file that is not there is null, whichever shell says so', async () => {
  for (const words of [
    '/bin/sh: 3: cannot open /srv/x: No such file\n',
    '/bin/sh: line 3: /srv/x: No such file or directory\n',
    "/bin/sh: can't open /srv/x: no such file\n",
    '/bin/sh: 3: cannot open /etc/passwd/x: Not a directory\n',
  ]) {
    assert.equal(await hostThatSays(words).read('/srv/x'), null, words)
    assert.equal(await hostThatSays(words).checksum('/srv/x', 'sha1'), null, words)
  }
})

test('a file that may not be read is not taken for a missing one', async () => {
  for (const words of [
    '/bin/sh: 3: cannot open /srv/x: Permission denied\n',
    '/bin/sh: line 3: /srv/x: Permission denied\n',
    "/bin/sh: can't open /srv/x: Permission denied\n",
  ]) {
    await assert.rejects(hostThatSays(words).read('/srv/x'), isRefusal, words)
    await assert.rejects(hostThatSays(words).checksum('/srv/x', 'sha1'), isRefusal, words)
  }
})

test.run()
