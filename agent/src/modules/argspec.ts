// validate_argument_spec: variables against what a role says that it takes. A role that has
// meta/argument_specs.yml is checked by it before its first task. Not here: the arguments of
// modules (arguments.ts).
import * as z from 'zod'
import { nearest } from '../value/nearest.ts'
import { keyText } from '../value/plain.ts'
import { repr, str, truth } from '../value/python.ts'
import { isDict, Undefined, type Value } from '../value/value.ts'
import { defineModule } from './module.ts'
import { bool, dict, raw } from './params.ts'

export const validateArgumentSpec = defineModule({
  name: 'validate_argument_spec',
  summary: 'Check variables against a description of what is expected.',
  params: z.object({
    argument_spec: raw().describe('names, each with type, required, choices, elements, options'),
    provided_arguments: raw().optional().describe('values that are checked besides variables'),
    validate_args_context: dict().default({}).describe('what is checked, for the result'),
  }),
  effect: 'none',
  returns: {
    argument_errors: 'what is wrong, a sentence each',
    argument_spec_data: 'the description',
    validate_args_context: 'as it was given',
  },
  examples: `- validate_argument_spec:
    argument_spec:
      port: { type: int, required: true }
    provided_arguments:
      port: 8080`,
  probe: (params, { controller }) => {
    const spec = params.argument_spec as Value
    if (!isDict(spec)) return { failure: 'argument_spec is a dict of names' }
    const given = new Map<string, Value>()
    for (const name of spec.keys()) {
      const value = controller.variable(keyText(name))
      if (!(value instanceof Undefined)) given.set(keyText(name), value)
    }
    const more = params.provided_arguments as Value
    if (isDict(more)) for (const [name, value] of more) given.set(keyText(name), value)
    const errors = checkOptions(spec, given, '')
    const result = { validate_args_context: params.validate_args_context }
    if (errors.length === 0) {
      return { result: { ...result, msg: 'The arg spec validation passed' } }
    }
    const told = { ...result, argument_errors: errors, argument_spec_data: spec }
    return { result: told, failure: `arguments do not fit:\n${errors.join('\n')}` }
  },
})

/** What is wrong with the values, each with the way to it. */
function checkOptions(
  spec: ReadonlyMap<Value, Value>,
  given: ReadonlyMap<string, Value>,
  within: string,
): string[] {
  const known = [...spec].flatMap(([name, option]) => [keyText(name), ...aliasesOf(option)])
  const errors = [...given.keys()]
    .filter((name) => !known.includes(name))
    .map((name) => {
      const close = nearest(name, known)
      const hint = close === undefined ? `known: ${known.join(', ')}` : `did you mean ${close}?`
      return `${within}${name} is not known (${hint})`
    })
  for (const [key, option] of spec) {
    const name = keyText(key)
    const found = [name, ...aliasesOf(option)].find((each) => given.has(each))
    const value = found === undefined ? undefined : given.get(found)
    if (value !== undefined && value !== null) {
      errors.push(...checkOption(option, value, `${within}${name}`))
    } else if (truth(get(option, 'required') ?? false)) {
      errors.push(`${within}${name} is missing and required`)
    }
  }
  return errors
}

function aliasesOf(option: Value): string[] {
  const aliases = get(option, 'aliases')
  return Array.isArray(aliases) ? aliases.map((alias) => str(alias)) : []
}

function checkOption(option: Value, value: Value, way: string): string[] {
  const type = str(get(option, 'type') ?? 'str')
  if (!isOf(type, value)) return [`${way} is no ${type}: ${repr(value).slice(0, 200)}`]
  const items = type === 'list' ? listItems(value) : undefined
  const errors = choiceErrors(option, items ?? [value], way)
  const elements = get(option, 'elements')
  const options = get(option, 'options')
  for (const [index, item] of (items ?? []).entries()) {
    const at = `${way}[${index}]`
    if (elements !== undefined && elements !== null && !isOf(str(elements), item)) {
      errors.push(`${at} is no ${str(elements)}: ${repr(item).slice(0, 200)}`)
    } else if (isDict(options)) errors.push(...checkDict(options, item, at))
  }
  if (items === undefined && isDict(options)) errors.push(...checkDict(options, value, way))
  return errors
}

function checkDict(options: ReadonlyMap<Value, Value>, value: Value, way: string): string[] {
  if (!isDict(value)) return []
  const given = new Map([...value].map(([key, item]) => [keyText(key), item]))
  return checkOptions(options, given, `${way}.`)
}

function choiceErrors(option: Value, values: readonly Value[], way: string): string[] {
  const choices = get(option, 'choices')
  if (!Array.isArray(choices)) return []
  const words = choices.map((choice) => str(choice))
  return values
    .filter((value) => !words.includes(str(value)))
    .map((value) => `${way} is one of ${words.join(', ')}, not ${str(value)}`)
}

function get(option: Value, name: string): Value | undefined {
  return isDict(option) ? option.get(name) : undefined
}

/** Whether a value is of a type, or may be read as one, as arguments of modules are. */
function isOf(type: string, value: Value): boolean {
  const text = typeof value === 'string' ? value : undefined
  switch (type) {
    case 'bool':
      return typeof value === 'boolean' || bool().safeParse(str(value)).success
    case 'int':
      return /^\s*[+-]?\d+\s*$/.test(str(value)) && typeof value !== 'boolean'
    case 'float':
      return typeof value !== 'boolean' && !Number.isNaN(Number.parseFloat(str(value)))
    case 'list':
      return listItems(value) !== undefined
    case 'dict':
      return isDict(value) || (text !== undefined && /^\s*[{]|=/.test(text))
    // Whatever it is, a text can be made of it.
    default:
      return true
  }
}

/** A list, or a text that is read as one. */
function listItems(value: Value): readonly Value[] | undefined {
  if (Array.isArray(value)) return value
  if (typeof value === 'string') return value.split(',')
  return typeof value === 'number' || typeof value === 'bigint' ? [value] : undefined
}
