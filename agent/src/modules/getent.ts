// getent: entries of the system's databases, as facts. Not here: accounts as tasks want them.
import * as z from 'zod'
import { quoteWords } from '../host/quote.ts'
import { fromPlain } from '../value/plain.ts'
import { Unknown, type Value } from '../value/value.ts'
import { splitLines } from './lines.ts'
import { defineModule, known, type ModuleContext } from './module.ts'
import { bool, text } from './params.ts'

const schema = z.object({
  database: text().describe('passwd, group, hosts, services ...'),
  key: text().optional().describe('one entry; all when not given'),
  service: text().optional().describe('the only source that is asked: files, ldap ...'),
  split: text().optional().describe('what parts the fields; : for passwd, shadow, group, gshadow'),
  fail_key: bool().default(true).describe('fail when there is no such entry'),
})

const MEANINGS: Readonly<Record<number, string>> = {
  1: 'getent knows no such database',
  2: 'the database has no such entry',
  3: 'the database cannot be listed; give a key',
}

export const getent = defineModule({
  name: 'getent',
  summary: 'Read entries of databases such as passwd and hosts.',
  params: schema,
  effect: 'reads',
  returns: { ansible_facts: 'getent_DATABASE: the fields of each entry by its key' },
  examples: `- getent:
    database: passwd
    key: ada`,
  probe: async (params, context) => {
    const { database, key, service } = params
    const planned = await plannedEntry(database, key, context)
    const words = ['getent', ...(service === undefined ? [] : ['-s', service]), '--', database]
    const answer = await context.host.ask(`LC_ALL=C ${quoteWords(words)}${keyWord(key)}`)
    const fact = `getent_${database}`
    const tell = (entries: Record<string, unknown>, msg?: string) => ({
      result: { ansible_facts: { [fact]: entries }, ...(msg === undefined ? {} : { msg }) },
      facts: {
        values: new Map<string, Value>([[fact, fromPlain(entries)]]),
        kind: 'facts' as const,
      },
    })
    if (planned instanceof Unknown && key !== undefined) return tell({ [key]: planned })
    const rc = planned === 'gone' ? 2 : answer.rc
    if (rc === 0) return tell(parse(answer.stdout.toString('utf8'), splitter(params)))
    const message = MEANINGS[rc] ?? `getent ended with ${rc}`
    if (rc === 2 && !params.fail_key && key !== undefined) {
      return tell({ [key]: null }, message)
    }
    return { failure: message }
  },
})

function keyWord(key: string | undefined): string {
  return key === undefined ? '' : ` ${quoteWords([key])}`
}

/** An account that this run plans has numbers that nobody knows yet. */
async function plannedEntry(
  database: string,
  key: string | undefined,
  { host }: ModuleContext,
): Promise<Unknown | 'gone' | undefined> {
  if (!host.isOverlay || key === undefined) return undefined
  if (!['passwd', 'shadow', 'group', 'gshadow'].includes(database)) return undefined
  const isUser = database === 'passwd' || database === 'shadow'
  const state = known(await (isUser ? host.user(key) : host.group(key)))
  const answer = await host.ask(`LC_ALL=C ${quoteWords(['getent', '--', database, key])}`)
  if ((state === null) === (answer.rc !== 0)) return undefined
  if (state === null) return 'gone'
  return new Unknown(`${key} of ${database} is changed by this run`, host.name)
}

function splitter({ split, database }: { split?: string | undefined; database: string }) {
  if (split !== undefined) return split
  return ['passwd', 'shadow', 'group', 'gshadow'].includes(database) ? ':' : /\s+/
}

/** A key with several lines has a list of each. */
function parse(text: string, split: string | RegExp): Record<string, unknown> {
  const entries: Record<string, unknown> = {}
  const counts = new Map<string, number>()
  for (const line of splitLines(text)) {
    const [key = '', ...fields] = (split instanceof RegExp ? line.trim() : line).split(split)
    const count = (counts.get(key) ?? 0) + 1
    counts.set(key, count)
    if (count === 1) entries[key] = fields
    else if (count === 2) entries[key] = [entries[key], fields]
    else (entries[key] as unknown[]).push(fields)
  }
  return entries
}
