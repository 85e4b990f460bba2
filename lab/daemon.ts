// The Docker daemon: found, or installed and started. Not here: anything that runs in it.
import { spawn } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ClusterError } from '../agent/src/errors.ts'
import { $ } from './command.ts'
import { ensurePrograms, hasProgram, isRoot } from './programs.ts'
import { say } from './say.ts'
import { ROOT } from './site.ts'

const START_DEADLINE_MS = 45_000
const POLL_MS = 200
const LOG_LINES = 20

export async function ensureDaemon(): Promise<void> {
  if (await daemonAnswers()) return
  await ensurePrograms({ docker: 'docker.io', dockerd: 'docker.io', iptables: 'iptables' })
  if (await daemonAnswers()) return
  if (!isRoot()) {
    throw new ClusterError('LAB', 'no docker daemon answers and only root may start one', {
      hint: 'run: sudo systemctl start docker (or sudo dockerd), and join the group docker',
    })
  }
  const log = join(ROOT, '.cache/lab/dockerd.log')
  if (existsSync('/run/systemd/system')) {
    say('starting the docker daemon by systemctl')
    await $({ nothrow: true })`systemctl start docker`
  } else {
    say(`starting dockerd in the background, its log is ${log}`)
    startInBackground(log)
  }
  const deadline = Date.now() + START_DEADLINE_MS
  while (Date.now() < deadline) {
    if (await daemonAnswers()) return
    await sleep(POLL_MS)
  }
  if (existsSync(log))
    console.error(readFileSync(log, 'utf8').split('\n').slice(-LOG_LINES).join('\n'))
  throw new ClusterError(
    'LAB',
    `the docker daemon did not answer in ${START_DEADLINE_MS / 1000} s`,
    {
      hint: existsSync(log) ? `the end of ${log} stands above` : 'see: journalctl -u docker',
    },
  )
}

/** Whether a daemon is there to be asked. */
export async function daemonAnswers(): Promise<boolean> {
  if (!hasProgram('docker')) return false
  return (
    (await $({ nothrow: true })`docker version --format ${'{{.Server.Version}}'}`).exitCode === 0
  )
}

function startInBackground(log: string): void {
  mkdirSync(join(log, '..'), { recursive: true })
  const file = openSync(log, 'a')
  // A session of its own, so that neither Ctrl-C nor the end of make ends the daemon.
  const path = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`
  const env = { ...process.env, PATH: path }
  spawn('dockerd', [], { detached: true, stdio: ['ignore', file, file], env }).unref()
  closeSync(file)
}
