// Goal: what keeps a host from being reached is told in words. Method: connections of this machine
// to what cannot be there.
import assert from 'node:assert/strict'
import { sshTransport } from '../../agent/src/host/ssh.ts'
import { resolveSshOptions } from '../../agent/src/host/ssh-options.ts'
import { suite } from '../harness.ts'

const test = suite('host/ssh')

test('a name without an address is named, with where one can be written down', async () => {
  // Labels have at most 63 characters: no name server is asked.
  const address = `${'a'.repeat(64)}.invalid`
  const options = resolveSshOptions('h', { address, connectLimitMs: 5_000 })
  const opening = sshTransport(options).openShell('true')
  await assert.rejects(opening, {
    code: 'UNREACHABLE',
    message: `h: cannot find the address of ${address}`,
    hint: 'give it an ansible_host, or a line in /etc/hosts, or a HostName in ssh_config',
  })
})

test.run()
