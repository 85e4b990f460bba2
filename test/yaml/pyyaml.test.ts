// Goal: YAML is read and written as PyYAML does. Method: its own answers, kept as data by
// generate.py. Where we differ on purpose, the text stands below with the reason.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { ClusterError } from '../../agent/src/errors.ts'
import { type DumpOptions, dumpYaml } from '../../agent/src/yaml/dump.ts'
import { parseYaml } from '../../agent/src/yaml/parse.ts'
import { toValue } from '../../agent/src/yaml/value.ts'
import { suite } from '../harness.ts'
import { canonical, decode, type Encoded } from './encoded.ts'

const test = suite('yaml/pyyaml')

interface Read {
  text: string
  values: Encoded[] | null
}

function readData(name: string): unknown {
  return JSON.parse(readFileSync(resolve(import.meta.dirname, 'data', name), 'utf8'))
}

/** Texts that we read differently, and why. */
const DIFFERENT = new Map<string, string>([
  ['...', 'an end mark alone ends an empty document'],
  [':', 'a colon alone is an empty key with an empty value'],
  ['yes: 1\nno: 2\non: 3\n', 'a key that is given twice is refused'],
  ['1: a\n2.5: b\ntrue: c\n~: d\n2024-01-02: e\n', 'so is true beside 1, which Python holds equal'],
])
/** Line breaks of YAML 1.1 that 1.2 made ordinary characters, as they are here. */
const OLD_BREAKS = /[\x85\u2028\u2029]/

function readOurs(text: string): string {
  try {
    const values = parseYaml(text, 'f.yml').map((node) => toValue(node, { templates: false }))
    return values.map(canonical).join(' --- ')
  } catch (error) {
    assert.ok(error instanceof ClusterError, String(error))
    return 'refused'
  }
}

function compareReads(rows: Read[]): void {
  const wrong: string[] = []
  for (const { text, values } of rows) {
    const theirs =
      values === null ? 'refused' : values.map((value) => canonical(decode(value))).join(' --- ')
    // Where PyYAML finds no document at all, there is one empty one for us.
    const ours = readOurs(text)
    if (ours === (theirs || 'null') || DIFFERENT.has(text) || OLD_BREAKS.test(text)) continue
    wrong.push(`${JSON.stringify(text)}\n  ours   ${ours}\n  theirs ${theirs}`)
  }
  if (wrong.length > 0)
    throw new Error(`${wrong.length} of ${rows.length} differ\n${wrong.join('\n')}`)
}

test('plain scalars have the types that PyYAML gives them', () => {
  compareReads(readData('scalars.json') as Read[])
})

test('documents in every style are read as PyYAML reads them', () => {
  compareReads(readData('documents.json') as Read[])
})

interface Dumped {
  value: Encoded
  yaml: string
  nice: string
  narrow: string
  flow: string
}

const STYLES: [name: 'yaml' | 'nice' | 'narrow' | 'flow', options: DumpOptions][] = [
  ['yaml', { flowStyle: null }],
  ['nice', { flowStyle: false, indent: 4 }],
  ['narrow', { flowStyle: null, width: 30, sortKeys: false }],
  ['flow', { flowStyle: true, explicitStart: true, explicitEnd: true }],
]

for (const [style, options] of STYLES) {
  test(`values are written byte for byte as PyYAML writes them: ${style}`, () => {
    const rows = readData('dumps.json') as Dumped[]
    const wrong: string[] = []
    for (const row of rows) {
      const ours = dumpYaml(decode(row.value), options)
      if (ours === row[style]) continue
      wrong.push(`ours   ${JSON.stringify(ours)}\ntheirs ${JSON.stringify(row[style])}`)
    }
    if (wrong.length > 0) throw new Error(`${wrong.length} of ${rows.length}\n${wrong.join('\n')}`)
  })
}

test.run()
