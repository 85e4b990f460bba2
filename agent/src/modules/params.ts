// The types of module arguments, as Ansible's argument specs have them, built on zod: what YAML
// gives is bent to the type wanted (`yes` to true, `5` to '5', `a,b` to a list). Not here: which
// arguments a module has.
import * as z from 'zod'

const TRUE_WORDS = new Set(['y', 'yes', 'on', '1', 'true', 't', '1.0'])
const FALSE_WORDS = new Set(['n', 'no', 'off', '0', 'false', 'f', '0.0'])

/** A string; numbers and booleans are spelled as Python spells them. */
export function text() {
  return z.preprocess(spell, z.string()).meta({ type: 'str' })
}

/** A path on the host; `~` is the home of the user that the task works as. */
export function path() {
  return z.preprocess(spell, z.string().min(1)).meta({ type: 'path' })
}

export function bool() {
  return z
    .preprocess((value) => {
      if (typeof value === 'number') return value === 1 ? true : value === 0 ? false : value
      if (typeof value !== 'string') return value
      const word = value.toLowerCase().trim()
      if (TRUE_WORDS.has(word)) return true
      return FALSE_WORDS.has(word) ? false : value
    }, z.boolean())
    .meta({ type: 'bool' })
}

/** What Ansible may need where files cannot be replaced at once; ours always are. */
export function unsafeWrites() {
  return bool().default(false).describe('accepted; files are always written whole')
}

export function int() {
  return z
    .preprocess((value) => {
      if (typeof value === 'string' && /^\s*[+-]?\d+\s*$/.test(value)) return Number(value)
      return value
    }, z.int())
    .meta({ type: 'int' })
}

export function float() {
  return z
    .preprocess((value) => {
      if (typeof value === 'string' && value.trim() !== '') return Number(value)
      return value
    }, z.number())
    .meta({ type: 'float' })
}

/** A list of strings; `a,b` is two of them, a single number one. */
export function words() {
  return z
    .preprocess((value) => {
      if (typeof value === 'string') {
        return value === '' ? [] : value.split(',').map((word) => word.trim())
      }
      if (Array.isArray(value)) return value.map(spell)
      return value === undefined || value === null ? value : [spell(value)]
    }, z.array(z.string()))
    .meta({ type: 'list', elements: 'str' })
}

/** One of a few words. */
export function choice<const T extends readonly [string, ...string[]]>(choices: T) {
  return z.preprocess(spell, z.enum(choices)).meta({ type: 'str', choices })
}

/** Anything, as it is. */
export function raw() {
  return z.unknown().meta({ type: 'raw' })
}

export function dict() {
  return z.record(z.string(), z.unknown()).meta({ type: 'dict' })
}

/** Permission bits: an octal number, its digits, or symbols; parsed by `parseMode`. */
export function mode() {
  return z
    .union([z.int(), z.string()])
    .refine((value) => typeof value === 'number' || isModeText(value), {
      error: 'is not a mode: write it quoted, as "0644" or "u=rw,g=r,o="',
    })
    .meta({ type: 'raw' })
}

function isModeText(value: string): boolean {
  return (
    value === 'preserve' ||
    /^[0-7]{1,5}$/.test(value) ||
    /^0o[0-7]+$/.test(value) ||
    /^([ugoa]*([-+=]([rwxXst]*|[ugo]))+)(,[ugoa]*([-+=]([rwxXst]*|[ugo]))+)*$/.test(value)
  )
}

/** A scalar as Python's str() writes it; others are left for the schema to refuse. */
function spell(value: unknown): unknown {
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  return value
}
