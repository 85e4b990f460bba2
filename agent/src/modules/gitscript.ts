// The scripts that clone and update a repository. They print the commit of HEAD at their end. Not
// here: whether anything has to be done (git.ts).
import { pathWord, quoteWord } from '../host/quote.ts'
import type { GitParams } from './git.ts'

export interface GitWish {
  readonly params: GitParams
  readonly kind: 'head' | 'branch' | 'tag' | 'commit' | 'ref'
  readonly environment: Readonly<Record<string, string>>
}

/** How git reaches a server by SSH; it never stops to ask for anything. */
export function sshCommand(params: GitParams): string[] {
  const words = ['ssh', '-o BatchMode=yes']
  if (params.key_file !== undefined) {
    words.push(`-i ${quoteWord(params.key_file)}`, '-o IdentitiesOnly=yes')
  }
  if (params.accept_hostkey || params.accept_newhostkey) {
    words.push('-o StrictHostKeyChecking=accept-new')
  }
  if (params.ssh_opts !== undefined) words.push(params.ssh_opts)
  const isOwn = words.length > 2
  const ssh = quoteWord(words.join(' '))
  return [
    'export GIT_TERMINAL_PROMPT=0',
    `${isOwn ? '' : '[ -n "$GIT_SSH_COMMAND" ] || '}export GIT_SSH_COMMAND=${ssh}`,
  ]
}

function begin(params: GitParams): string[] {
  const program = quoteWord(params.executable ?? 'git')
  return [
    ...sshCommand(params),
    ...(params.umask === undefined ? [] : [`umask ${params.umask}`]),
    `g() { ${program} -C ${quoteWord(params.dest)} "$@"; }`,
    'exec 3>&1 1>&2',
  ]
}

/** Submodules as the commit has them, and the commit that is there now. */
function end(params: GitParams): string[] {
  return [
    ...(params.recursive && !params.bare
      ? [
          `if [ -f ${quoteWord(params.dest)}/.gitmodules ]; then g submodule sync --recursive -q &&`,
          'g submodule update -q --init --recursive || exit 1; fi',
        ]
      : []),
    'g rev-parse HEAD >&3 || exit 1',
  ]
}

export function cloneScript({ params, kind }: GitWish): string {
  const program = quoteWord(params.executable ?? 'git')
  const isNamed = kind === 'branch' || kind === 'tag'
  const words = [
    '-q',
    `--origin ${quoteWord(params.remote)}`,
    ...(params.bare ? ['--bare'] : []),
    ...(params.depth === undefined || !(isNamed || kind === 'head')
      ? []
      : [`--depth ${params.depth}`]),
    ...(params.single_branch ? ['--single-branch'] : []),
    ...(isNamed ? [`--branch ${quoteWord(params.version)}`] : []),
  ].join(' ')
  return [
    ...begin(params),
    `mkdir -p -- "$(dirname -- ${pathWord(params.dest)})" || exit 1`,
    `${program} clone ${words} -- ${quoteWord(params.repo)} ${pathWord(params.dest)} || exit 1`,
    // A bare clone has no remote of its own unless it is told one.
    ...(params.bare ? [setUrl(params)] : []),
    ...(params.refspec === undefined ? [] : [`g fetch -q ${remoteWords(params)} || exit 1`]),
    ...(kind === 'commit' || kind === 'ref' ? atCommit(params) : []),
    ...end(params),
  ].join('\n')
}

function remoteWords(params: GitParams): string {
  return `${quoteWord(params.remote)} ${quoteWord(params.refspec ?? '')}`.replace(/ ''$/, '')
}

function setUrl(params: GitParams): string {
  const remote = quoteWord(params.remote)
  return `g config remote.${remote}.url ${quoteWord(params.repo)} || exit 1`
}

/** A commit that no ref leads to is asked for by itself. */
function atCommit(params: GitParams): string[] {
  const version = quoteWord(params.version)
  const commit = quoteWord(`${params.version}^{commit}`)
  const remote = quoteWord(params.remote)
  return [
    `g cat-file -e ${commit} 2>/dev/null || g fetch -q ${remote} ${version} || exit 1`,
    ...(params.bare
      ? []
      : [
          `c=$(g rev-parse --verify -q ${commit} || g rev-parse FETCH_HEAD) || exit 1`,
          'g checkout -q --force --detach "$c" -- || exit 1',
        ]),
  ]
}

export function updateScript({ params, kind }: GitWish): string {
  const remote = quoteWord(params.remote)
  const { version } = params
  const depth = params.depth === undefined ? '' : ` --depth ${params.depth}`
  const heads = params.bare
    ? `'+refs/heads/*:refs/heads/*'`
    : quoteWord(`+refs/heads/*:refs/remotes/${params.remote}/*`)
  const one = quoteWord(`+refs/heads/${version}:refs/remotes/${params.remote}/${version}`)
  const tag = quoteWord(`+refs/tags/${version}:refs/tags/${version}`)
  const isShallow = params.depth !== undefined && !params.bare
  const few = { branch: one, tag } as Readonly<Record<string, string>>
  const wanted = isShallow ? (few[kind] ?? heads) : heads
  return [
    ...begin(params),
    setUrl(params),
    ...(params.bare || !params.force ? [] : ['g reset -q --hard || exit 1']),
    `g fetch -q --tags --force${depth} ${remote} ${wanted} || exit 1`,
    ...(params.refspec === undefined ? [] : [`g fetch -q ${remoteWords(params)} || exit 1`]),
    ...(params.bare ? [] : switchLines(params, kind)),
    ...end(params),
  ].join('\n')
}

/** The name of the remote's own branch. */
const HEAD_BRANCH = "sed -n 's|^ref: refs/heads/\\(.*\\)\\tHEAD$|\\1|p'"

function switchLines(params: GitParams, kind: GitWish['kind']): string[] {
  if (kind === 'commit' || kind === 'ref') return atCommit(params)
  if (kind === 'tag') {
    const tag = quoteWord(`refs/tags/${params.version}`)
    return [`g checkout -q --force --detach ${tag} -- || exit 1`]
  }
  const name =
    kind === 'branch'
      ? `b=${quoteWord(params.version)}`
      : `b=$(g ls-remote --symref ${quoteWord(params.remote)} HEAD | ${HEAD_BRANCH})`
  return [
    `${name}; [ -n "$b" ] || exit 1; r=refs/remotes/${quoteWord(params.remote)}/$b`,
    'if g show-ref -q --verify "refs/heads/$b"; then g checkout -q --force "$b" --',
    'else g checkout -q --force --no-track -b "$b" "$r" --; fi || exit 1',
    // A shallow clone fetches one branch only; another one has nothing to be tracked by.
    'g branch -q --set-upstream-to "$r" 2>/dev/null || :',
    'g reset -q --hard "$r" -- || exit 1',
  ]
}
