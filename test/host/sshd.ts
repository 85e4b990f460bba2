// A small SSH server of the test's own process: it lets everybody in, and its commands answer with
// their own text.
import type { AddressInfo } from 'node:net'
import ssh2 from 'ssh2'

export interface TestSshd {
  readonly port: number
  /** The host key as a line of known_hosts has it, without a name. */
  readonly publicKey: string
  /** The passwords that were shown to it. */
  readonly passwords: readonly string[]
  close(): Promise<void>
}

/** Of the keys that ssh2 makes it cannot read some itself: those are drawn again. */
function hostKey(): { readonly public: string; readonly private: string } {
  for (;;) {
    const key = ssh2.utils.generateKeyPairSync('ed25519')
    if (!(ssh2.utils.parseKey(key.private) instanceof Error)) return key
  }
}

export async function startSshd(): Promise<TestSshd> {
  const key = hostKey()
  const passwords: string[] = []
  const server = new ssh2.Server({ hostKeys: [key.private] }, (client) => {
    client.on('error', () => undefined)
    client.on('authentication', (attempt) => {
      if (attempt.method === 'password') passwords.push(attempt.password)
      attempt.accept()
    })
    client.on('session', (accept) => {
      accept().on('exec', (acceptExec, _, { command }) => {
        const channel = acceptExec()
        channel.write(`${command}\n`)
        channel.exit(0)
        channel.end()
      })
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    publicKey: key.public.split(' ').slice(0, 2).join(' '),
    passwords,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
