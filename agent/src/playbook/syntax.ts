// Templates and expressions of a task, read before anything runs, so that a mistake in them is told
// at its place and not when a host comes to it. Not here: their values.
import { shortLookup } from '../template/lookups/lookup.ts'
import { checkSyntax } from '../template/template.ts'
import { isDict, Template, type Value } from '../value/value.ts'
import { listOf } from './inherit.ts'
import { moved } from './keyvalues.ts'
import { isKnownLookup, unknownLookup } from './lookups/lookup.ts'
import type { Task } from './tree.ts'

const CONDITIONS = ['until', 'changed_when', 'failed_when'] as const
const CHECKED = [
  'loop',
  'environment',
  'name',
  'delegate_to',
  'become_user',
  'retries',
  'module_defaults',
] as const

/** Throws TEMPLATE_SYNTAX at the first mistake. */
export function checkTask(task: Task): void {
  for (const { value } of task.whens) checkCondition(value)
  for (const name of CONDITIONS) {
    for (const { value } of listOf(task.keywords.get(name))) checkCondition(value)
  }
  for (const name of CHECKED) checkValue(task.keywords.get(name)?.value ?? null)
  const raw = task.module?.rawParams ?? []
  for (const [name, { value }] of task.args.named) {
    if (name === 'that' && raw.includes('that')) {
      for (const condition of Array.isArray(value) ? value : [value]) checkCondition(condition)
    } else if (!raw.includes(name) || !(value instanceof Template)) {
      checkValue(value)
    } else if (value.source.includes('{{')) {
      checkValue(value)
    }
  }
  checkValue(task.args.free?.value ?? null)
  for (const layer of task.layers) for (const { value } of layer.vars.values()) checkValue(value)
}

function checkCondition(value: Value): void {
  if (!(value instanceof Template)) return
  checkSyntax(value.source, value.origin, 'expression')
  refuseLookups(value)
}

/** Lookups that are not here: named in a text, they are told before anything runs. */
const LOOKUP_CALLS = /\b(?:lookup|query|q)\(\s*(['"])([\w.]+)\1/g

function refuseLookups({ source, origin }: Template): void {
  for (const match of source.matchAll(LOOKUP_CALLS)) {
    const name = shortLookup(match[2] ?? '')
    if (!isKnownLookup(name)) throw unknownLookup(name, moved(origin, source, match.index))
  }
}

export function checkValue(value: Value): void {
  if (value instanceof Template) {
    checkSyntax(value.source, value.origin, 'template')
    refuseLookups(value)
  } else if (Array.isArray(value)) for (const item of value) checkValue(item)
  else if (isDict(value)) for (const item of value.values()) checkValue(item)
}
