// deb822_repository: sources of packages as paragraphs, one file for each, with the key beside it
// or within. Not here: sources as lines (aptrepository.ts).
import * as z from 'zod'
import { fetchScript } from './fetching.ts'
import { defineModule, type ModuleContext, type Outcome } from './module.ts'
import { bool, choice, int, mode, text, words } from './params.ts'
import { planNoFile, planTextFile, type TextPlan } from './textfile.ts'

const SOURCES = '/etc/apt/sources.list.d'
const KEYRINGS = '/etc/apt/keyrings'

const schema = z.object({
  name: text().describe('name of the source, and of its file'),
  state: choice(['present', 'absent'])
    .default('present')
    .describe('whether there is such a source'),
  types: words().default(['deb']).describe('deb, deb-src or both'),
  uris: words().optional().describe('where the archive is'),
  suites: words().optional().describe('suites, or paths that end with a slash'),
  components: words().optional().describe('components of the suites'),
  signed_by: text().optional().describe('the key: a URL, a path, a fingerprint or the key itself'),
  architectures: words().optional().describe('architectures to fetch'),
  enabled: bool().optional().describe('whether apt uses it'),
  languages: words().optional().describe('languages of translations to fetch'),
  targets: words().optional().describe('which indexes to fetch'),
  by_hash: bool().optional().describe('fetch indexes by their digests'),
  pdiffs: bool().optional().describe('fetch differences of indexes'),
  trusted: bool().optional().describe('whether it is believed whatever signs it'),
  allow_insecure: bool().optional().describe('use it without a signature'),
  allow_weak: bool().optional().describe('use it with weak digests'),
  allow_downgrade_to_insecure: bool().optional().describe('use it when its signature is gone'),
  check_date: bool().optional().describe('refuse what was made in the future'),
  check_valid_until: bool().optional().describe('refuse what is out of date'),
  date_max_future: int().optional().describe('seconds into the future that are allowed'),
  inrelease_path: text().optional().describe('path of the signed file of the archive'),
  install_python_debian: bool().default(false).describe('accepted; nothing is needed on the host'),
  mode: mode().optional().describe('permission bits of the files'),
})

type Params = z.output<typeof schema>

/** Fields of a paragraph in the order of the arguments' names, as Ansible writes them. */
const FIELDS = {
  allow_downgrade_to_insecure: 'Allow-Downgrade-To-Insecure',
  allow_insecure: 'Allow-Insecure',
  allow_weak: 'Allow-Weak',
  architectures: 'Architectures',
  by_hash: 'By-Hash',
  check_date: 'Check-Date',
  check_valid_until: 'Check-Valid-Until',
  components: 'Components',
  date_max_future: 'Date-Max-Future',
  enabled: 'Enabled',
  inrelease_path: 'InRelease-Path',
  languages: 'Languages',
  pdiffs: 'PDiffs',
  signed_by: 'Signed-By',
  suites: 'Suites',
  targets: 'Targets',
  trusted: 'Trusted',
  types: 'Types',
  uris: 'URIs',
} as const

export const deb822Repository = defineModule({
  name: 'deb822_repository',
  summary: 'Add or remove sources of packages that are written as paragraphs.',
  params: schema,
  aliases: { 'allow-downgrade-to-insecure': 'allow_downgrade_to_insecure' },
  effect: 'changes',
  returns: {
    repo: 'the paragraph',
    dest: 'the file of the source',
    key_filename: 'the file of the key, when signed_by is a URL',
  },
  examples: `- deb822_repository:
    name: example
    uris: https://example.org/debian
    suites: trixie
    components: main
    signed_by: https://example.org/key.asc`,
  notes: ['The lists of packages are not fetched: apt with update_cache does that.'],
  probe: async (params, context) => {
    const slug = slugOf(params.name)
    const dest = `${SOURCES}/${slug}.sources`
    if (params.state === 'absent') return remove(slug, dest, context)
    const refused = refuse(params)
    if (refused !== undefined) return { failure: refused }
    const key = await planKey(params, slug, context)
    if (key.failure !== undefined) return { failure: key.failure }
    const repo = paragraph({ ...params, signed_by: key.value })
    const file = await planTextFile(context, {
      path: dest,
      text: repo,
      mode: params.mode ?? '0644',
      hasParents: true,
    })
    return together([key.plan, file], {
      repo,
      dest,
      ...(key.path === undefined ? {} : { key_filename: key.path }),
    })
  },
})

function slugOf(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
}

function refuse(params: Params): string | undefined {
  if (slugOf(params.name) === '') return `no name of a file can be made of ${params.name}`
  if (params.types.some((type) => !['deb', 'deb-src'].includes(type))) {
    return `types are deb and deb-src, not ${params.types.join(' ')}`
  }
  const isPath = params.suites?.every((suite) => suite.endsWith('/')) ?? false
  if (!isPath && params.suites !== undefined && (params.components ?? []).length === 0) {
    return 'components are required unless every suite is a path that ends with a slash'
  }
  if (params.uris === undefined || params.suites === undefined) {
    return 'uris and suites are required with state=present'
  }
  return undefined
}

function paragraph(params: Params): string {
  const lines = [`X-Repolib-Name: ${params.name}`]
  for (const [argument, field] of Object.entries(FIELDS)) {
    const value = params[argument as keyof typeof FIELDS]
    if (value === undefined) continue
    if (argument === 'signed_by') lines.push(`${field}:${signedBy(String(value))}`)
    else lines.push(`${field}: ${spell(value)}`)
  }
  return `${lines.join('\n')}\n`
}

function spell(value: string | number | boolean | readonly string[]): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  return typeof value === 'object' ? value.join(' ') : String(value)
}

/** A key within is indented, and its empty lines are dots. */
function signedBy(value: string): string {
  const lines = value.trim().split('\n')
  if (lines.length === 1) return ` ${lines[0]}`
  return lines.map((line) => `\n ${line.trim() === '' ? '.' : line.trim()}`).join('')
}

interface KeyPlan {
  readonly value: string | undefined
  readonly path?: string
  readonly plan: TextPlan
  readonly failure?: string
}

/** A key behind a URL is fetched by the host, and lies in a file of its own. */
async function planKey(params: Params, slug: string, context: ModuleContext): Promise<KeyPlan> {
  const none: TextPlan = { changes: [], diffs: [] }
  const key = params.signed_by
  if (key === undefined || !/^(https?|ftp|file):\/\//.test(key)) return { value: key, plan: none }
  const answer = await context.host.ask(`${fetchScript(key)} | base64`, 60_000)
  const content = Buffer.from(answer.stdout.toString('latin1'), 'base64')
  if (answer.rc !== 0 || content.length === 0) {
    const said = answer.stderr.toString('utf8').trim()
    return { value: key, plan: none, failure: `cannot fetch the key ${key}: ${said}` }
  }
  const isArmored = content.toString('latin1').startsWith('-----BEGIN PGP')
  const path = `${KEYRINGS}/${slug}.${isArmored ? 'asc' : 'gpg'}`
  const plan = await planTextFile(context, {
    path,
    content,
    mode: params.mode ?? '0644',
    hasParents: true,
  })
  return {
    value: path,
    path,
    plan,
    ...(plan.failure === undefined ? {} : { failure: plan.failure }),
  }
}

async function remove(slug: string, dest: string, context: ModuleContext): Promise<Outcome> {
  const keys = ['asc', 'gpg'].map((ending) => `${KEYRINGS}/${slug}.${ending}`)
  const plans = await Promise.all([dest, ...keys].map((path) => planNoFile(context, path)))
  return together(plans, { repo: null, dest, key_filename: null })
}

function together(plans: readonly TextPlan[], result: Record<string, unknown>): Outcome {
  const failure = plans.find((plan) => plan.failure !== undefined)?.failure
  if (failure !== undefined) return { failure }
  return {
    changes: plans.flatMap(({ changes }) => changes),
    diffs: plans.flatMap(({ diffs }) => diffs),
    result,
  }
}
