// A playbook run by ansible-core and by us, and what differs. Not here: which playbooks (plays.ts).
import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { $ } from '../../../lab/command.ts'
import { callCli } from '../../cli/call.ts'
import { type Answer, answerOf, lines, narrowed } from '../oracle/compare.ts'
import type { Trial } from './plays.ts'

const BOOKS = join(import.meta.dirname, '../oracle/books')

const INVENTORY = 'all:\n  hosts: { h1, h2, h3 }\n  vars: { ansible_connection: local }\n'

/** Throws an AssertionError that shows both answers where they differ. */
export async function compareBoth({ plays, args }: Trial): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'random-'))
  try {
    for (const part of ['parts/said.yml', 'roles/piece', 'roles/bit']) {
      cpSync(join(BOOKS, part), join(folder, part), { recursive: true })
    }
    writeFileSync(join(folder, 'inventory.yml'), INVENTORY)
    writeFileSync(join(folder, 'book.yml'), JSON.stringify(plays, null, 1))
    const [theirs, mine] = await Promise.all([askAnsible(folder, args), askUs(folder, args)])
    const entry = { name: 'random', playbook: 'book.yml' }
    assert.deepEqual(lines(narrowed(mine, theirs, entry), entry), lines(theirs, entry))
    assert.equal(mine.rc, theirs.rc, 'exit code')
    for (const [host, counts] of Object.entries(theirs.stats)) {
      for (const [name, count] of Object.entries(counts)) {
        assert.equal(mine.stats[host]?.[name], count, `${name} of ${host} in the recap`)
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function askAnsible(folder: string, args: readonly string[]): Promise<Answer> {
  const env = {
    ...process.env,
    ANSIBLE_STDOUT_CALLBACK: 'ansible.posix.json',
    ANSIBLE_JINJA2_NATIVE: '1',
    ANSIBLE_PYTHON_INTERPRETER: '/usr/bin/python3',
    ANSIBLE_PIPELINING: '1',
  }
  const options = { nothrow: true, cwd: folder, env, input: '' }
  const ran = await $(options)`ansible-playbook -i inventory.yml book.yml ${args}`
  const start = ran.stdout.indexOf('{')
  assert.ok(start >= 0, ran.stdout + ran.stderr)
  return answerOf(ran.stdout.slice(start), ran.exitCode ?? -1)
}

async function askUs(folder: string, args: readonly string[]): Promise<Answer> {
  const words = ['run', join(folder, 'book.yml'), '-i', join(folder, 'inventory.yml')]
  const called = await callCli([...words, ...args, '--output', 'json'])
  if (called.error !== undefined) throw called.error
  return answerOf(called.stdout, called.exitCode ?? -1)
}
