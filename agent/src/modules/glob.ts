// A pattern of names against what a predicted host has, planned files included. A real host is
// asked through its shell instead.
import { posix } from 'node:path'
import type { Host } from '../host/host.ts'
import { globPattern } from '../value/glob.ts'
import { Unknown } from '../value/value.ts'

/** Whether any path fits: `*`, `?` and `[...]` stay within one name, as in a shell. */
export async function isAnyThere(host: Host, pattern: string): Promise<boolean | Unknown> {
  const parts = pattern.split('/').filter((part) => part !== '')
  let found = ['/']
  for (const [index, part] of parts.entries()) {
    const next: string[] = []
    for (const folder of found) {
      const names = await namesIn(host, folder, part)
      if (names instanceof Unknown) return names
      next.push(...names.map((name) => posix.join(folder, name)))
    }
    found = next
    if (index < parts.length - 1) found = await foldersOf(host, found)
  }
  return found.length > 0
}

async function namesIn(host: Host, folder: string, part: string): Promise<string[] | Unknown> {
  if (!/[*?[]/.test(part)) {
    const state = await host.stat(posix.join(folder, part))
    if (state instanceof Unknown) return state
    return state === null ? [] : [part]
  }
  const names = await host.list(folder)
  if (names instanceof Unknown) return names
  const fits = globPattern(part)
  return names.filter((name) => fits.test(name) && (part.startsWith('.') || !name.startsWith('.')))
}

async function foldersOf(host: Host, paths: readonly string[]): Promise<string[]> {
  const folders: string[] = []
  for (const path of paths) {
    const state = await host.stat(path, { follow: true })
    if (!(state instanceof Unknown) && state?.type === 'directory') folders.push(path)
  }
  return folders
}
