// git: a clone of a repository at a wanted version. One question finds what is there and what the
// remote has; the scripts that change it are in gitscript.ts.
import * as z from 'zod'
import { exportLines, quoteWord } from '../host/quote.ts'
import { Unknown } from '../value/value.ts'
import { cloneScript, type GitWish, sshCommand, updateScript } from './gitscript.ts'
import { defineModule, type ModuleContext, type Outcome } from './module.ts'
import { bool, int, path, text } from './params.ts'
import { settlePackages } from './programs.ts'

const schema = z.object({
  repo: text().describe('the address of the repository'),
  dest: path().describe('the folder on the host'),
  version: text().default('HEAD').describe('a branch, a tag or a full commit'),
  remote: text().default('origin').describe('what the remote is called'),
  refspec: text().optional().describe('a further refspec to fetch'),
  force: bool().default(false).describe('throw local modifications away'),
  clone: bool().default(true).describe('clone when nothing is there'),
  update: bool().default(true).describe('fetch what is new when a clone is there'),
  depth: int().optional().describe('fetch only so many commits'),
  single_branch: bool().default(false).describe('clone only the branch of the version'),
  bare: bool().default(false).describe('a repository without a working tree'),
  recursive: bool().default(true).describe('submodules too'),
  key_file: path().optional().describe('the private key for SSH, on the host'),
  ssh_opts: text().optional().describe('options for ssh'),
  accept_hostkey: bool().default(false).describe('trust the host key of a new server'),
  accept_newhostkey: bool().default(false).describe('the same'),
  executable: path().optional().describe('the git to use'),
  umask: text().optional().describe('octal mask for new files'),
})

export type GitParams = z.output<typeof schema>

/** Servers may be slow; the task's own `timeout:` is shorter when wanted. */
const REMOTE_LIMIT_MS = 300_000

export const git = defineModule({
  name: 'git',
  summary: 'Have a clone of a git repository at a version.',
  params: schema,
  aliases: { name: 'repo' },
  effect: 'changes',
  returns: {
    before: 'the commit that was there; none before a clone',
    after: 'the commit that is there afterwards',
    remote_url_changed: 'true when the address of the remote was another',
  },
  examples: `- git:
    repo: https://example.org/tool.git
    dest: /opt/tool
    version: v1.2`,
  notes: [
    'The host needs git. It never asks for a password: give a key or a credential store.',
    'verify_commit, archive, reference, separate_git_dir and track_submodules are not supported.',
  ],
  probe: async (params, context) => {
    const refused = refuse(params)
    if (refused !== undefined) return { failure: refused }
    const found = await look(params, context)
    if ('failure' in found) {
      await settlePackages(context.host)
      return { failure: found.failure }
    }
    return found.before === undefined
      ? planClone(params, context, found)
      : planUpdate(params, context, { ...found, before: found.before })
  },
})

function refuse(params: GitParams): string | undefined {
  if (params.version.startsWith('-')) return 'version does not begin with a dash'
  if (params.remote.startsWith('-')) return 'remote does not begin with a dash'
  if (params.depth !== undefined && params.depth < 1) return 'depth is at least 1'
  if (params.umask !== undefined && !/^0?[0-7]{1,4}$/.test(params.umask)) {
    return 'umask is an octal number, quoted'
  }
  return undefined
}

interface Found {
  /** The commit of HEAD; undefined when there is no repository. */
  readonly before: string | undefined
  readonly hasModifications: boolean
  readonly url: string
  readonly hasStaleSubmodules: boolean
  /** What the remote has: commits by ref. */
  readonly refs: ReadonlyMap<string, string>
  /** The commit that the version is here already, for what is no ref of the remote. */
  readonly local: string
  /** Why the remote cannot be asked. */
  readonly remoteError: string
}

/** Everything that the decision needs, in one question of several parts. */
async function look(
  params: GitParams,
  { host, environment }: ModuleContext,
): Promise<Found | { failure: string }> {
  const dest = quoteWord(params.dest)
  const program = quoteWord(params.executable ?? 'git')
  const folder = params.bare ? dest : `${dest}/.git`
  const script = [
    '(',
    ...exportLines(environment),
    ...sshCommand(params),
    `command -v ${program} >/dev/null || { echo "the host needs git: install it first" >&2; exit 9; }`,
    `g() { ${program} -C ${dest} "$@"; }`,
    `if [ -e ${folder}/${params.bare ? 'config' : 'HEAD'} ] || [ -f ${folder} ]; then echo there`,
    'g rev-parse --verify -q HEAD || echo',
    params.bare ? 'echo' : "g status --porcelain | grep -v '^??' | head -n 1 | grep . || echo",
    `g config --get remote.${quoteWord(params.remote)}.url || echo`,
    params.recursive && !params.bare
      ? "g submodule status --recursive 2>/dev/null | grep -m 1 '^[-+]' || echo"
      : 'echo',
    `g rev-parse --verify -q ${quoteWord(`${params.version}^{commit}`)} || echo`,
    'else echo none; fi',
    ...(params.update || params.clone
      ? [`${program} ls-remote -- ${quoteWord(params.repo)} || echo "!"`]
      : []),
    ')',
  ].join('\n')
  const answer = await host.ask(script, REMOTE_LIMIT_MS)
  const said = answer.stderr.toString('utf8').trim()
  if (answer.rc !== 0) return { failure: said === '' ? 'git could not be asked' : said }
  return readFound(answer.stdout.toString('utf8').split('\n'), said)
}

function readFound(lines: readonly string[], said: string): Found {
  const isThere = lines[0] === 'there'
  const [before, modified, url, stale, local] = isThere ? lines.slice(1, 6) : []
  const rest = lines.slice(isThere ? 6 : 1)
  const refs = new Map<string, string>()
  for (const line of rest) {
    const [commit, ref] = line.split('\t')
    if (commit !== undefined && ref !== undefined) refs.set(ref, commit)
  }
  return {
    before: isThere ? (before ?? '') : undefined,
    hasModifications: (modified ?? '') !== '',
    url: url ?? '',
    hasStaleSubmodules: (stale ?? '') !== '',
    refs,
    local: local ?? '',
    remoteError: rest.includes('!') ? said : '',
  }
}

interface Target {
  readonly kind: GitWish['kind']
  /** Empty when only the fetch can tell. */
  readonly commit: string
}

/** What the version means at the remote: a branch before a tag, as Ansible has it. */
function targetOf({ version }: GitParams, { refs, local }: Found): Target | undefined {
  if (version === 'HEAD') {
    const commit = refs.get('HEAD')
    return commit === undefined ? undefined : { kind: 'head', commit }
  }
  const branch = refs.get(`refs/heads/${version}`)
  if (branch !== undefined) return { kind: 'branch', commit: branch }
  const tag = refs.get(`refs/tags/${version}^{}`) ?? refs.get(`refs/tags/${version}`)
  if (tag !== undefined) return { kind: 'tag', commit: tag }
  if (/^[0-9a-f]{40}$/.test(version)) return { kind: 'commit', commit: version }
  if (/^[0-9a-f]{4,39}$/.test(version)) return { kind: 'commit', commit: local }
  return refs.has(version) ? { kind: 'ref', commit: refs.get(version) ?? '' } : undefined
}

function noTarget(params: GitParams, { host }: ModuleContext, found: Found): Outcome {
  const failure =
    found.remoteError === ''
      ? `the repository ${params.repo} has no branch, tag or commit ${params.version}`
      : `cannot ask ${params.repo}: ${found.remoteError}`
  // In check mode an earlier task may be about to make the repository, or the way to it.
  return host.isOverlay ? { isChanged: new Unknown(failure, host.name) } : { failure }
}

function planClone(params: GitParams, context: ModuleContext, found: Found): Outcome {
  if (!params.clone) {
    // Ansible calls this a change, though it makes none.
    return { isChanged: true, result: { before: null, after: found.refs.get('HEAD') ?? null } }
  }
  const target = targetOf(params, found)
  if (target === undefined) return noTarget(params, context, found)
  const script = cloneScript({ params, kind: target.kind, environment: context.environment })
  return outcomeOf(params, context, { before: null, target, script, words: 'clone' })
}

function planUpdate(
  params: GitParams,
  context: ModuleContext,
  found: Found & { before: string },
): Outcome {
  const { before } = found
  if (!params.update) return { result: { before, after: before } }
  if (found.hasModifications && !params.force) {
    return {
      failure: `Local modifications exist in the destination: ${params.dest} (force=no).`,
      result: { before },
    }
  }
  const target = targetOf(params, found)
  if (target === undefined) return noTarget(params, context, found)
  const isMoved = found.url !== params.repo
  const isOff = target.commit !== before || found.hasModifications || found.hasStaleSubmodules
  const url = { remote_url_changed: isMoved }
  if (!isOff && !isMoved) return { result: { before, after: before, ...url } }
  const script = updateScript({ params, kind: target.kind, environment: context.environment })
  const planned = outcomeOf(params, context, { before, target, script, words: 'update' })
  const msg = found.hasModifications
    ? { msg: `Local modifications exist in the destination: ${params.dest}` }
    : {}
  return { ...planned, result: { ...planned.result, ...url, ...msg } }
}

interface Plan {
  readonly before: string | null
  readonly target: Target
  readonly script: string
  readonly words: string
}

function outcomeOf(params: GitParams, { host, isDiff }: ModuleContext, plan: Plan): Outcome {
  const { before, target, script, words } = plan
  const reason = new Unknown(`${words} of ${params.repo}`, host.name)
  const after = target.commit === '' ? reason : target.commit
  return {
    changes: [
      {
        summary: `${words} ${params.repo} in ${params.dest}`,
        script: `export PATH\n${script}`,
        effects: [{ kind: 'taint', words: [params.dest], reason }],
      },
    ],
    diffs: isDiff
      ? [
          {
            before: before === null ? '' : `${before}\n`,
            after: after instanceof Unknown ? after : `${after}\n`,
            beforeHeader: params.dest,
            afterHeader: params.dest,
          },
        ]
      : [],
    result: { before, after },
    finish: ([ran]) => {
      const commit = ran?.stdout.toString('utf8').trim().split('\n').at(-1) ?? ''
      return { result: { after: commit } }
    },
  }
}
