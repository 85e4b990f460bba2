// The lines of fstab and of /proc/self/mounts. Pure functions on texts; lines that say something
// else stay as they are. Not here: mounting (mount.ts).

export interface Entry {
  readonly src: string
  readonly path: string
  readonly fstype: string
  readonly opts: string
  readonly dump: string
  readonly passno: string
}

/** Blanks within a field are octal numbers, as fstab(5) has it. */
function escape(field: string): string {
  return field
    .replaceAll('\\', '\\134')
    .replaceAll(' ', '\\040')
    .replaceAll('\t', '\\011')
    .replaceAll('\n', '\\012')
}

function unescape(field: string): string {
  return field.replaceAll(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  )
}

function parseLine(line: string): Entry | undefined {
  const text = line.trim()
  if (text === '' || text.startsWith('#')) return undefined
  const [src = '', path, fstype = '', opts = 'defaults', dump = '0', passno = '0'] = text
    .split(/\s+/)
    .map(unescape)
  if (path === undefined) return undefined
  return { src, path: path.replace(/(?<=.)\/+$/, ''), fstype, opts, dump, passno }
}

export function parseMounts(text: string): Entry[] {
  return text.split('\n').flatMap((line) => parseLine(line) ?? [])
}

/** The mount that lies on top. */
export function findEntry(entries: readonly Entry[], path: string): Entry | undefined {
  return entries.findLast((entry) => entry.path === path)
}

function spell(entry: Entry): string {
  const { src, path, fstype, opts, dump, passno } = entry
  return [src, path, fstype, opts, dump, passno].map(escape).join(' ')
}

/** An entry of swap or none has no place: it is told by its source. */
function isSame(entry: Entry, wish: { path: string; src?: string | undefined }): boolean {
  if (entry.path !== wish.path) return false
  return !['none', 'swap'].includes(entry.path) || wish.src === undefined || entry.src === wish.src
}

export function setEntry(text: string, wish: Entry): string {
  const lines = linesOf(text)
  let isThere = false
  const after = lines.map((line) => {
    const entry = parseLine(line)
    if (entry === undefined || !isSame(entry, wish)) return line
    isThere = true
    return spell(entry) === spell(wish) ? line : spell(wish)
  })
  if (!isThere) after.push(spell(wish))
  const joined = after.map((line) => `${line}\n`).join('')
  return after.every((line, index) => line === lines[index]) && isThere ? text : joined
}

export function removeEntry(text: string, path: string, src: string | undefined): string {
  const lines = linesOf(text)
  const kept = lines.filter((line) => {
    const entry = parseLine(line)
    return entry === undefined || !isSame(entry, { path, src })
  })
  return kept.length === lines.length ? text : kept.map((line) => `${line}\n`).join('')
}

function linesOf(text: string): string[] {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines
}
