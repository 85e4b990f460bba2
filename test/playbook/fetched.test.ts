// Goal: what modules write on the controller stays below the author's folder, and git, archives and
// scripts work through a real shell. Method: plays on this machine, with local connection.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from '../harness.ts'
import { rowOf } from '../lab/trial.ts'
import { runLocal } from './local.ts'

const test = suite('playbook/fetched')

/** What a task came to, and what it said. */
function told(tried: Awaited<ReturnType<typeof runLocal>>, name: string) {
  const row = rowOf(tried, 'h', name)
  return { status: row.status, value: row.result }
}

test('fetch writes below dest, and nothing in check mode', async () => {
  const get = { fetch: { src: '{{ folder }}/f', dest: 'got/it', flat: true } }
  // A command that runs in check mode too looks at what is there.
  const see = { command: 'cat {{ folder }}/got/it', check_mode: false, ignore_errors: true }
  const tasks = [
    { name: 'get', ...get },
    { name: 'see', ...see },
    { name: 'again', ...get },
  ]
  const files = { f: 'x' }
  const done = await runLocal({ files, plays: [{ tasks }] })
  assert.deepEqual([told(done, 'get').status, told(done, 'again').status], ['changed', 'ok'])
  assert.equal(told(done, 'see').value['stdout'], 'x')
  const planned = await runLocal({ files, plays: [{ tasks }], args: ['--check'] })
  assert.equal(told(planned, 'get').status, 'changed')
  assert.equal(told(planned, 'see').status, 'failed')
})

test('words of a host lead fetch nowhere else', async () => {
  const outside = { value: '' }
  const tried = await runLocal({
    files: { f: 'x\n' },
    prepare: (folder) => {
      outside.value = `${folder}-out`
      symlinkSync(outside.value.replace(/-out$/, '-elsewhere'), join(folder, 'link'))
    },
    plays: [
      {
        tasks: [
          { name: 'say', command: "printf '%s' ../../escaped", register: 'r' },
          {
            name: 'dest',
            fetch: { src: '{{ folder }}/f', dest: '{{ r.stdout }}/', flat: true },
            ignore_errors: true,
          },
        ],
      },
    ],
  })
  assert.match(JSON.stringify(tried.rows), /leads out of/)
  assert.ok(!existsSync(outside.value))
})

test('a link among the folders of dest leads fetch nowhere else', async () => {
  const tried = await runLocal({
    files: { f: 'x\n', 'elsewhere/kept': '' },
    prepare: (folder) => {
      mkdirSync(join(folder, 'got'))
      symlinkSync('../elsewhere', join(folder, 'got/h'))
    },
    plays: [{ tasks: [{ name: 'get', fetch: { src: '{{ folder }}/f', dest: 'got' } }] }],
  })
  assert.match(JSON.stringify(tried.rows) + tried.stderr, /leads out of/)
})

function git(where: string, ...words: string[]): void {
  const who = ['-c', 'user.name=n', '-c', 'user.email=e@x']
  execFileSync('git', ['-C', where, ...who, ...words])
}

test('git clones, moves to versions and keeps local work', async () => {
  const repo = { repo: '{{ folder }}/repo', dest: '{{ folder }}/clone' }
  const tried = await runLocal({
    prepare: (folder) => {
      const at = join(folder, 'repo')
      mkdirSync(at)
      git(at, 'init', '-q', '-b', 'main')
      for (const [version, text] of [
        ['v1', 'one'],
        ['v2', 'two'],
      ] as const) {
        writeFileSync(join(at, 'f'), text)
        git(at, 'add', 'f')
        git(at, 'commit', '-q', '-m', text)
        git(at, 'tag', version)
      }
    },
    plays: [
      {
        ignore_errors: true,
        tasks: [
          { name: 'clone', git: repo },
          { name: 'again', git: repo },
          { name: 'tag', git: { ...repo, version: 'v1' } },
          { name: 'content', command: 'cat {{ folder }}/clone/f' },
          { name: 'work', copy: { content: 'mine', dest: '{{ folder }}/clone/f' } },
          { name: 'refused', git: repo },
          { name: 'forced', git: { ...repo, force: true, version: 'main' } },
          { name: 'missing', git: { ...repo, version: 'nothere' } },
        ],
      },
    ],
  })
  const statuses = ['clone', 'again', 'tag', 'refused', 'forced', 'missing'].map(
    (name) => told(tried, name).status,
  )
  assert.deepEqual(statuses, ['changed', 'ok', 'changed', 'failed', 'changed', 'failed'])
  assert.equal(told(tried, 'content').value['stdout'], 'one')
})

function withArchive(folder: string): void {
  mkdirSync(join(folder, 'd'))
  writeFileSync(join(folder, 'm'), 'member')
  execFileSync('tar', ['-C', folder, '-czf', join(folder, 'a.tgz'), 'm'])
}

test('an archive of the controller is unpacked once, as check mode says', async () => {
  const unpack = { unarchive: { src: 'a.tgz', dest: '{{ folder }}/d' } }
  const tasks = [
    { name: 'unpack', ...unpack },
    { name: 'again', ...unpack },
  ]
  const done = await runLocal({ prepare: withArchive, plays: [{ tasks }] })
  assert.deepEqual([told(done, 'unpack').status, told(done, 'again').status], ['changed', 'ok'])
  const planned = await runLocal({ prepare: withArchive, plays: [{ tasks }], args: ['--check'] })
  assert.deepEqual(told(planned, 'unpack').status, 'changed')
})

test('a script of the controller runs with its arguments and leaves nothing behind', async () => {
  const text = '#!/bin/sh\ncat; echo "$1-$2"; dirname "$0"\n'
  const tried = await runLocal({
    files: { 's.sh': text },
    plays: [{ tasks: [{ name: 'run', script: "s.sh a 'b c'" }] }],
  })
  const [words, place] = told(tried, 'run').value['stdout_lines'] as [string, string]
  assert.equal(words, 'a-b c')
  assert.ok(!existsSync(place))
})

test.run()
