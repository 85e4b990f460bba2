// package_facts: the packages of the host, as facts. Not here: installing them.
import * as z from 'zod'
import type { Host } from '../host/host.ts'
import { fromPlain } from '../value/plain.ts'
import { Unknown, type Value } from '../value/value.ts'
import { splitLines } from './lines.ts'
import { defineModule, known, type Outcome } from './module.ts'
import { choice, words } from './params.ts'

const schema = z.object({
  manager: words().default(['auto']).describe('whose packages: auto, apt or rpm'),
  strategy: choice(['first', 'all']).default('first').describe('the first that is there, or all'),
})

interface Fact {
  readonly name: string
  readonly version: string
  readonly source: string
  readonly [field: string]: string | number | null
}

const SOURCES = ['apt', 'rpm'] as const
type Name = (typeof SOURCES)[number]

const PROGRAMS: Readonly<Record<Name, string>> = { apt: 'dpkg-query', rpm: 'rpm' }

export const packageFacts = defineModule({
  name: 'package_facts',
  summary: 'Read which packages are installed.',
  params: schema,
  effect: 'reads',
  returns: { ansible_facts: 'packages: a list of what is installed for each name' },
  examples: `- package_facts:
- debug:
    msg: "{{ packages.bash[0].version }}"`,
  notes: ['Knows apt and rpm; other managers are refused by name.'],
  probe: async (params, { host }) => {
    const asked = params.manager.map((name) => name.toLowerCase().replace(/^dnf$|^yum$/, 'rpm'))
    const odd = asked.find((name) => name !== 'auto' && !SOURCES.includes(name as Name))
    if (odd !== undefined) return { failure: `the manager ${odd} is not supported; use apt or rpm` }
    const order = asked.includes('auto') ? SOURCES : SOURCES.filter((name) => asked.includes(name))
    const installed = await host.packages()
    if (installed instanceof Unknown) return tell(installed)
    const packages: Record<string, Fact[]> = {}
    let count = 0
    for (const name of order) {
      if (count > 0 && params.strategy === 'first') break
      const found = await host.ask(`command -v ${PROGRAMS[name]}`)
      if (found.rc !== 0) continue
      count += 1
      for (const fact of name === 'apt' ? await readDebian(host) : await readRpm(host)) {
        ;(packages[fact.name] ??= []).push(fact)
      }
    }
    if (count === 0) {
      return { failure: `${host.name} has none of ${order.join(' and ')}` }
    }
    return tell(packages)
  },
})

/** What check mode cannot know is a fact all the same, so that it is not taken for undefined. */
function tell(packages: Readonly<Record<string, Fact[]>> | Unknown): Outcome {
  return {
    result: { ansible_facts: { packages } },
    facts: { values: new Map<string, Value>([['packages', fromPlain(packages)]]), kind: 'facts' },
  }
}

/** Names and versions are the host's or this run's plan; the rest is asked beside. */
async function readDebian(host: Host): Promise<Fact[]> {
  const format = '${Package}\\t${Version}\\t${Architecture}\\t${Section}\\t${db:Status-Abbrev}\\n'
  const [listed, installed] = await Promise.all([
    host.ask(`LC_ALL=C dpkg-query -W -f '${format}'`),
    host.packages(),
  ])
  const now = known(installed)
  const facts: Fact[] = []
  const seen = new Set<string>()
  const origins = await readOrigins(host)
  for (const line of splitLines(listed.stdout.toString('utf8'))) {
    const [name = '', version = '', arch = '', category = '', status = ''] = line.split('\t')
    if (!status.startsWith('ii') || !now.has(name)) continue
    const planned = now.get(name)?.version ?? version
    const origin = origins.get(name) ?? ''
    const text = seen.has(name) ? version : planned
    seen.add(name)
    facts.push({ name, version: text, arch, category, origin, source: 'apt' })
  }
  for (const [name, { version }] of now) {
    if (!seen.has(name))
      facts.push({ name, version, arch: '', category: '', origin: '', source: 'apt' })
  }
  return facts
}

/** Where apt would fetch the installed version: the origin of the first archive that has it. */
async function readOrigins(host: Host): Promise<ReadonlyMap<string, string>> {
  const answer = await host.ask(
    "LC_ALL=C apt-cache policy 2>/dev/null; echo ==; dpkg-query -W -f '${Package}\\n' | xargs -r env LC_ALL=C apt-cache policy 2>/dev/null",
    120_000,
  )
  const [releases = '', policies = ''] = answer.stdout.toString('utf8').split(/^==$/m)
  const byArchive = new Map<string, string>()
  let archive = ''
  for (const line of releases.split('\n')) {
    archive = /^\s*-?\d+ (\S+ \S+)/.exec(line)?.[1] ?? archive
    const origin = /^\s*release .*?\bo=([^,]*)/.exec(line)?.[1]
    if (origin !== undefined) byArchive.set(archive, origin)
  }
  const origins = new Map<string, string>()
  let name = ''
  let isInstalled = false
  for (const line of policies.split('\n')) {
    const head = /^(\S+):$/.exec(line)?.[1]
    if (head !== undefined) {
      name = head
      isInstalled = false
    } else if (/^ (\*\*\*| {3}) \S/.test(line)) isInstalled = line.startsWith(' ***')
    else if (isInstalled && !origins.has(name)) {
      const from = /^\s+-?\d+ (\S+ \S+)/.exec(line)?.[1]
      if (from !== undefined) origins.set(name, byArchive.get(from) ?? '')
    }
  }
  return origins
}

async function readRpm(host: Host): Promise<Fact[]> {
  const format = '%{NAME}\\t%{VERSION}\\t%{RELEASE}\\t%{EPOCH}\\t%{ARCH}\\n'
  const answer = await host.ask(`LC_ALL=C rpm -qa --qf '${format}'`)
  return splitLines(answer.stdout.toString('utf8')).map((line) => {
    const [name = '', version = '', release = '', epoch = '', arch = ''] = line.split('\t')
    const number = /^\d+$/.test(epoch) ? Number(epoch) : null
    return { name, version, release, epoch: number, arch, source: 'rpm' }
  })
}
