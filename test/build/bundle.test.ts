// Goal: the product in one file does what the sources do. Method: it is built into dist and run by
// the pinned Node, away from the sources.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { suite } from '../harness.ts'

const test = suite('build/bundle', { timeoutMs: 60_000 })

const root = resolve(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'cluster-os-bundle-'))
const bundle = join(folder, 'cluster-os.mjs')

test.before(() => {
  execFileSync(process.execPath, [join(root, 'agent/build.ts')], { stdio: 'ignore' })
  copyFileSync(join(root, 'dist/cluster-os.mjs'), bundle)
})
test.after(() => rmSync(folder, { recursive: true }))

function run(...words: readonly string[]): string {
  return execFileSync(process.execPath, [bundle, ...words], { cwd: folder, encoding: 'utf8' })
}

test('the bundle says what it is, to the byte', () => {
  assert.match(run('version'), /^cluster-os /)
  assert.match(run('version', '--digest'), /^[0-9a-f]{64}\n$/)
})

test('the bundle runs a playbook, templates and a shell with it', () => {
  const playbook = [
    '- hosts: localhost',
    '  tasks:',
    '    - shell: echo {{ ansible_system | lower }}',
    '      register: said',
    '    - copy: { content: "{{ said.stdout }}\\n", dest: made }',
  ].join('\n')
  writeFileSync(join(folder, 'p.yml'), playbook.replace('dest: made', `dest: ${folder}/made`))
  run('run', 'p.yml')
  assert.equal(readFileSync(join(folder, 'made'), 'utf8'), 'linux\n')
})

test.run()
