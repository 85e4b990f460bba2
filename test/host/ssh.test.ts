// Goal: what keeps a host from being reached is told in words. Method: connections of this machine
// to what cannot be there.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ssh2 from 'ssh2'
import type { ClusterError } from '../../agent/src/errors.ts'
import { sshTransport } from '../../agent/src/host/ssh.ts'
import { resolveSshOptions, type SshOptions } from '../../agent/src/host/ssh-options.ts'
import { suite } from '../harness.ts'
import { startSshd, type TestSshd } from './sshd.ts'

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

test('a host whose private key is not there is unreachable, as one that refuses it', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const options = resolveSshOptions('h', {
    address: '127.0.0.1',
    port,
    keyFile: '/nowhere/key',
    connectLimitMs: 5_000,
  })
  const opening = sshTransport(options).openShell('true')
  await assert.rejects(opening, {
    code: 'UNREACHABLE',
    message: 'h: no private key at /nowhere/key',
  })
  await new Promise((resolve) => server.close(resolve))
})

/** A program that does what a proxy does, with the places of ssh_config(5) as its words. */
const PIPE = `${process.execPath} -e 'const s = require("net").connect(process.argv[2], process.argv[1]); process.stdin.pipe(s).pipe(process.stdout)'`

test('a ProxyCommand is the connection, and ends with it', async () => {
  const sshd = await startSshd()
  const transport = sshTransport(
    resolveSshOptions('far', {
      port: sshd.port,
      arguments: `-o ProxyCommand="${PIPE.replaceAll('"', '\\"')} 127.0.0.1 %p" -F none`,
      isHostKeyChecked: false,
      connectLimitMs: 20_000,
    }),
  )
  const { stdout, ended } = await transport.openShell('hello')
  assert.equal(String((await once(stdout, 'data'))[0]), 'hello\n')
  transport.close()
  await ended
  await sshd.close()
})

test('a ProxyCommand that fails says how', async () => {
  const command = 'sh -c "echo no way there >&2; exit 3"'
  const options = resolveSshOptions('far', {
    arguments: `-F none -o 'ProxyCommand=${command}'`,
    connectLimitMs: 20_000,
  })
  await assert.rejects(sshTransport(options).openShell('true'), {
    code: 'UNREACHABLE',
    message: 'far: its ProxyCommand ended with 3: no way there',
    hint: `try by hand the ProxyCommand that begins with ${command.split(' ')[0]}`,
  })
})

test('a ProxyCommand that never answers is told, as it ran', async () => {
  const options = resolveSshOptions('far', {
    arguments: `-F none -o 'ProxyCommand=sleep 2%p'`,
    connectLimitMs: 200,
  })
  await assert.rejects(sshTransport(options).openShell('true'), {
    code: 'UNREACHABLE',
    message: /^far: Timed out/,
    hint: 'try by hand the ProxyCommand that begins with sleep',
  })
})

/** An sshd, a place for its known_hosts by that name, and options that reach it. */
async function withSshd(
  name: string,
  use: (sshd: TestSshd, known: string, options: (words: string) => SshOptions) => Promise<void>,
): Promise<void> {
  const sshd = await startSshd()
  const folder = mkdtempSync(join(tmpdir(), 'cluster-os-known-'))
  const { port } = sshd
  const options = (words: string): SshOptions =>
    resolveSshOptions('h', {
      address: '127.0.0.1',
      port,
      arguments: `-F none ${words}`,
      connectLimitMs: 20_000,
    })
  await use(sshd, join(folder, name), options)
  await sshd.close()
  rmSync(folder, { recursive: true })
}

test('a host is known by its HostKeyAlias', () =>
  withSshd('known', async (sshd, known, optionsOf) => {
    const options = optionsOf(
      `-o HostKeyAlias=kept -o GlobalKnownHostsFile=none -o UserKnownHostsFile=${known}`,
    )
    const scan = `ssh-keyscan -p ${sshd.port} 127.0.0.1 | sed 's|^[^ ]*|kept|' >> ${known}`
    await assert.rejects(sshTransport(options).openShell('true'), {
      code: 'HOST_KEY',
      hint: `compare the key, then: ${scan}`,
    })
    writeFileSync(known, `kept ${sshd.publicKey}\n`)
    const transport = sshTransport(options)
    await transport.openShell('true')
    transport.close()
  }))

test('the command that takes in a key can be pasted, whatever the names hold', () =>
  withSshd("ada's known hosts", async (sshd, known, optionsOf) => {
    const options = optionsOf('-o HostKeyAlias=site/1#a')
    const opening = sshTransport({ ...options, knownHostsFiles: [known] }).openShell('true')
    let command = ''
    await assert.rejects(opening, ({ hint = '' }: ClusterError) => {
      command = hint.replace('compare the key, then: ssh-keyscan', 'scan')
      return true
    })
    // In place of ssh-keyscan, which needs a server: its words and a line as it prints them.
    const scan = `scan() { printf '%s ' "$@" >&2; echo 'name ssh-ed25519 KEY'; }; ${command}`
    const { stderr } = spawnSync('/bin/sh', ['-c', scan], { encoding: 'utf8' })
    assert.equal(stderr, `-p ${sshd.port} 127.0.0.1 `)
    assert.equal(readFileSync(known, 'utf8'), 'site/1#a ssh-ed25519 KEY\n')
  }))

test('a host key that changed is told as such, with how to forget the old one', () =>
  withSshd('known hosts', async (sshd, known, optionsOf) => {
    const name = `[127.0.0.1]:${sshd.port}`
    const options = optionsOf('-o GlobalKnownHostsFile=none')
    const kinds = { ed25519: 'it is not the one in', rsa: 'it shows none of the kinds in' }
    for (const [kind, what] of Object.entries(kinds)) {
      const other = ssh2.utils.generateKeyPairSync(kind as 'rsa', { bits: 2048 })
      const key = other.public.split(' ').slice(0, 2).join(' ')
      writeFileSync(known, `# mine\n${name} ${key}\n`)
      const opening = sshTransport({ ...options, knownHostsFiles: [known] }).openShell('true')
      await assert.rejects(opening, {
        code: 'HOST_KEY',
        message: `h: the host key of 127.0.0.1 CHANGED: ${what} ${known}:2`,
        hint:
          'somebody may be listening in between, or the host was installed anew; only if you know ' +
          `that it was: ssh-keygen -R '${name}' -f '${known}'`,
      })
    }
  }))

test('a password is not given to who shows another key, though any key may do', () =>
  withSshd('known', async (sshd, known, optionsOf) => {
    const target = {
      ...optionsOf('-o StrictHostKeyChecking=no -o GlobalKnownHostsFile=none'),
      password: 'correct horse',
      knownHostsFiles: [known],
      keyFiles: [],
      agent: undefined,
    }
    const open = async (key: string): Promise<void> => {
      writeFileSync(known, `[127.0.0.1]:${sshd.port} ${key}\n`)
      const transport = sshTransport(target)
      await transport.openShell('true')
      transport.close()
    }
    const other = ssh2.utils.generateKeyPairSync('ed25519').public
    await assert.rejects(open(other.split(' ').slice(0, 2).join(' ')), /permission denied/)
    assert.deepEqual(sshd.passwords, [])
    await open(sshd.publicKey)
    assert.deepEqual(sshd.passwords, ['correct horse'])
  }))

test.run()
