// Goal: the command line takes words as people and terminals give them. Method: words that look
// like flags or numbers in this process; a signal to the whole group of a checkout's command.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { suite } from '../harness.ts'
import { callCli } from './call.ts'

const test = suite('cli/words', { timeoutMs: 30_000 })

const folder = mkdtempSync(join(tmpdir(), 'cluster-os-words-'))
test.after(() => rmSync(folder, { recursive: true }))

const LOCAL = ['-i', 'h,', '-c', 'local', '--output', 'json']

test('a value may begin with a dash or look like a number', async () => {
  const ways = ['--ssh-common-args=-o User=x', '--ssh-common-args', '-o User=x']
  const { error } = await callCli(['exec', 'h', '-m', 'ping', ...LOCAL, ...ways])
  assert.equal(error, undefined)
  const dashed = await callCli(['exec', 'h', '-a', 'echo -n -e', ...LOCAL])
  assert.equal(dashed.exitCode, 0, dashed.stderr)
  const { error: pattern } = await callCli(['exec', '0123', '-m', 'ping', ...LOCAL])
  assert.match(String(pattern), /0123/)
})

test('a mistyped flag is told as it was written', async () => {
  const { error } = await callCli(['run', 'p.yml', '--list-task'])
  assert.match(String(error), /there is no flag --list-task/)
  assert.equal((error as { hint?: string }).hint, 'did you mean --list-tasks?')
})

test('Ctrl-C of a terminal ends what runs, through the launcher too', async () => {
  const seconds = `6${process.pid % 10_000}.25`
  const launcher = resolve(import.meta.dirname, '../../agent/cluster-os.mjs')
  const playbook = join(folder, 'p.yml')
  writeFileSync(
    playbook,
    `- hosts: h\n  gather_facts: false\n  tasks: [command: sleep ${seconds}]\n`,
  )
  const words = [launcher, 'run', playbook, '-i', 'h,', '-c', 'local']
  const child = spawn(process.execPath, words, {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8')
  })
  const ended = new Promise<number | null>((done) => child.once('exit', done))
  while (!isRunning(`sleep\0${seconds}`)) await new Promise(setImmediate)
  process.kill(-(child.pid as number), 'SIGINT')
  assert.equal(await ended, 130)
  assert.equal(isRunning(`sleep\0${seconds}`), false)
  assert.match(said, /PLAY RECAP/, 'it left before it had ended what ran')
})

/** Whether a process of this machine has exactly these arguments. */
function isRunning(words: string): boolean {
  return readdirSync('/proc').some((name) => {
    if (!/^\d+$/.test(name)) return false
    try {
      return readFileSync(`/proc/${name}/cmdline`, 'utf8').startsWith(words)
    } catch {
      return false
    }
  })
}

test.run()
