// How values behave and print: Python's truth, equality, order, repr and str. Everything that
// compares or prints a value asks here, so that a playbook means what it means under Ansible. Not
// here: arithmetic and methods, which only templates have (template/).
import { ClusterError } from '../errors.ts'
import { boundText, checkTextLength, spend } from './budget.ts'
import { Missing, Needy } from './missing.ts'
import { compareNumbers, isFloat, numberText, numeric } from './number.ts'
import {
  Callable,
  type Dict,
  Float,
  isDict,
  isNumber,
  LazyDict,
  Omit,
  Template,
  Timestamp,
  Tuple,
  Undefined,
  Unknown,
  type Value,
} from './value.ts'

/** An error as Python's TypeError and ValueError are: an operation that the value does not have. */
export function typeError(message: string, hint?: string): ClusterError {
  return new ClusterError('TEMPLATE_TYPE', message, { hint })
}

/** The error of using what does not exist, at the place where it was named. */
export function undefinedError(value: Undefined): ClusterError {
  const hint = value instanceof Missing || value instanceof Needy ? value.hint : undefined
  return new ClusterError('TEMPLATE_UNDEFINED', value.message, { where: value.origin, hint })
}

/** The value, or another when there is none; None counts as a value, unlike with `??`. */
export function orElse<T>(value: T | undefined, otherwise: T): T {
  return value === undefined ? otherwise : value
}

/** Python's name of the value's type. */
export function typeName(value: Value): string {
  if (value === null) return 'NoneType'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'string' || value instanceof Template) return 'str'
  if (isNumber(value)) return isFloat(value) ? 'float' : 'int'
  if (value instanceof Tuple) return 'tuple'
  if (Array.isArray(value)) return 'list'
  if (isDict(value) || value instanceof LazyDict) return 'dict'
  if (value instanceof Timestamp) return value.isDate ? 'date' : 'datetime'
  if (value instanceof Callable) return 'function'
  return value instanceof Undefined ? 'Undefined' : 'unknown'
}

/** Python's bool(). Undefined is an error; an Unknown must be asked for beforehand. */
export function truth(value: Value): boolean {
  if (typeof value === 'boolean') return value
  if (value === null) return false
  if (typeof value === 'string') return value !== ''
  if (typeof value === 'number') return value !== 0
  if (typeof value === 'bigint') return value !== 0n
  if (value instanceof Float) return value.value !== 0
  if (Array.isArray(value)) return value.length > 0
  if (isDict(value)) return value.size > 0
  if (value instanceof LazyDict) return value.keys().length > 0
  if (value instanceof Undefined) {
    if (value.isEmpty) return false
    throw undefinedError(value)
  }
  if (value instanceof Unknown) throw new UnknownUsed(value)
  return true
}

/** What check mode cannot know was needed to go on: the task's verdict is unknown then. */
export class UnknownUsed extends ClusterError {
  readonly unknown: Unknown
  constructor(unknown: Unknown) {
    super('TEMPLATE_TYPE', `a value that check mode cannot know was used: ${unknown.reason}`)
    this.unknown = unknown
  }
}

function isEmpty(value: Value): boolean {
  return value instanceof Undefined && value.isEmpty
}

/** Python's ==. Numbers and bools compare by value, a list never equals a tuple. */
export function equals(a: Value, b: Value): boolean {
  if (isEmpty(a) || isEmpty(b)) return isEmpty(a) && isEmpty(b)
  if (a instanceof Undefined) throw undefinedError(a)
  if (b instanceof Undefined) throw undefinedError(b)
  if (a === b) return !Number.isNaN(a)
  if (a === null || b === null || typeof a === 'string' || typeof b === 'string') return false
  const x = numeric(a)
  const y = numeric(b)
  if (x !== undefined || y !== undefined) {
    return x !== undefined && y !== undefined && compareNumbers(x, y) === 0
  }
  if (Array.isArray(a)) return Array.isArray(b) && listsEqual(a, b)
  const left = asDict(a)
  const right = asDict(b)
  if (left !== undefined) return right !== undefined && dictsEqual(left, right)
  if (a instanceof Timestamp) return b instanceof Timestamp && a.text === b.text
  return a instanceof Omit && b instanceof Omit
}

function listsEqual(a: Value[], b: Value[]): boolean {
  if (a.length !== b.length || a instanceof Tuple !== b instanceof Tuple) return false
  spend(a.length + 1)
  return a.every((item, index) => equals(item, b[index] as Value))
}

function dictsEqual(a: Dict, b: Dict): boolean {
  if (a.size !== b.size) return false
  spend(a.size + 1)
  for (const [key, item] of a) {
    const other = dictGet(b, key)
    if (other === undefined || !equals(item, other)) return false
  }
  return true
}

/** A dict, whether it is one already or lazy; undefined for everything else. */
export function asDict(value: Value): Dict | undefined {
  if (isDict(value)) return value
  return value instanceof LazyDict ? value.toDict() : undefined
}

/** The key under which a dict keeps what Python would find: 1, 1.0 and true are one key. */
export function dictKey(dict: Dict, key: Value): Value {
  if (typeof key === 'string' || dict.has(key)) return key
  if (Array.isArray(key) && !(key instanceof Tuple)) throw typeError("unhashable type: 'list'")
  if (isDict(key)) throw typeError("unhashable type: 'dict'")
  if (key instanceof Undefined) throw undefinedError(key)
  if (key === null) return key
  for (const candidate of candidates(key)) if (dict.has(candidate)) return candidate
  if (!(key instanceof Tuple || key instanceof Timestamp || key instanceof Float)) return key
  for (const candidate of dict.keys()) if (equals(candidate, key)) return candidate
  return key
}

function candidates(key: Value): Value[] {
  const number = numeric(key)
  if (number === undefined || isFloat(number) !== number instanceof Float) return []
  const plain = number instanceof Float ? number.value : number
  return plain === 1 ? [1, true] : plain === 0 ? [0, false] : [plain]
}

/** What a dict holds for a key as Python finds it; undefined when it holds nothing. */
export function dictGet(dict: Dict | LazyDict, key: Value): Value | undefined {
  if (dict instanceof LazyDict) return dict.get(key)
  return dict.get(dictKey(dict, key))
}

/** Stores as Python does: an equal key keeps its first spelling. */
export function dictSet(dict: Dict, key: Value, item: Value): void {
  dict.set(dictKey(dict, key), item)
}

/** Order as -1, 0 or 1; undefined for NaN; an error where Python has no order. */
export function compare(a: Value, b: Value, operator = '<'): number | undefined {
  if (a instanceof Undefined) throw undefinedError(a)
  if (b instanceof Undefined) throw undefinedError(b)
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b)
  const x = numeric(a)
  const y = numeric(b)
  if (x !== undefined && y !== undefined) return compareNumbers(x, y)
  if (Array.isArray(a) && Array.isArray(b) && a instanceof Tuple === b instanceof Tuple) {
    return compareLists(a, b, operator)
  }
  if (a instanceof Timestamp && b instanceof Timestamp) return compareText(a.text, b.text)
  const types = `'${typeName(a)}' and '${typeName(b)}'`
  throw typeError(`'${operator}' not supported between instances of ${types}`)
}

// By code points, as Python does: UTF-16 order differs above U+FFFF.
function compareText(a: string, b: string): number {
  if (a === b) return 0
  const length = Math.min(a.length, b.length)
  for (let index = 0; index < length; index += 1) {
    if (a.charCodeAt(index) === b.charCodeAt(index)) continue
    const x = a.codePointAt(index) ?? 0
    const y = b.codePointAt(index) ?? 0
    return x < y ? -1 : 1
  }
  return a.length < b.length ? -1 : 1
}

function compareLists(a: Value[], b: Value[], operator: string): number | undefined {
  const length = Math.min(a.length, b.length)
  spend(length + 1)
  for (let index = 0; index < length; index += 1) {
    const [x, y] = [a[index] as Value, b[index] as Value]
    if (!equals(x, y)) return compare(x, y, operator)
  }
  return Math.sign(a.length - b.length)
}

/** Python's str(): what `{{ value }}` prints inside a text. */
export function str(value: Value): string {
  return typeof value === 'string' ? value : write(value, 0)
}

/** Python's repr(): strings in quotes. */
export function repr(value: Value): string {
  return typeof value === 'string' ? textRepr(value) : write(value, 0)
}

/** The deepest nesting that is printed; Python's own recursion limit is near. */
const DEPTH_LIMIT = 200

function write(value: Value, depth: number): string {
  spend()
  if (value === null) return 'None'
  if (typeof value === 'string') return textRepr(value)
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (isNumber(value)) return numberText(value)
  if (value instanceof Undefined) {
    if (value.isEmpty) return ''
    throw undefinedError(value)
  }
  if (value instanceof Unknown) throw new UnknownUsed(value)
  if (depth > DEPTH_LIMIT) throw typeError('the value is nested too deeply to print')
  if (Array.isArray(value)) return writeList(value, depth)
  const dict = asDict(value)
  if (dict !== undefined) return writeDict(dict, depth)
  if (value instanceof Timestamp) return depth === 0 ? value.text : timestampRepr(value)
  if (value instanceof Omit) return value.marker
  if (value instanceof Template) return textRepr(value.source)
  return `<function ${value instanceof Callable ? value.name : ''}>`
}

function writeList(list: Value[], depth: number): string {
  const items: string[] = []
  let length = 0
  for (const item of list) {
    const text = write(item, depth + 1)
    length += text.length
    checkTextLength(length)
    items.push(text)
  }
  if (!(list instanceof Tuple)) return `[${items.join(', ')}]`
  return items.length === 1 ? `(${items[0]},)` : `(${items.join(', ')})`
}

function writeDict(dict: Dict, depth: number): string {
  const items: string[] = []
  let length = 0
  for (const [key, item] of dict) {
    const text = `${write(key, depth + 1)}: ${write(item, depth + 1)}`
    length += text.length
    checkTextLength(length)
    items.push(text)
  }
  return `{${items.join(', ')}}`
}

function timestampRepr(value: Timestamp): string {
  const parts = value.text.match(/\d+/g)?.map(Number) ?? []
  if (value.isDate) return `datetime.date(${parts.slice(0, 3).join(', ')})`
  // Python leaves seconds out when they are zero.
  const shown = parts.length > 5 && parts[5] === 0 ? parts.slice(0, 5) : parts.slice(0, 6)
  return `datetime.datetime(${shown.join(', ')})`
}

// Controls, format and separator characters are escaped; all else prints as it is.
const SPECIAL = /[\\'\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu

const NAMED: ReadonlyMap<string, string> = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\\', '\\\\'],
])

function textRepr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  const body = text.replace(SPECIAL, (character) => {
    if (character === "'") return quote === "'" ? "\\'" : "'"
    return NAMED.get(character) ?? escapeCode(character.codePointAt(0) ?? 0)
  })
  return boundText(`${quote}${body}${quote}`)
}

function escapeCode(code: number): string {
  const hex = code.toString(16)
  if (code < 0x100) return `\\x${hex.padStart(2, '0')}`
  return code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`
}
