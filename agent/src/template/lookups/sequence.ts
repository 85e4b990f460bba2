// The sequence lookup: `start=1 end=5 stride=2 format=node%02d`, or `1-5/2:node%02d`.

import { ClusterError } from '../../errors.ts'
import { RANGE_LIMIT } from '../../value/budget.ts'
import { str, typeError } from '../../value/python.ts'
import type { Value } from '../../value/value.ts'
import { formatPercent } from '../format.ts'

const SHORT = /^(?:(0x[\da-f]+|\d+)-)?(0x[\da-f]+|\d+)(?:\/(-?\d+))?(?::(.+))?$/i

/** As in Ansible a term says all there is to say: options of the call mean nothing. */
export function sequence(terms: Value[]): Value[] {
  return terms.flatMap((term) => numbers(readTerm(str(term))))
}

function readTerm(text: string): Map<string, string> {
  const options = new Map<string, string>()
  const short = SHORT.exec(text)
  if (short !== null) {
    const [, start, end, stride, format] = short
    for (const [key, item] of Object.entries({ start, end, stride, format })) {
      if (item !== undefined) options.set(key, item)
    }
    return options
  }
  for (const word of text.split(/\s+/)) {
    const [key = '', item] = word.split(/=(.*)/s)
    if (item === undefined)
      throw typeError(`unknown error parsing with_sequence arguments: '${text}'`)
    options.set(key, item)
  }
  return options
}

function numbers(options: Map<string, string>): Value[] {
  const read = (name: string): number | undefined => {
    const text = options.get(name)
    const value = text === undefined ? undefined : Number(text)
    if (value !== undefined && !Number.isInteger(value)) {
      throw typeError(`can't parse ${name}=${text} as integer`)
    }
    return value
  }
  const count = read('count')
  const start = read('start') ?? 1
  const stride = read('stride') ?? 1
  if (count === 0) return []
  const end = count === undefined ? read('end') : start + count * stride - Math.sign(stride)
  if (end === undefined) throw typeError('must specify count or end in with_sequence')
  if (stride === 0) return []
  if (stride > 0 !== end >= start && end !== start)
    throw typeError('to count in that direction give stride another sign')
  const size = Math.floor((end - start) / stride) + 1
  if (size > RANGE_LIMIT) {
    throw new ClusterError('TEMPLATE_REFUSED', `a sequence of ${size} items is too big`)
  }
  const format = options.get('format') ?? '%d'
  return Array.from({ length: size }, (_, index) => formatPercent(format, start + index * stride))
}
