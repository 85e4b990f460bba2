// Chooses hosts by Ansible's patterns: names, globs, `~regex`, `a:b`, `!`, `&`, `web[0:2]`, and
// `@file` for a list of them. A name that nothing bears is an error. Not here: host ranges.
import { ClusterError, type Position } from '../errors.ts'
import { readText } from '../sys/files.ts'
import { globPattern } from '../value/glob.ts'
import type { Inventory } from './inventory.ts'
import { hostsOf, nearestName } from './layers.ts'

/** Names of the machine itself, which an inventory need not have. */
export const LOCAL_NAMES = new Set(['localhost', '127.0.0.1', '::1'])

interface Term {
  text: string
  at: Position | undefined
}

/**
 * The hosts that the pattern names, or several together, in the order in which they name them; of a
 * group, in the order of the inventory. `localhost` is always there. Throws PATTERN for a name that
 * is unknown and a subscript beyond the end; a known but empty group and a glob may match nothing.
 */
export function matchPattern(
  inventory: Inventory,
  pattern: string | readonly string[],
  at: Position | undefined,
): string[] {
  const patterns = typeof pattern === 'string' ? [pattern] : pattern
  const terms = patterns.flatMap((each) => splitPattern(each, at)).flatMap(expandFile)
  const plain = terms.filter(({ text }) => !/^[&!]/.test(text))
  const chosen = new Set<string>()
  const starts = plain.length > 0 || terms.length === 0 ? plain : [{ text: 'all', at }]
  for (const term of starts) for (const host of matchTerm(inventory, term)) chosen.add(host)
  // Whatever their order, `&` narrows first and `!` has the last word.
  for (const sign of ['&', '!']) {
    for (const term of terms.filter(({ text }) => text.startsWith(sign))) {
      const named = new Set(matchTerm(inventory, { ...term, text: term.text.slice(1) }))
      for (const host of chosen) if (named.has(host) === (sign === '!')) chosen.delete(host)
    }
  }
  return [...chosen]
}

/** Parts between commas or, where there is none, between colons outside brackets. */
function splitPattern(pattern: string, at: Position | undefined): Term[] {
  const separator = pattern.includes(',') ? /,/g : /:(?![^[]*\])/g
  const isAddress = !pattern.includes(',') && /^\[?[0-9a-fA-F]*:[0-9a-fA-F:.]*\]?$/.test(pattern)
  if (isAddress && pattern.split(':').length > 2) return [{ text: pattern, at }]
  const terms: Term[] = []
  let start = 0
  const add = (end: number) => {
    const raw = pattern.slice(start, end)
    const shift = start + Math.max(raw.search(/\S/), 0)
    const place = at === undefined ? undefined : { ...at, column: at.column + shift }
    if (raw.trim() !== '') terms.push({ text: raw.trim(), at: place })
  }
  for (const match of pattern.matchAll(separator)) {
    add(match.index)
    start = match.index + 1
  }
  add(pattern.length)
  return terms
}

/** `@file` stands for the patterns in the file's lines. */
function expandFile(term: Term): Term[] {
  if (!term.text.startsWith('@')) return [term]
  const file = term.text.slice(1)
  return readText(file)
    .split('\n')
    .flatMap((line, index) => {
      const text = line.replace(/#.*/, '').trim()
      return text === '' ? [] : [{ text, at: { file, line: index + 1, column: 1 } }]
    })
}

const SUBSCRIPT = /^([^~].*)\[(?:(-?\d+)|(\d+)[:-](\d*))\]$/

function matchTerm(inventory: Inventory, term: Term): string[] {
  const [, base, index, begin, end] = SUBSCRIPT.exec(term.text) ?? []
  if (base === undefined) {
    refuseSubscript(inventory, term)
    return matchName(inventory, term.text, term)
  }
  const hosts = matchName(inventory, base, term)
  if (index === undefined) {
    const last = end === undefined || end === '' ? hosts.length : Number(end) + 1
    return hosts.slice(Number(begin), last)
  }
  const host = hosts.at(Number(index))
  if (host !== undefined) return [host]
  throw new ClusterError('PATTERN', `"${term.text}" reaches beyond its ${hosts.length} hosts`, {
    where: term.at,
    hint: 'subscripts count from 0, and from -1 backwards',
  })
}

/** `web[:2]` is no subscript, and as a glob it would match nothing without a word. */
function refuseSubscript(inventory: Inventory, term: Term): void {
  const [, name = '', subscript] = /^([^~[]+)\[([-\d]*[:-][-\d]*)\]$/.exec(term.text) ?? []
  if (subscript === undefined || !(inventory.groups.has(name) || name === 'all')) return
  throw new ClusterError('PATTERN', `"[${subscript}]" is no subscript`, {
    where: term.at,
    hint: 'write [0], [-1], [0:2] with both ends included, or [1:]',
  })
}

function matchName(inventory: Inventory, name: string, term: Term): string[] {
  if (name === 'all' || name === '*') return hostsOf(inventory, 'all')
  const isRegex = name.startsWith('~')
  const isGlob = !isRegex && /[?*[]/.test(name)
  const matches = isRegex || isGlob ? matcher(name, term) : (other: string) => other === name
  const groups = [...inventory.groups.keys()].filter(matches)
  const hosts = groups.flatMap((group) => hostsOf(inventory, group))
  // A name is a group's first; hosts are looked at when there is none, or for any pattern.
  if (groups.length === 0 || isRegex || isGlob) {
    for (const host of inventory.hosts.keys()) if (matches(host)) hosts.push(host)
  }
  if (hosts.length > 0 || groups.length > 0 || isRegex || isGlob) return [...new Set(hosts)]
  if (LOCAL_NAMES.has(name)) return [name]
  const near = nearestName(inventory, name)
  throw new ClusterError('PATTERN', `no host or group is called "${name}"`, {
    where: term.at,
    hint: near === undefined ? knownNames(inventory) : `did you mean "${near}"?`,
  })
}

function knownNames(inventory: Inventory): string {
  if (inventory.hosts.size === 0) {
    return "there are no hosts: give the inventory with -i, or in the working folder's ansible.cfg"
  }
  const names = [...inventory.groups.keys()].slice(0, 10).join(', ')
  return `the groups are ${names}; list everything with: cluster-os inventory --graph`
}

function matcher(name: string, term: Term): (other: string) => boolean {
  try {
    const isRegex = name.startsWith('~')
    const regex = isRegex ? new RegExp(`^(?:${name.slice(1)})`, 's') : globPattern(name)
    return (other) => regex.test(other)
  } catch (cause) {
    throw new ClusterError('PATTERN', `"${name}" is no regular expression`, {
      where: term.at,
      hint: cause instanceof Error ? cause.message : undefined,
      cause,
    })
  }
}
