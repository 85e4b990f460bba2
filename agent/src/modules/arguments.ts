// A task's arguments against its module's schema: names first, then types. Mistakes are data, so
// that the parser can point at the place and the runner can name host and task.
import type * as z from 'zod'
import { nearest } from '../value/nearest.ts'
import { toPlain } from '../value/plain.ts'
import { findUnknown, isDict, type Unknown, type Value } from '../value/value.ts'
import type { Module } from './module.ts'

export interface ArgumentMistake {
  /** The argument as the author spelled it; undefined when one is missing. */
  readonly name: string | undefined
  readonly message: string
  readonly hint: string
}

/** The schema's name of an argument, or undefined when the module has none such. */
export function canonicalName(module: Module, name: string): string | undefined {
  const known = module.aliases?.[name] ?? name
  return known in module.params.shape || module.isOpen === true ? known : undefined
}

/** Whether the module sees the argument as it was written. */
export function isRawArgument(module: Module, name: string): boolean {
  const known = canonicalName(module, name) ?? name
  return module.rawParams?.includes(known) === true
}

/** Names that do not exist, are given twice or are missing. */
export function checkNames(module: Module, given: readonly string[]): ArgumentMistake[] {
  const mistakes: ArgumentMistake[] = []
  const seen = new Map<string, string>()
  for (const name of given) {
    const known = canonicalName(module, name)
    if (known === undefined) {
      mistakes.push(unknownName(module, name))
      continue
    }
    const before = seen.get(known)
    if (before !== undefined) {
      mistakes.push({
        name,
        message: `${before} and ${name} are the same argument of ${module.name}`,
        hint: 'give one of them',
      })
    }
    seen.set(known, name)
  }
  for (const [name, schema] of Object.entries(module.params.shape)) {
    if (seen.has(name) || (schema as z.ZodType).safeParse(undefined).success) continue
    mistakes.push({
      name: undefined,
      message: `${module.name} needs the argument ${name}`,
      hint: `see: cluster-os doc ${module.name}`,
    })
  }
  return mistakes
}

function unknownName(module: Module, name: string): ArgumentMistake {
  const names = [...Object.keys(module.params.shape), ...Object.keys(module.aliases ?? {})]
  const close = nearest(name, names)
  return {
    name,
    message: `${module.name} has no argument ${name}`,
    hint: close === undefined ? `it has ${names.join(', ')}` : `did you mean ${close}?`,
  }
}

/** A single value against its type. */
export function checkValue(
  module: Module,
  name: string,
  value: Value,
): ArgumentMistake | undefined {
  const known = canonicalName(module, name)
  const schema = known === undefined ? undefined : module.params.shape[known]
  if (schema === undefined) return undefined
  const parsed = (schema as z.ZodType).safeParse(toPlain(value))
  return parsed.success ? undefined : mistakeOf(module, name, value, parsed.error)
}

function mistakeOf(module: Module, name: string, value: Value, error: z.ZodError): ArgumentMistake {
  const schema = module.params.shape[canonicalName(module, name) ?? name] as z.ZodType | undefined
  const meta = schema === undefined ? undefined : metaOf(schema)
  const choices = meta?.['choices'] as readonly string[] | undefined
  const shown = JSON.stringify(toPlain(value))
  if (choices !== undefined) {
    const close = typeof value === 'string' ? nearest(value, choices) : undefined
    return {
      name,
      message: `${name} of ${module.name} cannot be ${shown}`,
      hint: close === undefined ? `one of ${choices.join(', ')}` : `did you mean ${close}?`,
    }
  }
  const own = error.issues.find((issue) => issue.code === 'custom')?.message
  return {
    name,
    message: `${name} of ${module.name} cannot be ${shown}`,
    hint: own === undefined ? `it takes a ${typeName(meta)}` : `it ${own}`,
  }
}

/** The word for an argument's type in docs and hints. */
export function typeName(meta: Record<string, unknown> | undefined): string {
  const type = meta?.['type']
  return typeof type === 'string' ? type : 'value'
}

/** The metadata that params.ts gave a schema, found beneath `optional` and `default`. */
export function metaOf(schema: z.ZodType): Record<string, unknown> {
  const inner = (schema as { unwrap?: () => z.ZodType }).unwrap
  const below = typeof inner === 'function' ? metaOf(inner.call(schema)) : {}
  return { ...below, ...schema.meta() }
}

export type ParsedArguments =
  | { readonly params: Record<string, unknown> }
  | { readonly unknown: Unknown }
  | { readonly mistake: ArgumentMistake }

/** Rendered arguments as the module takes them; an Unknown where it cannot take one is told. */
export function parseArguments(module: Module, given: ReadonlyMap<string, Value>): ParsedArguments {
  const plain: Record<string, unknown> = {}
  const later: Record<string, Unknown> = {}
  for (const [name, value] of given) {
    const known = canonicalName(module, name)
    if (known === undefined) return { mistake: unknownName(module, name) }
    const unknown = findUnknown(value)
    if (unknown === undefined) plain[known] = passesAsIs(module, known) ? value : toPlain(value)
    else if (module.isOpen === true) plain[known] = value
    else if (module.unknownParams?.includes(known) === true) later[known] = unknown
    else return { unknown }
  }
  const schema = module.isOpen === true ? module.params.loose() : module.params
  const parsed = schema.safeParse({ ...plain, ...placeholders(later) })
  if (parsed.success) return { params: { ...parsed.data, ...later } }
  const name = String(parsed.error.issues[0]?.path[0] ?? '')
  const missing = checkNames(module, [...given.keys()])[0]
  if (missing !== undefined) return { mistake: missing }
  return { mistake: mistakeOf(module, name, given.get(name) ?? null, parsed.error) }
}

/** A raw value keeps its Python types: a content that is a dict, a fact that is a float. */
function passesAsIs(module: Module, name: string): boolean {
  const schema = module.params.shape[name]
  if (schema === undefined) return module.isOpen === true
  const meta = metaOf(schema as z.ZodType)
  return meta['type'] === 'raw' && !('pattern' in meta) && name !== 'mode'
}

function placeholders(later: Record<string, Unknown>): Record<string, string> {
  return Object.fromEntries(Object.keys(later).map((name) => [name, '']))
}

/** Paths of a module's arguments: those whose schema says so. */
export function pathParams(module: Module): string[] {
  return Object.entries(module.params.shape)
    .filter(([, schema]) => metaOf(schema as z.ZodType)['type'] === 'path')
    .map(([name]) => name)
}

/** All strings in the arguments: what an unknown verdict may touch. */
export function wordsIn(value: Value): string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.flatMap(wordsIn)
  return isDict(value) ? [...value.values()].flatMap(wordsIn) : []
}
