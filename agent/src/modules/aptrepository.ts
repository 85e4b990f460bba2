// apt_repository: sources of packages as single lines, in /etc/apt/sources.list and the *.list
// files beside it. Not here: sources as paragraphs (deb822.ts) and keys (aptkey.ts).
import * as z from 'zod'
import type { Change } from '../host/change.ts'
import type { Host } from '../host/host.ts'
import { pathWord, quoteWord } from '../host/quote.ts'
import { trialScript } from '../host/trial.ts'
import { defineModule, known, type ModuleContext } from './module.ts'
import { bool, choice, int, mode, text } from './params.ts'
import { planNoFile, planTextFile, readTextFile } from './textfile.ts'

const MAIN_FILE = '/etc/apt/sources.list'
const FOLDER = '/etc/apt/sources.list.d'

const schema = z.object({
  repo: text().describe('the source: deb http://deb.debian.org/debian trixie main'),
  state: choice(['present', 'absent'])
    .default('present')
    .describe('whether there is such a source'),
  filename: text().optional().describe('name of a new file, without .list'),
  mode: mode().optional().describe('permission bits of a new file'),
  update_cache: bool().default(true).describe('fetch the lists of packages after a change'),
  update_cache_retries: int().default(5).describe('how often fetching is tried again'),
  update_cache_retry_max_delay: int().default(12).describe('most seconds between two tries'),
  codename: text().optional().describe('accepted; only a ppa: would need it'),
  validate_certs: bool().default(true).describe('accepted; only a ppa: would need it'),
  install_python_apt: bool().default(true).describe('accepted; nothing is needed on the host'),
})

type Params = z.output<typeof schema>

interface Line {
  readonly raw: string
  readonly source: string | undefined
  readonly isEnabled: boolean
  readonly comment: string
}

interface SourceFile {
  readonly path: string
  readonly before: string | undefined
  readonly lines: readonly Line[]
}

export const aptRepository = defineModule({
  name: 'apt_repository',
  summary: 'Add or remove sources of packages.',
  params: schema,
  aliases: { 'update-cache': 'update_cache' },
  effect: 'changes',
  returns: {
    repo: 'the source as it was given',
    state: 'present or absent',
    sources_added: 'files that were made',
    sources_removed: 'files that were taken away',
  },
  examples: `- apt_repository:
    repo: deb [signed-by=/etc/apt/keyrings/x.asc] https://example.org/debian trixie main
    filename: example`,
  notes: ['ppa: is refused: name the archive and its key yourself.'],
  probe: async (params, context) => {
    if (params.repo.startsWith('ppa:')) {
      return { failure: `${params.repo}: ppa: is not supported; give the deb line and its key` }
    }
    const wish = parseLine(params.repo)
    if (wish.source === undefined || !wish.isEnabled) {
      return { failure: `this is no source of packages: ${params.repo}` }
    }
    const before = await readSources(context.host)
    if (params.state === 'absent' && !hasSource(before, wish)) {
      // A file that a planned package or an unknown task may bring leaves the verdict open.
      known(await context.host.stat(fileFor(params)))
    }
    const after =
      params.state === 'present' ? add(before, wish, fileFor(params)) : remove(before, wish)
    return planFiles(params, context, before, after)
  },
})

/** A line of a list: a source, a source that is switched off, or something else. */
function parseLine(raw: string): Line {
  let rest = raw.trim()
  const isEnabled = !rest.startsWith('#')
  if (!isEnabled) rest = rest.slice(1)
  const cut = rest.indexOf('#')
  const comment = cut < 0 ? '' : rest.slice(cut + 1).trim()
  const words = (cut < 0 ? rest : rest.slice(0, cut)).trim().split(/\s+/)
  const isSource = ['deb', 'deb-src'].includes(words[0] ?? '') && words.length > 2
  return { raw, source: isSource ? words.join(' ') : undefined, isEnabled, comment }
}

function spell({ source = '', isEnabled, comment }: Line): string {
  return `${isEnabled ? '' : '# '}${source}${comment === '' ? '' : ` # ${comment}`}`
}

async function readSources(host: Host): Promise<SourceFile[]> {
  const state = known(await host.stat(FOLDER, { follow: true }))
  const names = state === null ? [] : known(await host.list(FOLDER))
  const lists = names.filter((name) => name.endsWith('.list')).map((name) => `${FOLDER}/${name}`)
  return Promise.all(
    [MAIN_FILE, ...lists].map(async (path) => {
      const before = await readTextFile(host, path)
      return { path, before, lines: linesOf(before ?? '').map(parseLine) }
    }),
  )
}

function linesOf(content: string): string[] {
  const lines = content.split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines
}

/** The file's name: that of the archive without its scheme, account and signs. */
function fileFor(params: Params): string {
  if (params.filename !== undefined) {
    const { filename } = params
    return filename.startsWith('/') ? filename : `${FOLDER}/${filename}.list`
  }
  const plain = params.repo.replaceAll(/\[[^\]]+\]/g, '').replaceAll(/\w+:\/\//g, '')
  const archive = plain.split(/\s+/).find((word) => word !== '' && !/^deb(-src)?$/.test(word)) ?? ''
  const bare = archive.slice(archive.indexOf('@') + 1)
  const name = bare.split(/[^a-zA-Z0-9]+/).filter((word) => word !== '')
  return `${FOLDER}/${name.join('_')}.list`
}

function hasSource(files: readonly SourceFile[], wish: Line): boolean {
  return files.some(({ lines }) => lines.some(({ source }) => source === wish.source))
}

/** A source that is there is switched on wherever it stands; else it ends its file. */
function add(files: readonly SourceFile[], wish: Line, path: string): SourceFile[] {
  if (hasSource(files, wish)) {
    return files.map((file) => ({
      ...file,
      lines: file.lines.map((line) =>
        line.source === wish.source ? { ...line, isEnabled: true } : line,
      ),
    }))
  }
  const own = files.find((file) => file.path === path)
  if (own === undefined) return [...files, { path, before: undefined, lines: [wish] }]
  return files.map((file) => (file === own ? { ...file, lines: [...file.lines, wish] } : file))
}

function remove(files: readonly SourceFile[], wish: Line): SourceFile[] {
  return files.map((file) => ({
    ...file,
    lines: file.lines.filter((line) => line.source !== wish.source || !line.isEnabled),
  }))
}

async function planFiles(
  params: Params,
  context: ModuleContext,
  before: readonly SourceFile[],
  after: readonly SourceFile[],
) {
  const touched = after.filter((file) => !isSame(before, file))
  const texts = new Map(touched.map((file) => [file, contentOf(before, file)]))
  const wanted = [...texts.values()]
  const plans = await Promise.all(
    touched.map((file) =>
      file.lines.length === 0 && file.path !== MAIN_FILE
        ? planNoFile(context, file.path)
        : planTextFile(context, {
            path: file.path,
            text: texts.get(file) ?? '',
            mode: params.mode ?? (file.before === undefined ? '0644' : undefined),
            hasParents: true,
          }),
    ),
  )
  const failure = plans.find((plan) => plan.failure !== undefined)?.failure
  if (failure !== undefined) return { failure }
  const changes = plans.flatMap((plan) => plan.changes)
  const added = touched.filter((file) => file.before === undefined).map(({ path }) => path)
  const removed = touched.filter((file) => file.lines.length === 0).map(({ path }) => path)
  return {
    changes: [
      ...changes,
      ...(changes.length > 0 && params.update_cache ? [update(params, touched, wanted)] : []),
    ],
    diffs: plans.flatMap((plan) => plan.diffs),
    result: {
      repo: params.repo,
      state: params.state,
      ...(changes.length === 0 ? {} : { sources_added: added, sources_removed: removed }),
    },
  }
}

function contentOf(before: readonly SourceFile[], file: SourceFile): string {
  return file.lines.map((line) => `${textOf(before, file.path, line)}\n`).join('')
}

/** Lines that stay as they are keep their spelling. */
function textOf(before: readonly SourceFile[], path: string, line: Line): string {
  const old = before.find((file) => file.path === path)?.lines ?? []
  return old.includes(line) ? line.raw : spell(line)
}

function isSame(before: readonly SourceFile[], file: SourceFile): boolean {
  const old = before.find(({ path }) => path === file.path)?.lines
  return (
    old !== undefined &&
    old.length === file.lines.length &&
    old.every(
      (line, index) =>
        line.source === file.lines[index]?.source &&
        line.isEnabled === file.lines[index]?.isEnabled,
    )
  )
}

const FETCH_LIMIT_MS = 120_000

/** Fetches the lists of the files that are new or others, into a folder that is thrown away. */
function fetchTrial(wanted: readonly string[]): string {
  const files = wanted.map(
    (text, index) => `printf %s ${quoteWord(text)} > "$d/parts/${index}.list"`,
  )
  const folders = 'sourceparts=$d/parts -o Dir::State::Lists=$d/lists -o Dir::Cache=$d/cache'
  return trialScript([
    'mkdir -p "$d/parts" "$d/lists/partial" "$d/cache/archives/partial" || exit 1',
    ...files,
    'LC_ALL=C apt-get -q -o APT::Update::Error-Mode=any -o APT::Sandbox::User=root \\',
    `  -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::${folders.replaceAll(' -o ', '" -o "')}" update`,
  ])
}

/** Fetches the lists; when that fails the files are put back, as they would break every apt. */
function update(params: Params, touched: readonly SourceFile[], wanted: readonly string[]): Change {
  const back = touched.map(({ path, before }) =>
    before === undefined
      ? `rm -f -- ${pathWord(path)}`
      : `printf %s ${quoteWord(before)} > ${pathWord(path)}`,
  )
  return {
    summary: 'fetch the lists of packages',
    script: [
      `n=0; w=1; until DEBIAN_FRONTEND=noninteractive LC_ALL=C apt-get -q -o APT::Update::Error-Mode=any -o DPkg::Lock::Timeout=60 update; do`,
      `n=$((n + 1)); if [ "$n" -ge ${params.update_cache_retries} ]; then`,
      ...back,
      `exit 1; fi; sleep "$w"; w=$((w * 2)); [ "$w" -le ${params.update_cache_retry_max_delay} ] || w=${params.update_cache_retry_max_delay}; done`,
    ].join('\n'),
    effects: [],
    trial: {
      script: fetchTrial(wanted),
      doubt: 'whether the lists of packages can be fetched',
      limitMs: FETCH_LIMIT_MS,
    },
  }
}
