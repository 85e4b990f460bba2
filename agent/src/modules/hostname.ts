// hostname: the name of the machine, now and after the next boot. Not here: names in /etc/hosts.
import * as z from 'zod'
import type { Change } from '../host/change.ts'
import { quoteWord } from '../host/quote.ts'
import type { Value } from '../value/value.ts'
import { defineModule } from './module.ts'
import { choice, text } from './params.ts'

const schema = z.object({
  name: text().describe('the name'),
  use: choice(['systemd', 'debian', 'redhat', 'generic', 'alpine'])
    .optional()
    .describe(
      'how the name is kept: by hostnamectl, or in /etc/hostname; chosen by what the host has',
    ),
})

export const hostname = defineModule({
  name: 'hostname',
  summary: 'Set the name of the machine.',
  params: schema,
  effect: 'changes',
  returns: { name: 'the name', ansible_facts: 'facts that follow from it' },
  examples: `- hostname:
    name: node1`,
  probe: async (params, { host }) => {
    const { name } = params
    if (name === '' || name.length > 64 || /[\s/]/.test(name)) {
      return {
        failure: `${JSON.stringify(name)} is no name of a machine: up to 64 signs without blanks`,
      }
    }
    const asked = await host.ask(
      'uname -n; head -n 1 /etc/hostname 2>/dev/null || echo; [ -d /run/systemd/system ] && command -v hostnamectl',
    )
    const [running = '', kept = '', systemd = ''] = asked.stdout.toString('utf8').split('\n')
    const now = host.planned('hostname') ?? running
    const later = host.planned('hostname') ?? kept.trim()
    const isBySystemd = params.use === 'systemd' || (params.use === undefined && systemd !== '')
    if (params.use === 'systemd' && systemd === '') {
      return { failure: `${host.name} has no hostnamectl, or was not started by systemd` }
    }
    const script = isBySystemd
      ? `hostnamectl set-hostname -- ${quoteWord(name)}`
      : `printf '%s\\n' ${quoteWord(name)} > /etc/hostname && hostname -- ${quoteWord(name)}`
    const change: Change = {
      summary: `name the machine ${name}`,
      script,
      effects: [{ kind: 'state', key: 'hostname', value: name }],
    }
    const isSame = now === name && later === name
    const diff = {
      before: `hostname = ${later === name ? now : later}\n`,
      after: `hostname = ${name}\n`,
      beforeHeader: 'hostname',
      afterHeader: 'hostname',
    }
    const facts = factsOf(name)
    return {
      changes: isSame ? [] : [change],
      diffs: isSame ? [] : [diff],
      result: { name, ansible_facts: Object.fromEntries(facts) },
      facts: { values: facts, kind: 'facts' },
    }
  },
})

function factsOf(name: string): Map<string, Value> {
  const [short = name, ...domain] = name.split('.')
  return new Map<string, Value>([
    ['ansible_hostname', short],
    ['ansible_nodename', name],
    ['ansible_fqdn', name],
    ['ansible_domain', domain.join('.')],
  ])
}
