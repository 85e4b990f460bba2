// The archive that a base image is made from: the machine's own mirror when it is of the same
// distribution, because that is the one known to answer; else the distribution's public one.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const PUBLIC = {
  debian: 'http://deb.debian.org/debian',
  ubuntu: 'http://archive.ubuntu.com/ubuntu',
} as const

export type Distribution = keyof typeof PUBLIC

/** The URI of the archive to use; LAB_MIRROR overrides it. */
export function mirrorFor(distribution: Distribution): string {
  const own = process.env['LAB_MIRROR']
  if (own !== undefined && own !== '') return own
  const release = readText('/etc/os-release')
  if (!new RegExp(`^ID=${distribution}$`, 'm').test(release)) return PUBLIC[distribution]
  return findMirror(sourceTexts(), distribution) ?? PUBLIC[distribution]
}

/** The first http archive of the distribution that is not its security archive. */
export function findMirror(texts: readonly string[], distribution: string): string | undefined {
  const uris = texts.flatMap((text) => [...oneLineUris(text), ...deb822Uris(text)])
  const ending = new RegExp(`^https?://.*/${distribution}/?$`)
  return uris.find((uri) => ending.test(uri))?.replace(/\/$/, '')
}

function oneLineUris(text: string): string[] {
  return [...text.matchAll(/^deb(?:\s+\[[^\]]*\])?\s+(\S+)/gm)].map((match) => match[1] ?? '')
}

function deb822Uris(text: string): string[] {
  return text
    .split(/\n\s*\n/)
    .filter((stanza) => !/^Enabled:\s*no\s*$/im.test(stanza))
    .flatMap((stanza) => /^URIs:\s*(.+)$/im.exec(stanza)?.[1]?.split(/\s+/) ?? [])
}

function sourceTexts(): string[] {
  const folder = '/etc/apt/sources.list.d'
  const names = existsSync(folder) ? readdirSync(folder).toSorted() : []
  const files = names.filter((name) => /\.(?:list|sources)$/.test(name))
  return [...files.map((name) => readText(join(folder, name))), readText('/etc/apt/sources.list')]
}

function readText(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}
