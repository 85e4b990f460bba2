// Versions compared as Ansible's version test does: loosely unless told otherwise.
import { typeError } from '../../value/python.ts'
import type { Value } from '../../value/value.ts'
import { boolOr } from '../filters/arguments.ts'

const OPERATORS: ReadonlyMap<string, (sign: number) => boolean> = new Map(
  Object.entries<(sign: number) => boolean>({
    '==': (sign) => sign === 0,
    '=': (sign) => sign === 0,
    eq: (sign) => sign === 0,
    '!=': (sign) => sign !== 0,
    '<>': (sign) => sign !== 0,
    ne: (sign) => sign !== 0,
    '<': (sign) => sign < 0,
    lt: (sign) => sign < 0,
    '<=': (sign) => sign <= 0,
    le: (sign) => sign <= 0,
    '>': (sign) => sign > 0,
    gt: (sign) => sign > 0,
    '>=': (sign) => sign >= 0,
    ge: (sign) => sign >= 0,
  }),
)

export function compareVersions(
  a: string,
  b: string,
  operator: string,
  strict: Value,
  type: string,
): boolean {
  const check = OPERATORS.get(operator)
  if (check === undefined) {
    const known = [...OPERATORS.keys()].join(', ')
    throw typeError(`invalid operator type (${operator}). must be one of ${known}`)
  }
  if (a === '' || b === '') throw typeError('a version to compare is empty')
  const how = type === '' ? (strict !== null && boolOr(strict, false) ? 'strict' : 'loose') : type
  if (how === 'semver' || how === 'semantic') return check(compareSemantic(a, b))
  if (how === 'pep440') return check(compareLoose(a.replace(/^v/i, ''), b.replace(/^v/i, '')))
  if (how !== 'strict' && how !== 'loose') throw typeError(`unknown version type '${how}'`)
  return check(how === 'strict' ? compareStrict(a, b) : compareLoose(a, b))
}

// distutils' loose form: numbers and words in turn, dots dropped; the two have no order.
function compareLoose(a: string, b: string): number {
  const [left, right] = [looseParts(a), looseParts(b)]
  for (let index = 0; index < Math.min(left.length, right.length); index += 1) {
    const [x, y] = [left[index] as number | string, right[index] as number | string]
    if (x === y) continue
    if (typeof x !== typeof y) {
      throw typeError(`versions '${a}' and '${b}' cannot be compared`, 'compare them as semver')
    }
    return x < y ? -1 : 1
  }
  return left.length - right.length
}

function looseParts(version: string): (number | string)[] {
  const parts = version.match(/\d+|[a-z]+|[^\da-z.]+/g) ?? []
  return parts.map((part) => (/^\d+$/.test(part) ? Number(part) : part))
}

function compareStrict(a: string, b: string): number {
  return compareNumbers(strictParts(a), strictParts(b))
}

function strictParts(text: string): number[] {
  const found = /^(\d+)\.(\d+)(?:\.(\d+))?(?:([ab])(\d+))?$/.exec(text)
  if (found === null) throw typeError(`invalid version number '${text}'`)
  const release = found[4] === undefined ? 2 : found[4] === 'a' ? 0 : 1
  const numbers = [found[1], found[2], found[3], release, found[5]]
  return numbers.map((part) => Number(part ?? 0))
}

function compareNumbers(a: number[], b: number[]): number {
  for (const [index, number] of a.entries()) {
    const other = b[index] ?? 0
    if (number !== other) return number - other
  }
  return 0
}

const SEMANTIC = /^(\d+)\.(\d+)\.(\d+)(?:-([\w.-]+))?(?:\+[\w.-]+)?$/

function compareSemantic(a: string, b: string): number {
  const [x, y] = [semantic(a), semantic(b)]
  const core = compareNumbers(x.slice(1, 4).map(Number), y.slice(1, 4).map(Number))
  if (core !== 0) return core
  if (x[4] === undefined || y[4] === undefined) {
    return (x[4] === undefined ? 1 : 0) - (y[4] === undefined ? 1 : 0)
  }
  return comparePrerelease(x[4].split('.'), y[4].split('.'))
}

function semantic(text: string): RegExpExecArray {
  const found = SEMANTIC.exec(text)
  if (found === null) throw typeError(`invalid semantic version '${text}'`)
  return found
}

// A number is below a word, fewer parts are below more.
function comparePrerelease(a: string[], b: string[]): number {
  for (let index = 0; index < Math.min(a.length, b.length); index += 1) {
    const [x, y] = [a[index] ?? '', b[index] ?? '']
    if (x === y) continue
    const [isX, isY] = [/^\d+$/.test(x), /^\d+$/.test(y)]
    if (isX && isY) return Number(x) - Number(y)
    if (isX !== isY) return isX ? -1 : 1
    return x < y ? -1 : 1
  }
  return a.length - b.length
}
