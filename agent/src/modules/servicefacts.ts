// service_facts: the services of the host, as facts. Not here: starting them (service.ts).
import * as z from 'zod'
import type { Host } from '../host/host.ts'
import { quoteWords } from '../host/quote.ts'
import { fromPlain } from '../value/plain.ts'
import type { Value } from '../value/value.ts'
import { splitLines } from './lines.ts'
import { defineModule } from './module.ts'

interface Fact {
  name: string
  state: string
  status?: string
  source: 'systemd' | 'sysv'
}

/** What systemd says of units that are not as they should be stands for their status. */
const BAD = ['not-found', 'masked', 'failed']

export const serviceFacts = defineModule({
  name: 'service_facts',
  summary: 'Read which services there are, and what they do.',
  params: z.object({}),
  effect: 'reads',
  returns: { ansible_facts: 'services: name, state, status and source of each service' },
  examples: `- service_facts:
- debug:
    msg: "{{ services['ssh.service'].state }}"`,
  notes: ['Reads systemd, and scripts of System V where service(8) lists them.'],
  probe: async (_, { host }) => {
    const services: Record<string, Fact> = {
      ...(await readScripts(host)),
      ...(await readUnits(host)),
    }
    believePlanned(services, host)
    if (Object.keys(services).length === 0) return { failure: 'no services were found' }
    return {
      result: { ansible_facts: { services } },
      facts: { values: new Map<string, Value>([['services', fromPlain(services)]]), kind: 'facts' },
    }
  },
})

async function readScripts(host: Host): Promise<Record<string, Fact>> {
  const answer = await host.ask(
    'command -v service >/dev/null && ! command -v chkconfig >/dev/null && LC_ALL=C service --status-all 2>&1; :',
  )
  const services: Record<string, Fact> = {}
  for (const line of splitLines(answer.stdout.toString('utf8'))) {
    const [, sign, name = ''] = /^\s*\[ ([+-]) \]\s+(.+)$/.exec(line) ?? []
    if (sign === undefined) continue
    services[name] = { name, state: sign === '+' ? 'running' : 'stopped', source: 'sysv' }
  }
  return services
}

async function readUnits(host: Host): Promise<Record<string, Fact>> {
  const options = '--no-pager --no-legend --type service --all --plain'
  const answer = await host.ask(
    `[ -d /run/systemd/system ] && { LC_ALL=C systemctl list-units ${options}; echo ==; LC_ALL=C systemctl list-unit-files --no-pager --no-legend --type service --all; }; :`,
  )
  const [loaded = '', files = ''] = answer.stdout.toString('utf8').split(/^==$/m)
  const services: Record<string, Fact> = {}
  for (const line of splitLines(loaded)) {
    const [name = '', ...rest] = line.trim().split(/\s+/)
    if (name === '') continue
    const bad = BAD.find((word) => rest.slice(0, 3).includes(word))
    const state = bad === undefined && rest[2] === 'running' ? 'running' : 'stopped'
    services[name] = { name, state, status: bad ?? 'unknown', source: 'systemd' }
  }
  const quiet: string[] = []
  for (const line of splitLines(files)) {
    const [name = '', status = ''] = line.trim().split(/\s+/)
    if (name === '') continue
    const known = services[name]
    if (known === undefined) {
      services[name] = { name, state: 'unknown', status, source: 'systemd' }
      quiet.push(name)
    } else if (!BAD.includes(known.status ?? '')) known.status = status
  }
  await readQuiet(quiet, services, host)
  return services
}

/** Units that are not loaded are asked for their state, all at once. */
async function readQuiet(
  names: readonly string[],
  services: Record<string, Fact>,
  host: Host,
): Promise<void> {
  // A template without an instance has no state.
  const plain = names.filter((name) => !name.includes('@.'))
  if (plain.length === 0) return
  const words = quoteWords(['systemctl', 'show', '-p', 'Id,ActiveState', '--', ...plain])
  const answer = await host.ask(`LC_ALL=C ${words}`)
  const blocks = answer.stdout.toString('utf8').split('\n\n')
  for (const [index, name] of plain.entries()) {
    const state = /^ActiveState=(.*)$/m.exec(blocks[index] ?? '')?.[1]
    const service = services[name]
    if (service !== undefined && state !== undefined) service.state = state
  }
}

/** Units that this run starts, stops or enables are as it will leave them. */
function believePlanned(services: Record<string, Fact>, host: Host): void {
  for (const [name, unit] of host.plannedUnits()) {
    const state = unit.active === 'active' ? 'running' : 'stopped'
    services[name] = { name, state, status: unit.enabled, source: 'systemd' }
  }
}
