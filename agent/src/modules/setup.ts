// setup: facts of the host, all or some.
import * as z from 'zod'
import { gatherFacts, wrongSubset } from '../facts/gather.ts'
import { globPattern } from '../value/glob.ts'
import type { Value } from '../value/value.ts'
import { defineModule } from './module.ts'
import { int, path, words } from './params.ts'

export const setup = defineModule({
  name: 'setup',
  summary: 'Gather facts about the host.',
  params: z.object({
    filter: words().default([]).describe('only facts of these names; * and ? may be used'),
    gather_subset: words()
      .default(['all'])
      .describe('subsets: all, min, hardware, network, virtual; !name leaves one out'),
    gather_timeout: int().default(10).describe('accepted; questions have their own limit'),
    fact_path: path().default('/etc/ansible/facts.d').describe('folder of local facts'),
  }),
  effect: 'reads',
  returns: { ansible_facts: 'the facts' },
  examples: `- setup:
    filter: ansible_mem*`,
  probe: async (params, { host }) => {
    const failure = wrongSubset(params.gather_subset)
    if (failure !== undefined) return { failure }
    const options = { subset: params.gather_subset, localFolder: params.fact_path }
    const all = await gatherFacts(host, 'all', options)
    const told = new Map<string, Value>([
      ...all,
      ['gather_subset', params.gather_subset],
      ['module_setup', true],
    ])
    const wanted = new Map([...told].filter(([name]) => matches(name, params.filter)))
    return {
      result: { ansible_facts: Object.fromEntries(wanted) },
      facts: { values: wanted, kind: 'facts' },
    }
  },
})

function matches(name: string, patterns: readonly string[]): boolean {
  if (patterns.length === 0 || patterns.includes('*')) return true
  return patterns.some((pattern) => {
    const test = globPattern(pattern)
    return test.test(name) || test.test(name.replace(/^ansible_/, ''))
  })
}
