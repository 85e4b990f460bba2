// Properties of Python's printing, order and slices that hold for every value.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { evaluate } from '../../agent/src/template/template.ts'
import { compare, equals, repr, truth } from '../../agent/src/value/python.ts'
import { float, type Value } from '../../agent/src/value/value.ts'
import { suite } from '../harness.ts'
import { seed } from '../seed.ts'

const test = suite('value/python')

const origin = { file: 'property', line: 1, column: 1 }

function contextOf(names: Record<string, Value>) {
  return { scope: { lookup: (name: string) => names[name] as Value } }
}

const finite = fc.double({ noNaN: true, noDefaultInfinity: true })

const values: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    finite.map(float),
    fc.string({ unit: 'binary' }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc
      .array(fc.tuple(fc.string(), tie('value')), { maxLength: 4 })
      .map((pairs) => new Map<Value, Value>(pairs)),
  ),
})).value

test('the repr of a value is an expression with the same value', () => {
  fc.assert(
    fc.property(values, (value) => {
      // An expression is refused when it seems to hold a template.
      fc.pre(!/\{\{[^]*\}\}/.test(repr(value)))
      const again = evaluate(repr(value), origin, contextOf({}))
      assert.ok(equals(again, value), repr(value))
    }),
    { numRuns: 500, seed },
  )
})

test('braces that open nothing are text in an expression', () => {
  assert.equal(evaluate("'{{'", origin, contextOf({})), '{{')
  assert.deepEqual(evaluate("{'{{': 0}", origin, contextOf({})), new Map([['{{', 0]]))
})

test('equal values have equal truth and the same repr', () => {
  fc.assert(
    fc.property(values, values, (a, b) => {
      if (equals(a, b)) assert.equal(truth(a), truth(b))
      assert.ok(equals(a, a))
    }),
    { seed },
  )
})

function points(text: string): number[] {
  return Array.from(text, (character) => character.codePointAt(0) ?? 0)
}

test('text is ordered by code points', () => {
  const text = fc.string({ unit: 'binary' })
  fc.assert(
    fc.property(text, text, (a, b) => {
      assert.equal(compare(a, b), compare(points(a), points(b)))
    }),
    { seed },
  )
})

// The reference counts every index that the definition of a slice names, one by one.
function sliceByDefinition(list: number[], start: number, stop: number, step: number): number[] {
  const size = list.length
  const wrap = (index: number): number => (index < 0 ? index + size : index)
  const picked: number[] = []
  for (let i = 0, at = clamp(wrap(start), step, size); i <= size; i += 1, at += step) {
    const end = clamp(wrap(stop), step, size)
    if (step > 0 ? at >= end : at <= end) break
    picked.push(list[at] as number)
  }
  return picked
}

function clamp(index: number, step: number, size: number): number {
  return step > 0 ? Math.min(Math.max(index, 0), size) : Math.min(Math.max(index, -1), size - 1)
}

test('slices pick what their definition names', () => {
  const bound = fc.integer({ min: -12, max: 12 })
  const step = fc.integer({ min: -4, max: 4 }).filter((value) => value !== 0)
  fc.assert(
    fc.property(fc.array(fc.nat(), { maxLength: 8 }), bound, bound, step, (list, a, b, c) => {
      const got = evaluate(`list[${a}:${b}:${c}]`, origin, contextOf({ list }))
      assert.deepEqual(got, sliceByDefinition(list, a, b, c))
    }),
    { numRuns: 500, seed },
  )
})

test('floor division and modulo fit together as in Python', () => {
  const int = fc.integer({ min: -1000, max: 1000 })
  fc.assert(
    fc.property(
      int,
      int.filter((value) => value !== 0),
      (a, b) => {
        const context = contextOf({ a, b })
        assert.equal(evaluate('a // b * b + a % b', origin, context), a)
        const rest = evaluate('a % b', origin, context) as number
        assert.ok(b > 0 ? rest >= 0 && rest < b : rest <= 0 && rest > b)
      },
    ),
    { seed },
  )
})

test.run()
