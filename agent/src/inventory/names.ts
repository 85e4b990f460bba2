// Host names as inventories write them: ranges (`web[01:20]`, `db-[a:f]`, with a step) and ports
// (`host:2222`, `[::1]:22`). Not here: patterns that choose among known hosts.
import { ClusterError, type Position } from '../errors.ts'

/** Names that one line may stand for; beyond that the range is a slip. */
const MAX_NAMES = 100_000

const IPV6_IN_BRACKETS = /^\[((?=[^\]]*::|(?:[^\]:]*:){7})[0-9a-fA-F:.%]+)\](?::(\d+))?$/
const NAME_AND_PORT = /^((?:[^:[\]]|\[[^\]]*\])+):(\d+)$/
const RANGE = /^([^[]*)\[([^\]:]*):([^\]:]*)(?::([^\]:]*))?\](.*)$/
const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'

/** The hosts that a name with ranges stands for, and the port behind it if there is one. */
export function hostNames(
  pattern: string,
  at: Position,
): { names: string[]; port: number | undefined } {
  const bracketed = IPV6_IN_BRACKETS.exec(pattern)
  const [, name = pattern, port] = bracketed ?? NAME_AND_PORT.exec(pattern) ?? []
  const names = bracketed === null ? expand(name, at) : [name]
  return { names, port: port === undefined ? undefined : Number(port) }
}

function expand(pattern: string, at: Position): string[] {
  const match = RANGE.exec(pattern)
  if (match === null && /[[\]]/.test(pattern)) {
    throw refuse(pattern, 'is not complete', 'write [01:20] or [a:f]', at)
  }
  if (match === null) return [pattern]
  const [, head = '', begin = '', end = '', step = '', tail = ''] = match
  const steps = sequence(begin === '' ? '0' : begin, end, step === '' ? '1' : step, pattern, at)
  const tails = expand(tail, at)
  if (steps.length * tails.length > MAX_NAMES) {
    throw refuse(pattern, `stands for more than ${MAX_NAMES} hosts`, 'check its end', at)
  }
  return steps.flatMap((middle) => tails.map((rest) => `${head}${middle}${rest}`))
}

function sequence(
  begin: string,
  end: string,
  step: string,
  pattern: string,
  at: Position,
): string[] {
  const stride = /^\d+$/.test(step) ? Number(step) : 0
  if (stride < 1) throw refuse(pattern, `has the step "${step}"`, 'a step is 1 or more', at)
  const isDigits = /^\d+$/.test(begin) && /^\d+$/.test(end)
  const isLetters = /^[a-zA-Z]$/.test(begin) && /^[a-zA-Z]$/.test(end)
  if (!isDigits && !isLetters) {
    throw refuse(pattern, 'has no end, or its ends differ in kind', 'write [01:20] or [a:f]', at)
  }
  const padded = isDigits && begin.length > 1 && begin.startsWith('0')
  if (padded && begin.length !== end.length) {
    const hint = `write [${begin}:${end.padStart(begin.length, '0')}]`
    throw refuse(pattern, 'has ends of different lengths', hint, at)
  }
  const first = isDigits ? Number(begin) : LETTERS.indexOf(begin)
  const last = isDigits ? Number(end) : LETTERS.indexOf(end)
  if (first > last) throw refuse(pattern, 'ends before it begins', 'swap the two ends', at)
  const count = Math.floor((last - first) / stride) + 1
  if (count > MAX_NAMES) {
    throw refuse(pattern, `stands for more than ${MAX_NAMES} hosts`, 'check its end', at)
  }
  return Array.from({ length: count }, (_, index) => {
    const number = first + index * stride
    if (isLetters) return LETTERS[number] ?? ''
    return padded ? String(number).padStart(begin.length, '0') : String(number)
  })
}

function refuse(pattern: string, what: string, hint: string, where: Position): ClusterError {
  return new ClusterError('INVENTORY', `the range "${pattern}" ${what}`, { where, hint })
}
