// Every probe against what ansible-core answered (oracle/generate.py). A difference must be listed
// in divergences.json with its reason, and the list may hold nothing that is equal.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { ClusterError } from '../../agent/src/errors.ts'
import {
  evaluate,
  render,
  renderFile,
  type TemplateContext,
} from '../../agent/src/template/template.ts'
import { isFloat, numberText } from '../../agent/src/value/number.ts'
import { asDict, str } from '../../agent/src/value/python.ts'
import {
  Callable,
  type Dict,
  isDict,
  isNumber,
  Template,
  Timestamp,
  Tuple,
  Undefined,
  type Value,
} from '../../agent/src/value/value.ts'
import { parseYaml } from '../../agent/src/yaml/parse.ts'
import { toValue } from '../../agent/src/yaml/value.ts'
import { suite } from '../harness.ts'

const test = suite('template/oracle')
const here = import.meta.dirname
const KINDS = ['values', 'texts', 'files'] as const

/** The share of probes that must have ansible-core's answer. */
const EQUAL_SHARE = 0.99
const PROBES_LEAST = 1000

function read(path: string): Dict {
  const [node] = parseYaml(readFileSync(path, 'utf8'), path)
  return asDict(toValue(node as never, { templates: false })) as Dict
}

function contextOf(vars: Dict): TemplateContext {
  return {
    scope: {
      lookup: (name) => vars.get(name) ?? new Undefined(`'${name}' is undefined`),
      names: () => [...vars.keys()] as string[],
    },
  }
}

/** A value as oracle/generate.py encodes Python's. */
function encode(value: Value): unknown {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value
  if (isNumber(value)) {
    if (isFloat(value)) return { float: numberText(value) }
    return typeof value === 'bigint' || !Number.isSafeInteger(value) ? { int: str(value) } : value
  }
  if (value instanceof Tuple) return { tuple: value.map(encode) }
  if (Array.isArray(value)) return { list: value.map(encode) }
  const dict = asDict(value)
  if (isDict(value) && dict !== undefined) {
    return { dict: [...dict].map(([key, item]) => [encode(key), encode(item)]) }
  }
  if (value instanceof Timestamp) return { text: value.text }
  return value instanceof Callable ? { function: true } : { text: str(value) }
}

function answer(kind: (typeof KINDS)[number], text: string, vars: Dict): unknown {
  const context = contextOf(vars)
  const origin = { file: 'probe', line: 1, column: 1 }
  try {
    if (kind === 'values') return { value: encode(evaluate(text, origin, context)) }
    if (kind === 'files') return { value: encode(renderFile(text, 'probe', context)) }
    return { value: encode(render(new Template(text, origin), context)) }
  } catch (error) {
    assert.ok(error instanceof ClusterError, `${text}: ${String(error)}`)
    return error.code === 'TEMPLATE_UNDEFINED' ? { undefined: true } : { error: true }
  }
}

function failed(result: unknown): boolean {
  return !Object.hasOwn(result as object, 'value')
}

/** Which kind of failure it is matters less than that there is one: messages are our own. */
function same(ours: unknown, theirs: unknown): boolean {
  return JSON.stringify(ours) === JSON.stringify(theirs) || (failed(ours) && failed(theirs))
}

interface Difference {
  readonly probe: string
  readonly ours: string
  readonly theirs: string
}

function compareAll(): { total: number; different: Difference[] } {
  const different: Difference[] = []
  let total = 0
  for (const file of readdirSync(`${here}/probes`).filter((name) => name.endsWith('.yml'))) {
    const probes = read(`${here}/probes/${file}`)
    const vars = asDict(probes.get('vars') ?? new Map()) as Dict
    const answers = JSON.parse(
      readFileSync(`${here}/oracle/${file.replace('.yml', '.json')}`, 'utf8'),
    ) as Record<string, unknown[]>
    for (const kind of KINDS) {
      const lines = str(probes.get(kind) ?? '')
        .split('\n')
        .filter((line) => line.trim() !== '')
      assert.equal(answers[kind]?.length, lines.length, `${file} ${kind}: run make oracle`)
      for (const [index, line] of lines.entries()) {
        total += 1
        const text = line.replaceAll('\u23ce', '\n')
        const ours = answer(kind, text, vars)
        const theirs = answers[kind]?.[index]
        if (same(ours, theirs)) continue
        const probe = `${file.replace('.yml', '')}/${kind}: ${line}`
        different.push({ probe, ours: JSON.stringify(ours), theirs: JSON.stringify(theirs) })
      }
    }
  }
  return { total, different }
}

const result = compareAll()
const listed = JSON.parse(readFileSync(`${here}/divergences.json`, 'utf8')) as Record<
  string,
  string
>

test('every difference from ansible-core is listed with its reason', () => {
  const unlisted = result.different.filter(({ probe }) => !Object.hasOwn(listed, probe))
  const lines = unlisted.map(({ probe, ours, theirs }) => `${probe}\n  ${ours}\n  ${theirs}`)
  assert.equal(lines.join('\n'), '')
})

test('the list of differences holds nothing that is equal', () => {
  const probes = new Set(result.different.map(({ probe }) => probe))
  assert.deepEqual(
    Object.keys(listed).filter((probe) => !probes.has(probe)),
    [],
  )
})

test('at least 99 % of at least 1,000 probes have the answer of ansible-core', () => {
  assert.ok(result.total >= PROBES_LEAST, `${result.total} probes`)
  const share = 1 - result.different.length / result.total
  assert.ok(share >= EQUAL_SHARE, `${result.different.length} of ${result.total} differ`)
})

test('every reason for a difference is a sentence in docs/ansible-differences.md', () => {
  const text = readFileSync(`${here}/../../docs/ansible-differences.md`, 'utf8').replace(
    /\s+/g,
    ' ',
  )
  for (const reason of new Set(Object.values(listed))) assert.ok(text.includes(reason), reason)
})

test.run()
