// Goal: every mistake of an author is told at its exact place, with a hint, before any connection
// where that can be. Method: files with a mark at the mistake are written to a folder, the command
// line is run on them in this process, and the place it names is compared with the mark's.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { ClusterError, formatWhere, isPosition } from '../../agent/src/errors.ts'
import { toPlain } from '../../agent/src/value/plain.ts'
import { parseYaml } from '../../agent/src/yaml/parse.ts'
import { toValue } from '../../agent/src/yaml/value.ts'
import { suite } from '../harness.ts'
import { callCli } from './call.ts'

const test = suite('cli/mistakes')

/** Stands right before the character that the error must name. */
const MARK = '⟦'

interface Case {
  readonly name: string
  /** Files by name; `p.yml` is the playbook that is run when no other words are given. */
  readonly files: Readonly<Record<string, string>>
  readonly argv?: readonly string[]
  readonly code: string
  /** Where the mistake is in no file. */
  readonly where?: string
  readonly hint: string
  /** Told by a task's result, because only a host's turn shows it. */
  readonly isAtRunTime?: boolean
}

const folder = mkdtempSync(join(tmpdir(), 'cluster-os-mistakes-'))
test.after(() => rmSync(folder, { recursive: true }))

const source = join(import.meta.dirname, 'mistakes.yml')
const [root] = parseYaml(readFileSync(source, 'utf8'), source)
assert.ok(root)
const cases = toPlain(toValue(root, { templates: false })) as unknown as readonly Case[]

/** Writes the files without their marks and answers where the mark stood, as file:line:column. */
function place(entry: Case, index: number): string | undefined {
  let marked: string | undefined
  for (const [name, text] of Object.entries(entry.files)) {
    const path = join(folder, String(index), name)
    const before = text.split(MARK)[0] ?? ''
    if (before !== text) {
      const lines = before.split('\n')
      marked = `${path}:${lines.length}:${(lines.at(-1) ?? '').length + 1}`
    }
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text.replace(MARK, '').replaceAll('FOLDER', join(folder, String(index))))
  }
  return marked
}

test('there are at least 100 kinds of mistakes', () => {
  assert.ok(cases.length >= 100, `${cases.length} cases`)
})

for (const [index, entry] of cases.entries()) {
  test(`${entry.name} is told at its place`, async () => {
    const marked = place(entry, index)
    const words = entry.argv ?? ['run', 'p.yml', '-i', 'h1,', '-c', 'local', '--output', 'json']
    const argv = words.map((word) =>
      Object.hasOwn(entry.files, word) ? join(folder, String(index), word) : word,
    )
    const { error, stdout } = await callCli(argv)
    if (entry.isAtRunTime === true) {
      const result = JSON.parse(stdout).plays.at(-1).tasks.at(-1).hosts.h1
      assert.equal(result.where, marked, JSON.stringify(result))
      assert.match(String(result.hint), new RegExp(entry.hint))
      return
    }
    assert.ok(error instanceof ClusterError, `no error: ${String(error)} ${stdout}`)
    const where =
      error.where !== undefined && isPosition(error.where) ? formatWhere(error.where) : undefined
    assert.equal(where, marked ?? entry.where, error.message)
    assert.equal(error.code, entry.code, error.message)
    assert.match(error.hint ?? '', new RegExp(entry.hint))
  })
}

test.run()
