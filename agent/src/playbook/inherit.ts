// How keywords pass from plays and blocks to the tasks within: overridden, joined or not at all, as
// the table says. Not here: the tree they pass through (compile.ts).
import type { Position } from '../errors.ts'
import { keyText } from '../value/plain.ts'
import { isDict, Template, type Value } from '../value/value.ts'
import { findKeyword } from './keywords.ts'
import type { Inherited, KeywordValues, Placed, StaticLayer } from './tree.ts'

/** What stands inside something with these keywords inherits. */
export function inherit(outer: Inherited, keywords: KeywordValues, layerName: string): Inherited {
  const vars = varsOf(keywords, layerName)
  return {
    ...outer,
    keywords: inheritable(outer.keywords, keywords),
    whens: [...outer.whens, ...listOf(keywords.get('when'))],
    tags: [...outer.tags, ...tagsOf(keywords)],
    layers: vars.vars.size > 0 ? [...outer.layers, vars] : outer.layers,
  }
}

/** Keywords of an inner place on top of those of an outer one. */
export function inheritable(outer: KeywordValues, inner: KeywordValues): KeywordValues {
  const merged = new Map(outer)
  for (const [name, placed] of inner) {
    const inheritance = inheritanceOf(name)
    if (inheritance === 'override') merged.set(name, placed)
    if (inheritance !== 'extend' || name === 'tags' || name === 'when') continue
    const before = merged.get(name)
    const all = [...listOf(before), ...listOf(placed)].map(({ value }) => value)
    merged.set(name, { value: all, at: placed.at })
  }
  return merged
}

function inheritanceOf(name: string): string {
  for (const level of ['play', 'block', 'task', 'handler'] as const) {
    const keyword = findKeyword(name, level)
    if (keyword !== undefined) return keyword.inheritance
  }
  return 'none'
}

/** A keyword's value as a list; a single one is a list of one. */
export function listOf(placed: Placed | undefined): Placed[] {
  if (placed === undefined || placed.value === null) return []
  if (!Array.isArray(placed.value)) return [placed]
  return placed.value.map((value, index) => ({
    value,
    at: value instanceof Template ? value.origin : (placed.itemsAt?.[index] ?? placed.at),
  }))
}

/** Tags are plain words; `a,b` is two of them. */
export function tagsOf(keywords: KeywordValues): string[] {
  return listOf(keywords.get('tags')).flatMap(({ value }) =>
    typeof value === 'string' ? value.split(',').map((tag) => tag.trim()) : [],
  )
}

export function varsOf(keywords: KeywordValues, name: string): StaticLayer {
  const placed = keywords.get('vars')
  const vars = new Map<string, Placed>()
  if (placed !== undefined && isDict(placed.value)) {
    for (const [key, value] of placed.value) {
      vars.set(keyText(key), { value, at: placeOf(value) ?? placed.at })
    }
  }
  return { name, vars }
}

function placeOf(value: Value): Position | undefined {
  return value instanceof Template ? value.origin : undefined
}
