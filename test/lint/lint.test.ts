// Goal: every rule finds what it is for at its place and nothing else in clean files, and --fix
// changes nothing but that. Method: marked files in a folder, linted by the command line as JSON.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { RULES } from '../../agent/src/lint/rules.ts'
import { toPlain } from '../../agent/src/value/plain.ts'
import { parseYaml } from '../../agent/src/yaml/parse.ts'
import { toValue } from '../../agent/src/yaml/value.ts'
import { callCli } from '../cli/call.ts'
import { suite } from '../harness.ts'

const test = suite('lint')

const MARK = '⟦'

interface Case {
  readonly rule: string
  readonly files: Readonly<Record<string, string>>
  readonly enable?: boolean
  readonly skip?: string
  readonly fixed?: string
}

const source = join(import.meta.dirname, 'cases.yml')
const [root] = parseYaml(readFileSync(source, 'utf8'), source)
assert.ok(root)
const cases = toPlain(toValue(root, { templates: false })) as unknown as readonly Case[]

const folder = mkdtempSync(join(tmpdir(), 'cluster-os-lint-'))
test.after(() => rmSync(folder, { recursive: true }))
let made = 0

/** Writes files without their marks; answers their folder and where the mark stood. */
function write(files: Readonly<Record<string, string>>): { home: string; marked: string } {
  const home = join(folder, String((made += 1)))
  let marked = ''
  for (const [name, text] of Object.entries(files)) {
    const path = join(home, name)
    const before = text.split(MARK)[0] ?? ''
    const lines = before.split('\n')
    if (before !== text) marked = `${name}:${lines.length}:${(lines.at(-1) ?? '').length + 1}`
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text.replace(MARK, ''))
  }
  return { home, marked }
}

interface Found {
  readonly rule: string
  readonly severity: string
  readonly message: string
  readonly hint: string
  readonly file: string
  readonly line: number
  readonly column: number
}

async function lint(home: string, ...words: readonly string[]) {
  const { error, exitCode, stdout } = await callCli(['lint', home, '--output', 'json', ...words])
  if (error !== undefined) throw error
  const { findings, mended } = JSON.parse(stdout) as { findings: Found[]; mended: number }
  const told = findings.map(
    ({ rule, file, line, column }) => `${rule} ${file.slice(home.length + 1)}:${line}:${column}`,
  )
  return { findings, mended, told, exitCode }
}

for (const { rule, files, enable, skip, fixed } of cases) {
  test(`${rule} is found at its place: ${Object.values(files).join(' ').slice(0, 50)}`, async () => {
    const { home, marked } = write(files)
    const words = [
      ...(enable === true ? ['--enable-rule', rule] : []),
      ...(skip === undefined ? [] : ['--skip-rule', skip]),
    ]
    const { told, exitCode, findings } = await lint(home, ...words)
    assert.deepEqual(told, [`${rule} ${marked}`])
    assert.equal(exitCode, findings[0]?.severity === 'error' ? 2 : 0)
    assert.ok(findings[0]?.hint !== undefined, 'no hint')
    const name = Object.keys(files)[0] ?? ''
    const before = readFileSync(join(home, name), 'utf8')
    const after = await lint(home, ...words, '--fix')
    assert.equal(readFileSync(join(home, name), 'utf8'), fixed ?? before)
    assert.equal(after.told.length, fixed === undefined ? 1 : 0)
    assert.equal(after.mended, fixed === undefined ? 0 : 1)
  })
}

test('a handler is not called unused where a host decides which tasks come', async () => {
  const play = '- name: P\n  hosts: all\n  tasks:\n    - name: T\n      include_tasks: '
  const handlers = '\n  handlers:\n    - name: Reload\n      ping:\n'
  for (const file of ['"{{ part }}.yml"', '{ file: "{{ part }}.yml" }']) {
    const { home } = write({ 'p.yml': `${play}${file}${handlers}` })
    assert.deepEqual((await lint(home)).told, [], file)
  }
})

test('the hint about a mode has the mode that stands there', async () => {
  const task = '- name: T\n  file: { path: /x, state: touch, mode: 0600 }\n'
  const { findings } = await lint(write({ 'tasks/x.yml': task }).home)
  assert.equal(findings[0]?.hint, 'put it in quotes as it stands: "0600" for 0600')
})

test('every rule has a case, and the fixable ones a case that is fixed', () => {
  for (const { id, isFixable } of RULES.values()) {
    const own = cases.filter(({ rule }) => rule === id)
    assert.ok(own.length > 0, id)
    if (isFixable === true)
      assert.ok(
        own.some(({ fixed }) => fixed !== undefined),
        id,
      )
  }
})

const MANY = {
  'p.yml': [
    '- name: P',
    '  hosts: all',
    '  taks: []',
    '  serail: 1',
    '  roles: [web, nowhere]',
    '  tasks:',
    '    - name: One',
    '      copyy: { dest: /x }',
    '      when: a is',
    '    - name: Two',
    '      copy: { dset: /x, mode: 0644x }',
    '    - block:',
    '        - name: Three',
    '          debug: { msg: "{{ a | uper }}" }',
    '          becom: true',
    '- name: Q',
    '  tasks:',
    '    - import_tasks: mising.yml',
    '    - name: Four',
    '      apt: { name: x, state: instaled }',
  ].join('\n'),
  'roles/web/tasks/main.yml':
    '- name: Five\n  servce: { name: x }\n- name: Six\n  ping:\n  whn: a\n',
  'roles/web/defaults/main.yml': 'a: [1\nb: 2\n',
}

test('all mistakes of all files are told in one call, and what follows from them is not', async () => {
  const { home } = write(MANY)
  const { findings } = await lint(home)
  const told = findings
    .filter(({ rule }) => rule === 'mistake')
    .map(({ file, line, column }) => `${file.slice(home.length + 1)}:${line}:${column}`)
  assert.deepEqual(told, [
    'p.yml:3:3',
    'p.yml:4:3',
    'p.yml:5:16',
    'p.yml:8:7',
    'p.yml:9:17',
    'p.yml:11:15',
    'p.yml:11:31',
    'p.yml:14:33',
    'p.yml:15:11',
    'p.yml:16:3',
    'p.yml:18:21',
    'p.yml:20:30',
    'roles/web/defaults/main.yml:1:4',
    'roles/web/tasks/main.yml:2:3',
    'roles/web/tasks/main.yml:5:3',
  ])
})

const CLEAN = {
  'p.yml': [
    '- name: Play',
    '  hosts: all',
    '  tasks:',
    '    - name: Say {{ x }}',
    '      ansible.builtin.debug:',
    "        msg: \"{{ {'a': {'b': 1}} }} and {{- x -}} '{{ '}}' }}'\"",
    '    - name: Ask',
    '      ansible.builtin.command: systemctl is-active x',
    '      register: answer',
    '      changed_when: false',
    '      ignore_errors: true',
    '    - name: Pipe',
    '      ansible.builtin.shell: |',
    '        set -o pipefail',
    '        grep x /y | wc -l',
    '      args: { executable: /bin/bash }',
    '      changed_when: answer.rc == 0',
    '      notify: Web restart',
    '  handlers:',
    '    - name: Restart',
    '      ansible.builtin.command: x',
    '      listen: Web restart',
    '',
  ].join('\n'),
}

test('a clean playbook has no findings', async () => {
  assert.deepEqual((await lint(write(CLEAN).home)).told, [])
})

test('our own playbooks are clean', async () => {
  const { stdout, exitCode } = await callCli(['lint', 'playbooks', 'tasks'])
  assert.equal(exitCode, 0)
  assert.match(stdout, /nothing to complain about/)
})

const commented = (comment: string) =>
  `- name: T\n  command: uptime ${comment}\n- name: U\n  command: uptime # noqa\n`

test('a comment excuses the rules that it names on its line, but no mistake', async () => {
  for (const [comment, count] of [
    ['# noqa no-changed-when', 0],
    ['# noqa: fqcn,no-changed-when', 0],
    ['# noqa fqcn', 1],
  ] as const) {
    const { home } = write({ 'tasks/x.yml': commented(comment) })
    assert.equal((await lint(home)).told.length, count, comment)
  }
  const { home } = write({ 'tasks/x.yml': '- name: T\n  pingg: # noqa\n' })
  assert.equal((await lint(home)).told.length, 1)
})

test('a rule that is not there is refused with the nearest', async () => {
  await assert.rejects(lint(write(CLEAN).home, '--skip-rule', 'fqnc'), /no rule fqnc/)
})

test('--fix keeps line ends, comments and what stands in block texts', async () => {
  const text =
    '- name: P\r\n  hosts: all  \r\n  vars:\r\n    a: |\r\n      yes  \r\n    b: on # x\r\n'
  const { home } = write({ 'p.yml': text })
  await lint(home, '--fix')
  assert.equal(
    readFileSync(join(home, 'p.yml'), 'utf8'),
    '- name: P\r\n  hosts: all\r\n  vars:\r\n    a: |\r\n      yes  \r\n    b: true # x\r\n',
  )
})

test.run()
