// service and systemd: units of the host. Not here: other init systems.
import * as z from 'zod'
import type { Change } from '../host/change.ts'
import type { UnitState } from '../host/host.ts'
import { quoteWords } from '../host/quote.ts'
import { Unknown } from '../value/value.ts'
import { defineModule, known, type ModuleContext, type Outcome } from './module.ts'
import { bool, choice, text } from './params.ts'

/** What an unmasked unit is only the machine knows. */
const NOT_KNOWN = 'not known'

const STATES = ['started', 'stopped', 'restarted', 'reloaded'] as const

const systemdSchema = z.object({
  name: text().optional().describe('the unit; .service may be left out'),
  state: choice(STATES).optional().describe('what the unit shall do'),
  enabled: bool().optional().describe('whether it starts at boot'),
  masked: bool().optional().describe('whether it cannot be started at all'),
  daemon_reload: bool().default(false).describe('have systemd read unit files first'),
  daemon_reexec: bool().default(false).describe('have systemd start itself anew first'),
  no_block: bool().default(false).describe('do not wait until it has started or stopped'),
  force: bool().default(false).describe('replace links when enabling'),
  scope: choice(['system', 'user', 'global']).default('system').describe('whose unit it is'),
})

type Params = z.output<typeof systemdSchema>

const returns = {
  name: 'the unit',
  state: 'started or stopped',
  enabled: 'whether it starts at boot',
  status: 'what systemd says about it',
}

const units = {
  params: systemdSchema,
  aliases: {
    service: 'name',
    unit: 'name',
    'daemon-reload': 'daemon_reload',
    'daemon-reexec': 'daemon_reexec',
  },
  effect: 'changes',
  returns,
  probe: planUnit,
} as const

export const systemd = defineModule({
  ...units,
  name: 'systemd',
  summary: 'Start, stop, enable and mask units of systemd.',
  examples: `- systemd:
    name: chrony
    state: started
    enabled: true
    daemon_reload: true`,
})

export const systemdService = defineModule({
  ...units,
  name: 'systemd_service',
  summary: 'Another name of systemd.',
  examples: `- systemd_service:
    name: chrony
    state: restarted`,
})

export const service = defineModule({
  name: 'service',
  summary: 'Start, stop and enable services.',
  params: z.object({
    name: text().describe('the service'),
    state: choice(STATES).optional().describe('what the service shall do'),
    enabled: bool().optional().describe('whether it starts at boot'),
    daemon_reload: bool().default(false).describe('have systemd read unit files first'),
    use: choice(['auto', 'systemd']).default('auto').describe('what manages services'),
    pattern: text().optional().describe('accepted; systemd knows its processes'),
    sleep: text().optional().describe('accepted; systemd waits by itself'),
    arguments: text().optional().describe('accepted; units hold their arguments'),
    runlevel: text().optional().describe('accepted; systemd has no runlevels'),
  }),
  aliases: { args: 'arguments' },
  effect: 'changes',
  returns,
  examples: `- service:
    name: ssh
    state: reloaded`,
  notes: ['Works where systemd is; other init systems are refused by name.'],
  probe: async (params, context) => {
    const { name, state, enabled, daemon_reload } = params
    return planUnit(systemdSchema.parse({ name, state, enabled, daemon_reload }), context)
  },
})

async function planUnit(params: Params, context: ModuleContext): Promise<Outcome> {
  const { host } = context
  if (params.scope !== 'system')
    return { failure: `scope ${params.scope} is not supported; use system` }
  const system = await host.ask('[ -d /run/systemd/system ]')
  if (system.rc !== 0) return { failure: `${host.name} was not started by systemd` }
  const changes: Change[] = []
  if (params.daemon_reexec) changes.push(systemctl(['daemon-reexec']))
  if (params.daemon_reload) changes.push(systemctl(['daemon-reload']))
  const name = params.name
  if (name === undefined) {
    if (params.state !== undefined || params.enabled !== undefined || params.masked !== undefined) {
      return { failure: 'name is required with state, enabled or masked' }
    }
    if (changes.length === 0) return { failure: 'nothing to do: give state, enabled or masked' }
    // Reading unit files again is no change of the host.
    return { changes, isChanged: false, result: {} }
  }
  const before = known(await host.unit(name))
  const isMasking = params.masked === true
  if (before.load === 'not-found' && !isMasking && !(params.daemon_reload && !host.isOverlay)) {
    const hint = 'check the name, or install what brings it before; systemctl list-unit-files'
    return { failure: `Could not find the requested service ${name}: host`, result: { hint } }
  }
  if (before.enabled === NOT_KNOWN && params.enabled !== undefined) {
    return { isChanged: new Unknown(`${name} is unmasked by this run`, host.name) }
  }
  return planStates(params, name, before, changes)
}

function planStates(
  params: Params,
  name: string,
  before: UnitState,
  first: readonly Change[],
): Outcome {
  const changes: Change[] = []
  let now = before
  const act = (verb: string, after: Partial<UnitState>, flags: readonly string[] = []): void => {
    now = { ...now, ...after }
    changes.push({
      ...systemctl([verb, ...flags, '--', name]),
      effects: [{ kind: 'unit', name, state: now }],
    })
  }
  const isMasked = before.load === 'masked' || before.enabled.startsWith('masked')
  if (params.masked !== undefined && params.masked !== isMasked) {
    const after = params.masked
      ? { load: 'masked', enabled: 'masked' }
      : { load: 'loaded', enabled: NOT_KNOWN }
    act(params.masked ? 'mask' : 'unmask', after)
  }
  if (params.enabled !== undefined) {
    const isEnabled = /^(enabled|enabled-runtime|alias|static|indirect|generated)$/.test(
      before.enabled,
    )
    if (params.enabled !== isEnabled) {
      const flags = params.force ? ['--force'] : []
      act(
        params.enabled ? 'enable' : 'disable',
        { enabled: params.enabled ? 'enabled' : 'disabled' },
        flags,
      )
    }
  }
  const block = params.no_block ? ['--no-block'] : []
  const isRunning = before.active === 'active' || before.active === 'activating'
  const started = { active: 'active', sub: 'running' }
  if (params.state === 'started' && !isRunning) act('start', started, block)
  if (params.state === 'stopped' && (isRunning || before.active === 'deactivating')) {
    act('stop', { active: 'inactive', sub: 'dead' }, block)
  }
  if (params.state === 'restarted') act('restart', started, block)
  if (params.state === 'reloaded') act(isRunning ? 'reload' : 'start', started, block)
  return {
    changes: [...first, ...changes],
    isChanged: changes.length > 0,
    result: {
      name,
      ...(params.state === undefined
        ? {}
        : { state: params.state === 'stopped' ? 'stopped' : 'started' }),
      ...(params.enabled === undefined ? {} : { enabled: params.enabled }),
      status: statusFields(now),
    },
  }
}

function statusFields(unit: UnitState): Record<string, unknown> {
  return {
    Id: unit.name,
    LoadState: unit.load,
    ActiveState: unit.active,
    SubState: unit.sub,
    UnitFileState: unit.enabled,
  }
}

function systemctl(words: readonly string[]): Change {
  return {
    summary: `systemctl ${words.join(' ')}`,
    script: quoteWords(['systemctl', ...words]),
    effects: [],
  }
}
