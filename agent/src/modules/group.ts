// group: groups of the host.
import * as z from 'zod'
import type { Change } from '../host/change.ts'
import type { GroupState } from '../host/host.ts'
import { quoteWord, quoteWords } from '../host/quote.ts'
import { Unknown } from '../value/value.ts'
import { defineModule, known } from './module.ts'
import { bool, choice, int, text } from './params.ts'

const schema = z.object({
  name: text().describe('name of the group'),
  state: choice(['present', 'absent']).default('present').describe('whether there is such a group'),
  gid: int().optional().describe('its number'),
  system: bool().default(false).describe('number it among the groups of the system'),
  non_unique: bool().default(false).describe('its number may be another one’s too'),
  local: bool().default(false).describe('accepted; groups are made in the files of the host'),
})

export const group = defineModule({
  name: 'group',
  summary: 'Make or remove groups.',
  params: schema,
  effect: 'changes',
  returns: { name: 'the group', gid: 'its number', state: 'present or absent', system: 'as given' },
  examples: `- group:
    name: slurm
    system: true`,
  probe: async (params, { host }) => {
    const { name, gid } = params
    const state = known(await host.group(name))
    const base = { name, state: params.state }
    if (params.state === 'absent') {
      if (state === null) return { result: base }
      const effects = [{ kind: 'group', name, state: null } as const]
      const script = `groupdel -- ${quoteWord(name)}`
      return { changes: [{ summary: `remove the group ${name}`, script, effects }], result: base }
    }
    const result = { ...base, system: params.system }
    if (state !== null && (gid === undefined || known(state.gid) === gid)) {
      return { result: { ...result, gid: state.gid } }
    }
    const change = state === null ? create(params, host.name) : renumber(params, state)
    return {
      changes: [change],
      result,
      finish: async () => {
        const after = known(await host.group(name))
        return { result: { gid: after?.gid ?? null } }
      },
    }
  },
})

type Params = z.output<typeof schema>

function create(params: Params, host: string): Change {
  const words = ['groupadd']
  if (params.gid !== undefined) words.push('-g', String(params.gid))
  if (params.non_unique) words.push('-o')
  if (params.system) words.push('-r')
  const later = new Unknown('the host numbers new groups', host)
  const state: GroupState = { name: params.name, gid: params.gid ?? later, members: [] }
  return {
    summary: `make the group ${params.name}`,
    script: quoteWords([...words, '--', params.name]),
    effects: [{ kind: 'group', name: params.name, state }],
  }
}

function renumber(params: Params, state: GroupState): Change {
  const gid = params.gid as number
  const unique = params.non_unique ? ['-o'] : []
  return {
    summary: `number the group ${params.name} ${gid}`,
    script: quoteWords(['groupmod', '-g', String(gid), ...unique, '--', params.name]),
    effects: [{ kind: 'group', name: params.name, state: { ...state, gid } }],
  }
}
