// setup: facts of the host, all or some.
import * as z from 'zod'
import { gatherFacts, subsetOfFact } from '../facts/gather.ts'
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
    const odd = params.gather_subset.find((word) => subsetNamed(bare(word)) === undefined)
    if (odd !== undefined) {
      return { failure: `gather_subset knows no ${bare(odd)}; it knows ${SUBSETS.join(', ')}, all` }
    }
    const subset = subsetOf(params.gather_subset)
    const all = await gatherFacts(host, 'all', { subset, localFolder: params.fact_path })
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

function bare(word: string): string {
  return word.replace(/^!/, '')
}

const SUBSETS = ['min', 'hardware', 'network', 'virtual']

/** Ansible's words for parts of subsets, where they are no names of facts. */
const PARTS: Readonly<Record<string, string>> = {
  caps: 'min',
  chroot: 'min',
  local: 'min',
  platform: 'min',
  ssh_host_pub_keys: 'min',
  ssh_pub_keys: 'min',
  devices: 'hardware',
  dmi: 'hardware',
  iscsi: 'network',
  nvme: 'network',
  facter: 'min',
  ohai: 'min',
}

/** The subset that a word of gather_subset means, whole or in part. */
function subsetNamed(word: string): string | undefined {
  if (word === 'all' || SUBSETS.includes(word)) return word
  return PARTS[word] ?? subsetOfFact(`ansible_${word}`)
}

/** `min` is always there, as in Ansible, unless it is named with `!`. */
function subsetOf(words: readonly string[]): string[] {
  const out = new Set(words.filter((word) => word.startsWith('!')).map((word) => word.slice(1)))
  const named = words.filter((word) => !word.startsWith('!')).map(subsetNamed)
  const isAll = (named.length === 0 || named.includes('all')) && !out.has('all')
  return SUBSETS.filter((name) => {
    if (out.has(name)) return false
    return isAll || named.includes(name) || name === 'min'
  })
}

function matches(name: string, patterns: readonly string[]): boolean {
  if (patterns.length === 0 || patterns.includes('*')) return true
  return patterns.some((pattern) => {
    const test = globPattern(pattern)
    return test.test(name) || test.test(name.replace(/^ansible_/, ''))
  })
}
