// The machine itself as a transport: /bin/sh as a child process, through zx. The same shell is
// spoken to as over SSH, so a playbook means the same with `connection: local`.
import { $ } from 'zx/core'
import type { ShellStreams } from './shell.ts'
import type { Transport } from './transport.ts'

/** zx keeps all output for its own report; a shell that lives for a whole run must not grow. */
function forgetful(): string[] {
  const store: string[] = []
  store.push = () => 0
  return store
}

/** A transport to this machine, as the user of this process. */
export function localTransport(name: string): Transport {
  const ends: (() => void)[] = []
  return {
    name,
    openShell: (command) => {
      const child = $({
        stdio: 'pipe',
        nothrow: true,
        quiet: true,
        detached: true,
        shell: '/bin/sh',
        prefix: '',
        postfix: '',
        quote: (text: string) => text,
        store: { stdout: forgetful(), stderr: forgetful(), stdall: forgetful() },
      })`${command}`
      const close = (): void => {
        child.stdin.end()
      }
      ends.push(close)
      const streams: ShellStreams = {
        stdin: child.stdin,
        stdout: child.stdout,
        stderr: child.stderr,
        ended: child.then((output) => ({ reason: `the shell ended with ${output.exitCode}` })),
        close,
      }
      return Promise.resolve(streams)
    },
    close: () => {
      for (const end of ends.splice(0)) end()
    },
  }
}
