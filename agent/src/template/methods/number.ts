// What ints and floats offer.
import { isFloat, numeric, toBigInt, toNumber } from '../../value/number.ts'
import type { Value } from '../../value/value.ts'
import { table } from './method.ts'

export const numberMethods = table<Value>({
  is_integer: (value) => Number.isInteger(toNumber(numeric(value) ?? 0)),
  bit_length: (value) => {
    const number = numeric(value) ?? 0
    if (isFloat(number)) return 0
    const size = toBigInt(number)
    return size === 0n ? 0 : (size < 0n ? -size : size).toString(2).length
  },
})
