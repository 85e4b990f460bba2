// Archives on a host: which program reads one, and scripts that compare, unpack and list it. tar's
// kinds are read by GNU tar, zip files by unzip. Not here: what is wanted of them (unarchive.ts).
import { quoteWord, quoteWords } from '../host/quote.ts'

export interface Archive {
  /** The name that Ansible gives to what reads it. */
  readonly handler: string
  readonly program: 'tar' | 'unzip'
  readonly flags: readonly string[]
}

const KINDS: readonly (readonly [magic: string, offset: number, archive: Archive])[] = [
  ['\x1f\x8b', 0, { handler: 'TgzArchive', program: 'tar', flags: ['-z'] }],
  ['BZh', 0, { handler: 'TarBzipArchive', program: 'tar', flags: ['-j'] }],
  ['\xfd7zXZ', 0, { handler: 'TarXzArchive', program: 'tar', flags: ['-J'] }],
  ['(\xb5/\xfd', 0, { handler: 'TarZstdArchive', program: 'tar', flags: ['--zstd'] }],
  ['PK', 0, { handler: 'ZipArchive', program: 'unzip', flags: [] }],
  ['ustar', 257, { handler: 'TarArchive', program: 'tar', flags: [] }],
]

/** As many bytes as it takes to know a kind. */
export const MAGIC_BYTES = 262

/** The kind of an archive by how it begins; undefined for anything else. */
export function archiveOf(head: Buffer): Archive | undefined {
  const text = head.toString('latin1')
  return KINDS.find(([magic, offset]) => text.startsWith(magic, offset))?.[2]
}

export interface ArchiveWish {
  readonly archive: Archive
  /** The shell's word for the archive, quoted already; `-` reads standard input. */
  readonly source: string
  readonly dest: string
  readonly include: readonly string[]
  readonly exclude: readonly string[]
  readonly extraOptions: readonly string[]
  readonly isNewerKept: boolean
  /** Differences that do not count, as tar words them. */
  readonly ignored: readonly ('Uid' | 'Gid' | 'Mode')[]
}

/** Prints what differs, nothing when all is there; prefix is put before the reader. */
export function compareScript(wish: ArchiveWish, prefix = ''): string {
  if (wish.archive.program === 'unzip') return compareZip(wish)
  const differences = wish.ignored.map((what) => ` -e ': ${what} differs$'`)
  // A member whose name is stripped away altogether is never unpacked, and never missed.
  const ignored = [` -e '^tar: : Warning: '`, ...differences].join('')
  const command = `${prefix}tar --diff -C ${quoteWord(wish.dest)} ${tarWords(wish)} 2>&1`
  return `{ ${command}; } | grep -v${ignored}`
}

/** Prints the exit code, and what the program said. */
export function unpackScript(wish: ArchiveWish): string {
  if (wish.archive.program === 'unzip') {
    const keep = wish.isNewerKept ? ' -u' : ''
    const options = quoteWords(wish.extraOptions)
    const where = `-d ${quoteWord(wish.dest)}`
    return `unzip -o${keep} ${options} ${wish.source} ${zipWords(wish)} ${where}`
  }
  const keep = wish.isNewerKept ? ' --keep-newer-files' : ''
  return `tar --extract -C ${quoteWord(wish.dest)}${keep} ${tarWords(wish)}`
}

/** Prints the members, one a line; odd characters are escaped by tar. */
export function listScript(wish: ArchiveWish, prefix = ''): string {
  if (wish.archive.program === 'unzip') return `unzip -Z1 ${wish.source} ${zipWords(wish)}`
  return `${prefix}tar --list --quoting-style=escape ${tarWords(wish)}`
}

function tarWords({ archive, source, include, exclude, extraOptions }: ArchiveWish): string {
  const left = exclude.map((name) => `--exclude=${name}`)
  // Members go by the names that --strip-components and --transform leave them.
  const words = quoteWords([...archive.flags, '--show-transformed-names', ...left, ...extraOptions])
  const only = include.length === 0 ? '' : ` -- ${quoteWords(include)}`
  return `${words} -f ${source}${only}`
}

function zipWords({ include, exclude }: ArchiveWish): string {
  const left = exclude.length === 0 ? '' : ` -x ${quoteWords(exclude)}`
  return `${quoteWords(include)}${left}`
}

/** unzip takes names for patterns, so their special characters are escaped. */
function compareZip(wish: ArchiveWish): string {
  const { source } = wish
  return [
    `${listScript(wish)} | while IFS= read -r m; do f=${quoteWord(wish.dest)}/$m`,
    'case $m in */) [ -d "$f" ] ;; *) [ -f "$f" ] && [ ! -L "$f" ] &&',
    `p=$(printf %s "$m" | sed 's/[][*?\\\\]/\\\\&/g') &&`,
    `unzip -p ${source} "$p" | cmp -s - "$f" ;; esac || { echo "$m differs"; break; }; done`,
  ].join('\n')
}

/** Members as tar and unzip list them, '' for the folder; what would leave it is left out. */
export function membersOf(listing: string, { program }: Archive): string[] {
  if (listing === '') return []
  return listing
    .replace(/\n$/, '')
    .split('\n')
    .map((name) => (program === 'tar' ? unescaped(name) : name).replace(/^\/+/, ''))
    .filter((name) => !name.split('/').includes('..'))
}

const LETTERS: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  t: 9,
  n: 10,
  v: 11,
  f: 12,
  r: 13,
  '\\': 92,
}

/** `\303\274` and `\n` as bytes. */
function unescaped(name: string): string {
  if (!name.includes('\\')) return name
  const bytes = Buffer.from(name, 'utf8').toString('latin1')
  const plain = bytes.replaceAll(/\\([0-7]{3}|[^])/g, (_, code: string) => {
    const known = code.length === 3 ? Number.parseInt(code, 8) : LETTERS[code]
    return known === undefined ? code : String.fromCharCode(known)
  })
  return Buffer.from(plain, 'latin1').toString('utf8')
}
