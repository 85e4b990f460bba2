// Goal: what a machine prints is read as Ansible reads it. Method: cases as data, one folder for
// each family: what the family's script prints, and the facts that come of it.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { board } from '../../agent/src/facts/board.ts'
import { cmdline, lsb } from '../../agent/src/facts/boot.ts'
import type { Fact } from '../../agent/src/facts/fact.ts'
import { gatherFacts } from '../../agent/src/facts/gather.ts'
import { kernel } from '../../agent/src/facts/kernel.ts'
import { localFacts } from '../../agent/src/facts/local.ts'
import { memory } from '../../agent/src/facts/memory.ts'
import { mounts } from '../../agent/src/facts/mounts.ts'
import { network } from '../../agent/src/facts/network.ts'
import { processor } from '../../agent/src/facts/processor.ts'
import { python } from '../../agent/src/facts/python.ts'
import { resolver } from '../../agent/src/facts/resolver.ts'
import { guards, hostKeys } from '../../agent/src/facts/security.ts'
import { storage } from '../../agent/src/facts/storage.ts'
import { system } from '../../agent/src/facts/system.ts'
import { dateTime, load, uptime } from '../../agent/src/facts/time.ts'
import { environment, user } from '../../agent/src/facts/user.ts'
import { virtual } from '../../agent/src/facts/virtual.ts'
import { type Plain, toPlain } from '../../agent/src/value/plain.ts'
import { parseYaml } from '../../agent/src/yaml/parse.ts'
import { toValue } from '../../agent/src/yaml/value.ts'
import { suite } from '../harness.ts'
import { MemoryHost } from '../modules/memory.ts'

const test = suite('facts/facts')

const FACTS: Readonly<Record<string, Fact>> = {
  board,
  cmdline,
  dateTime,
  environment,
  guards,
  hostKeys,
  kernel,
  load,
  local: localFacts(),
  lsb,
  memory,
  mounts,
  network,
  processor,
  python,
  resolver,
  storage,
  system,
  uptime,
  user,
  virtual,
}

interface Case {
  name: string
  fact: string
  printed: string
  facts: Record<string, Plain>
  lacks?: string[]
}

const here = import.meta.dirname

for (const entry of readdirSync(here, { withFileTypes: true })) {
  if (!entry.isDirectory()) continue
  for (const file of readdirSync(join(here, entry.name))) {
    const [node] = parseYaml(readFileSync(join(here, entry.name, file), 'utf8'), file)
    assert.ok(node !== undefined)
    const cases = toPlain(toValue(node, { templates: false })) as unknown as Case[]
    for (const one of cases) test(`${entry.name}: ${one.name}`, () => compare(one))
  }
}

function compare({ fact: name, printed, facts, lacks = [] }: Case): void {
  const fact = FACTS[name]
  assert.ok(fact !== undefined, `there is no fact ${name}`)
  const found = fact.parse(printed)
  for (const [key, value] of Object.entries(facts)) {
    assert.ok(fact.gives(key), `the fact does not say that it gives ${key}`)
    assert.deepEqual(bare(toPlain(found[key] ?? null)), bare(value), key)
  }
  for (const key of lacks) assert.ok(!(key in found), key)
}

/** Without the prototypes, which say nothing about values. */
function bare(value: Plain): unknown {
  return JSON.parse(JSON.stringify(value))
}

test('every fact says that it gives what it gives, even where nothing was printed', () => {
  for (const fact of Object.values(FACTS)) {
    for (const key of Object.keys(fact.parse(''))) assert.ok(fact.gives(key), key)
  }
})

test('only the facts that are named are asked for, in one question', async () => {
  const printed = 'MemTotal: 2048 kB\n\n==cluster-os-fact==\n'
  const host = new MemoryHost({
    asks: [{ match: '^\\( cat /proc/meminfo[^(]*$', stdout: printed }],
  })
  const facts = await gatherFacts(host, new Set(['ansible_memtotal_mb']))
  assert.equal(facts.get('ansible_memtotal_mb'), 2)
})

test.run()
