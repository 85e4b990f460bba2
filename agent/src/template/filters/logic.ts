// Filters about truth, absence and type.
import { ClusterError } from '../../errors.ts'
import { numeric, toNumber } from '../../value/number.ts'
import { asDict, str, truth, typeError, typeName, undefinedError } from '../../value/python.ts'
import { Undefined, Unknown, type Value } from '../../value/value.ts'
import type { Arg, Filter, Filters } from '../plugin.ts'

const TRUE = new Set(['yes', 'on', '1', 'true'])

/** Ansible's bool: only these spellings are true, everything else is false; None stays None. */
function toBool(value: Value): boolean | null {
  if (value === null || typeof value === 'boolean') return value
  const number = numeric(value)
  if (number !== undefined) return toNumber(number) === 1
  return typeof value === 'string' && TRUE.has(value.toLowerCase())
}

const byDefault: Filter = {
  params: 'default_value boolean',
  acceptsUndefined: true,
  acceptsUnknown: true,
  run: (input, [otherwise = '', empty = false]) => {
    if (input instanceof Unknown) return input
    if (input instanceof Undefined) return otherwise
    return truth(empty) && !truth(input) ? otherwise : input
  },
}

function ternary(input: Value, [yes = null, no = null, none]: Arg[]): Value {
  if (input instanceof Undefined) throw undefinedError(input)
  if (input instanceof Unknown) return input
  if (input === null && none !== undefined && none !== null) return none
  return truth(input) ? yes : no
}

function mandatory(input: Value, [message]: Arg[]): Value {
  if (!(input instanceof Undefined)) return input
  const name = /^'(\w+)' is undefined$/.exec(input.message)?.[1]
  const words = `mandatory variable ${name === undefined ? '' : `'${name}' `}not defined.`
  const text = message === undefined || message === null ? words.slice(0, -1) : str(message)
  throw new ClusterError('TEMPLATE_UNDEFINED', text, { where: input.origin })
}

export const LOGIC: Filters = {
  default: byDefault,
  d: byDefault,
  bool: { run: toBool },
  ternary: {
    params: 'true_val false_val none_val',
    acceptsUndefined: true,
    acceptsUnknown: true,
    run: ternary,
  },
  mandatory: { params: 'msg', acceptsUndefined: true, acceptsUnknown: true, run: mandatory },
  type_debug: {
    acceptsUndefined: true,
    run: (input) => (input instanceof Undefined ? 'AnsibleUndefined' : typeName(input)),
  },
  attr: {
    params: 'name',
    passesUnknown: true,
    run: (input, [name = ''], { engine }) => {
      if (typeof name !== 'string') throw typeError('attr needs a name')
      const hasKey = asDict(input)?.has(name) === true
      return hasKey
        ? new Undefined(`a dict has no attribute '${name}'`)
        : engine.member(input, name)
    },
  },
}
