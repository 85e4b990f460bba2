// Goal: the repository keeps its own rules. Method: each rule is a pure function over paths and
// texts; it must find its planted violation, and nothing in the repository.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { suite } from './harness.ts'
import { attackCases, errorCodes, labCosts, lockFile, modulePages } from './tidy/docs.ts'
import { cycles, layers, packages, specifiers } from './tidy/imports.ts'
import { purity, sleeps } from './tidy/purity.ts'
import {
  defaultExports,
  fileSizes,
  functionSizes,
  leftovers,
  lineLengths,
  machines,
  names,
  openings,
} from './tidy/shape.ts'
import { type Finding, type Rule, readRepository } from './tidy/source.ts'

const root = resolve(import.meta.dirname, '..')
const repository = readRepository(root)
const test = suite('tidy')

type Planted = [path: string, text: string]

const long = (lines: number) => '  call()\n'.repeat(lines)

const attacks = (count: number) =>
  Array.from({ length: count }, (_, index) => `- test/a.test.ts: case ${1000 + index}\n`).join('')

/** Each rule, in words, with files that break it; every one of the first files must be found. */
const RULES: [sentence: string, rule: Rule, planted: Planted[][]][] = [
  [
    'a file imports only from lower layers or its own folder',
    layers,
    [
      [['agent/src/yaml/a.ts', "import { b } from '../template/b.ts'"]],
      [['agent/src/yaml/a.ts', "import type { B } from '../host/b.ts'"]],
      [['agent/src/yaml/a.ts', "export { b } from '../modules/b.ts'"]],
      [['agent/src/facts/a.ts', "const b = await import('../playbook/b.ts')"]],
      [['agent/src/facts/a.ts', "import { b } from '../../../test/b.ts'"]],
      [['agent/src/elsewhere/a.ts', '']],
    ],
  ],
  [
    'no file imports itself by a detour',
    cycles,
    [
      [
        ['agent/src/yaml/a.ts', "import { b } from './b.ts'"],
        ['agent/src/yaml/b.ts', "import { a } from './c.ts'"],
        ['agent/src/yaml/c.ts', "import { a } from './a.ts'"],
      ],
    ],
  ],
  [
    'fixed packages are imported only in their place',
    packages,
    [
      [['agent/src/inventory/a.ts', "import { load } from 'js-yaml'"]],
      [['agent/src/modules/a.ts', "import nunjucks from 'nunjucks'"]],
      [['agent/src/host/local.ts', "import { Client } from 'ssh2'"]],
      [['agent/src/host/ssh.ts', "import { $ } from 'zx/core'"]],
      [['agent/src/commands/a.ts', "import { cac } from 'cac'"]],
      [['test/yaml/a.test.ts', "import { suite } from 'uvu'"]],
    ],
  ],
  [
    'relative imports name the .ts file',
    specifiers,
    [[['agent/src/yaml/a.ts', "import { b } from './b'"]]],
  ],
  [
    'clock, randomness, environment, sockets and files are reached in sys only',
    purity,
    [
      'Date.now()',
      'new Date()',
      'performance.now()',
      'Math.random()',
      'setTimeout(() => {}, 1)',
      "process.env['HOME']",
      'process.exit(1)',
      "import { createSocket } from 'node:dgram'",
      "import { readFile } from 'node:fs/promises'",
      "import { randomBytes } from 'node:crypto'",
      'crypto.getRandomValues(new Uint8Array(1))',
    ].map((text) => [['agent/src/gossip/a.ts', text]]),
  ],
  [
    'tests outside test/lab do not sleep',
    sleeps,
    [[['test/yaml/a.test.ts', 'setTimeout(() => {}, 100)']]],
  ],
  ['a file has at most 400 lines', fileSizes, [[['agent/src/yaml/a.ts', long(401)]]]],
  [
    'a line has at most 100 columns',
    lineLengths,
    [[['agent/src/yaml/a.ts', `const a = ${'b + '.repeat(30)}c`]]],
  ],
  [
    'a function has at most 70 lines',
    functionSizes,
    [
      [['agent/src/yaml/a.ts', `function a() {\n${long(70)}}`]],
      [['agent/src/yaml/a.ts', `const a = () => {\n${long(70)}}`]],
      [['agent/src/yaml/a.ts', `class A {\n  b() {\n${long(70)}  }\n}`]],
    ],
  ],
  [
    'exports are named',
    defaultExports,
    [
      [['agent/src/yaml/a.ts', 'export default 1']],
      [['agent/src/yaml/a.ts', 'const a = 1\nexport { a as default }']],
    ],
  ],
  [
    'nothing has a name that says nothing',
    names,
    [
      [['agent/src/yaml/utils.ts', '']],
      [['agent/src/yaml/a.ts', 'class LeaseManager {}']],
      [['agent/src/yaml/a.ts', 'const parseHelper = 1']],
    ],
  ],
  [
    'each folder says at its opening what it is and is not',
    openings,
    [
      [
        ['agent/src/yaml/a.ts', 'export const a = 1'],
        ['agent/src/yaml/b.ts', '// Reads it,\n// does not write it.\n'],
      ],
      [['agent/src/yaml/a.ts', '// Reads it.\nexport const a = 1']],
    ],
  ],
  [
    'nothing unfinished is left in',
    leftovers,
    [[['agent/src/yaml/a.ts', '// TODO: more']], [['docs/a.md', 'This is enough for now.']]],
  ],
  [
    'nothing names a path or a mirror of one machine',
    machines,
    [
      [['docs/a.md', 'see /work/main']],
      [['package-lock.json', '"resolved": "http://mirror.example/a.tgz"']],
    ],
  ],
  [
    'every error code has its paragraph and every paragraph its code',
    errorCodes,
    [
      [['agent/src/errors.ts', '  LAB: 1,\n']],
      [
        ['docs/ERRORS.md', '## GONE\n\nWas once.\n'],
        ['agent/src/errors.ts', ''],
      ],
    ],
  ],
  [
    'every attack of the page has its test, and there are 80 at least',
    attackCases,
    [
      [
        ['docs/attacks.md', `${attacks(80)}- test/a.test.ts: of whom no test speaks\n`],
        ['test/a.test.ts', attacks(80)],
      ],
      [
        ['docs/attacks.md', attacks(79)],
        ['test/a.test.ts', attacks(80)],
      ],
      [
        ['docs/attacks.md', attacks(80) + attacks(1)],
        ['test/a.test.ts', attacks(80)],
      ],
    ],
  ],
  [
    'the lock file names the packages of all platforms',
    lockFile,
    [[['package-lock.json', '{"packages": {"a": {"optionalDependencies": {"b": "1.0.0"}}}}']]],
  ],
  [
    'lab tests tell their cost and keep the budget',
    labCosts,
    [
      [['test/lab/a.test.ts', "labSuite('a', { costSeconds: 1201 })"]],
      [['test/lab/a.test.ts', "labSuite('a', {})"]],
      [['test/lab/a.test.ts', "suite('a')"]],
    ],
  ],
]

function inWords(findings: readonly Finding[]): string {
  return findings.map(({ path, line, message }) => `${path}:${line} ${message}`).join('\n')
}

function assertNone(findings: readonly Finding[]): void {
  if (findings.length > 0) throw new Error(`\n${inWords(findings)}`)
}

for (const [sentence, rule, planted] of RULES) {
  test(`a violation is found of: ${sentence}`, () => {
    for (const files of planted) {
      const found = rule(files.map(([path, text]) => ({ path, text })))
      assert.equal(found.length, 1, `${JSON.stringify(files)}\n${inWords(found)}`)
    }
  })

  test(sentence, () => {
    assertNone(rule(repository))
  })
}

test('a violation is found of: every module has its page and golden cases', () => {
  const page = { path: 'docs/modules/copy.md', text: '' }
  const golden = { path: 'test/modules/copy/new.yml', text: '' }
  assert.equal(modulePages(['copy'], [page, golden]).length, 0)
  assert.equal(modulePages(['copy'], [page]).length, 1)
  assert.equal(modulePages(['copy'], [golden]).length, 1)
  assert.equal(modulePages([], [page]).length, 1)
})

test('every module has its page and golden cases', async () => {
  const index = resolve(root, 'agent/src/modules/index.ts')
  const { MODULES } = existsSync(index)
    ? ((await import(pathToFileURL(index).href)) as { MODULES: ReadonlyMap<string, unknown> })
    : { MODULES: new Map<string, unknown>() }
  assertNone(modulePages([...MODULES.keys()], repository))
})

test.run()
