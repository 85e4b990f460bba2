// A new SSH key pair in the place of what is there, whole or not at all. Not here: whether one is
// needed (opensshkeypair.ts).
import { posix } from 'node:path'
import type { Change, Effect } from '../host/change.ts'
import { type Ownership, ownershipLines, writeFile } from '../host/files.ts'
import type { FileState, Host } from '../host/host.ts'
import { pathWord, quoteWord, quoteWords } from '../host/quote.ts'
import { Unknown } from '../value/value.ts'
import { type AttributeParams, parseMode, wantedOwnership } from './attributes.ts'

/** A large RSA key on a small machine takes its time. */
const LIMIT_MS = 600_000

export interface PairFiles {
  readonly path: string
  readonly key: FileState | null
  readonly pub: FileState | null
}

export interface KeyWish extends AttributeParams {
  readonly path: string
  readonly type: string
  readonly size: number
  readonly comment: string
}

/** Files that are there keep their owners and modes where the task names none. */
export async function makeKeys(
  host: Host,
  wish: KeyWish,
  { key, pub }: PairFiles,
  effect: Effect,
): Promise<Change> {
  const identity = await host.identity()
  const place = async (path: string, state: FileState | null, fresh: number) => {
    const ownership = await wantedOwnership(host, wish, state, identity)
    const before = state?.mode ?? fresh
    const mode = wish.mode === undefined ? before : parseMode(wish.mode, before, false)
    const content = new Unknown('the key is not made yet', host.name)
    return { ...ownership, path, content, mode, before: state, identity }
  }
  const files = [await place(wish.path, key, 0o600), await place(`${wish.path}.pub`, pub, 0o644)]
  const bits = wish.type === 'ed25519' ? [] : ['-b', String(wish.size)]
  const words = ['ssh-keygen', '-q', '-t', wish.type, ...bits, '-N', '', '-C', wish.comment]
  const lines = (file: Ownership & { mode: number; path: string }, from: string) => [
    ...ownershipLines(from, file, identity),
    `chmod ${file.mode.toString(8).padStart(5, '0')} ${from} || exit 1`,
    `mv -f -- ${from} ${pathWord(file.path)} || exit 1`,
  ]
  const folder = quoteWord(`${posix.dirname(wish.path)}/.cluster-os.XXXXXXXX`)
  return {
    summary: `make an SSH key pair at ${wish.path}`,
    script: [
      `d=$(mktemp -d ${folder}) || exit 1`,
      `trap 'rm -rf -- "$d"' EXIT; trap 'exit 143' HUP INT TERM`,
      `${quoteWords(words)} -f "$d/key" </dev/null >&2 || exit 1`,
      'cat "$d/key.pub" || exit 1',
      ...files.flatMap((file, index) => lines(file, index === 0 ? '"$d/key"' : '"$d/key.pub"')),
    ].join('\n'),
    limitMs: LIMIT_MS,
    effects: [...files.flatMap((file) => writeFile(file).effects), effect],
  }
}
