// reboot: starts the host anew and waits until it is back, which another boot id tells. Not here:
// turning it off.
import * as z from 'zod'
import { ClusterError } from '../errors.ts'
import type { Host } from '../host/host.ts'
import { quoteWord } from '../host/quote.ts'
import { Unknown } from '../value/value.ts'
import { type Completion, type Connection, defineModule } from './module.ts'
import { int, text, words } from './params.ts'
import { awaitHost } from './waitforconnection.ts'

const schema = z.object({
  pre_reboot_delay: int().default(0).describe('seconds before it goes down; whole minutes count'),
  post_reboot_delay: int().default(0).describe('seconds after it is back'),
  reboot_timeout: int().default(600).describe('seconds until it has to be back'),
  connect_timeout: int().default(10).describe('seconds that one connection may take'),
  test_command: text().default('whoami').describe('a command that has to succeed afterwards'),
  msg: text().default('Reboot initiated by cluster-os').describe('what users are told'),
  search_paths: words()
    .default(['/sbin', '/bin', '/usr/sbin', '/usr/bin', '/usr/local/sbin'])
    .describe('folders in which shutdown is looked for'),
  boot_time_command: text()
    .default('cat /proc/sys/kernel/random/boot_id')
    .describe('a command that prints something else after each boot'),
  reboot_command: text().optional().describe('the command that starts the host anew'),
})

type Params = z.output<typeof schema>

/** Between two looks at a host that is going down or coming up. */
const SLEEP_SECONDS = 1

export const reboot = defineModule({
  name: 'reboot',
  summary: 'Start the host anew and wait until it is back.',
  params: schema,
  aliases: {
    pre_reboot_delay_sec: 'pre_reboot_delay',
    post_reboot_delay_sec: 'post_reboot_delay',
    reboot_timeout_sec: 'reboot_timeout',
    connect_timeout_sec: 'connect_timeout',
  },
  effect: 'runs',
  returns: { rebooted: 'whether it was started anew', elapsed: 'seconds it took' },
  examples: `- reboot:
    reboot_timeout: 900`,
  notes: ['A local connection is refused: it would take the controller down.'],
  probe: (params, { host, connection }) => {
    if (connection.isLocal) {
      const failure = 'the connection is local: this would take the controller down'
      return { failure, result: { rebooted: false, elapsed: 0 } }
    }
    return {
      isChanged: true,
      result: { rebooted: true, elapsed: 0 },
      finish: () => carryOut(params, host, connection),
    }
  },
})

async function carryOut(params: Params, host: Host, connection: Connection): Promise<Completion> {
  const startMs = connection.now()
  const told = (rebooted: boolean): Record<string, unknown> => ({
    rebooted,
    elapsed: Math.floor((connection.now() - startMs) / 1000),
  })
  const before = await host.ask(params.boot_time_command)
  if (before.rc !== 0) {
    const said = before.stderr.toString('utf8').trim()
    return { failure: `cannot tell when the host was started: ${said}`, result: told(false) }
  }
  const command = params.reboot_command ?? (await shutdownCommand(params, host))
  if (command === undefined) {
    const failure = `there is no shutdown in ${params.search_paths.join(', ')}`
    return { failure, result: told(false) }
  }
  const refused = await send(command, host)
  if (refused !== undefined) {
    return {
      failure: `the command that starts the host anew failed: ${refused}`,
      result: told(false),
    }
  }
  const minutes = Math.floor(Math.max(0, params.pre_reboot_delay) / 60)
  await connection.pause(minutes * 60_000)
  const deadlineMs = connection.now() + params.reboot_timeout * 1000
  const patience = { sleep: SLEEP_SECONDS, connect_timeout: params.connect_timeout }
  const back = await awaitHost(connection, deadlineMs, patience, async (again) => {
    const now = await again.ask(params.boot_time_command)
    return now.rc === 0 && !now.stdout.equals(before.stdout)
  })
  if (back !== 'back') {
    const failure = `the host was not started anew within ${params.reboot_timeout} seconds: ${back}`
    return { failure, result: told(false) }
  }
  await connection.pause(params.post_reboot_delay * 1000)
  const tested = await awaitHost(connection, deadlineMs, patience, async (again) => {
    return (await again.ask(params.test_command)).rc === 0
  })
  if (tested === 'back') return { result: told(true) }
  return {
    failure: `${params.test_command} did not succeed within ${params.reboot_timeout} seconds`,
    result: told(true),
  }
}

async function shutdownCommand(params: Params, host: Host): Promise<string | undefined> {
  const files = params.search_paths.map((folder) => quoteWord(`${folder}/shutdown`)).join(' ')
  const found = await host.ask(
    `for f in ${files}; do [ -x "$f" ] && { printf %s "$f"; break; }; done`,
  )
  if (found.stdout.length === 0) return undefined
  const minutes = Math.floor(Math.max(0, params.pre_reboot_delay) / 60)
  return `${quoteWord(found.stdout.toString('utf8'))} -r ${minutes} ${quoteWord(params.msg)}`
}

/** What the host said against it; a connection that breaks is what was asked for. */
async function send(command: string, host: Host): Promise<string | undefined> {
  try {
    const answer = await host.exec({ script: command, limitMs: 60_000 })
    if (answer instanceof Unknown || answer.rc === 0) return undefined
    return `rc ${answer.rc}: ${answer.stderr.toString('utf8').trim()}`
  } catch (error) {
    if (error instanceof ClusterError && error.code === 'UNREACHABLE') return undefined
    throw error
  }
}
