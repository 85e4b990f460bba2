// Goal: runs read vaults wherever Ansible does, take passwords from where Ansible takes them, say
// what is wrong with them, and print nothing of what is inside. Method: files that ansible-vault
// 2.14 made lie in data/; plays on this machine.
import assert from 'node:assert/strict'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { seal } from '../../agent/src/vault/envelope.ts'
import { suite } from '../harness.ts'
import { type LocalTrial, type LocalTried, runLocal } from '../playbook/local.ts'

const test = suite('vault/run')

const DATA = join(import.meta.dirname, 'data')

const FILES: Readonly<Record<string, string>> = {
  'whole.yml': data('whole.yml'),
  'inline.yml': data('inline.yml'),
  pw: 'secretpass\n',
  wrong: 'another\n',
}

function data(name: string): string {
  return readFileSync(join(DATA, name), 'utf8')
}

/** A program and a file that is no text, which the trial's own files cannot be. */
function prepare(folder: string): void {
  const program = join(folder, 'ask-client')
  writeFileSync(program, '#!/bin/sh\ntest "$*" = "--vault-id lab" && echo secretpass\n')
  chmodSync(program, 0o755)
  writeFileSync(join(folder, 'b.bin'), readFileSync(join(DATA, 'b.bin')))
}

type Output = NonNullable<LocalTrial['output']>

function run(play: Readonly<Record<string, unknown>>, ...args: string[]): Promise<LocalTried> {
  return runAs('json', play, args)
}

function runAs(
  output: Output,
  play: Readonly<Record<string, unknown>>,
  args: readonly string[],
): Promise<LocalTried> {
  const files = { ...FILES, 'group_vars/all.yml': data('inline.yml').replace('sealed', 'grouped') }
  return runLocal({ files, plays: [play], args, prepare, output })
}

const BOTH = { vars_files: ['whole.yml', 'inline.yml'] }

const KNOWS = {
  ...BOTH,
  tasks: [
    { assert: { that: ["greeting == 'hello from a vault'", 'count == 3'] } },
    { assert: { that: ['sealed | length == 20', "sealed[:2] == '{' ~ '{'", 'sealed == grouped'] } },
  ],
}

for (const [what, args] of [
  ['a file', ['--vault-password-file', 'FOLDER/pw']],
  ['a file with a label', ['--vault-id', 'lab@FOLDER/pw']],
  ['a program that is told the vault id', ['--vault-id', 'lab@FOLDER/ask-client']],
  ['a second file', ['--vault-id', 'FOLDER/wrong', '--vault-id', 'FOLDER/pw']],
] as const) {
  test(`vaults of files of variables and group_vars open by ${what}`, async () => {
    const tried = await run(KNOWS, ...args)
    assert.equal(tried.exitCode, 0, tried.stdout + tried.stderr)
  })
}

test('copy writes what is in a vault, and the vault itself where decrypt is false', async () => {
  const copies = [
    { copy: { src: 'b.bin', dest: '{{ folder }}/out' } },
    { copy: { src: 'b.bin', dest: '{{ folder }}/kept', decrypt: false } },
    { command: 'head -c 6 {{ folder }}/out', register: 'out' },
    { command: 'head -c 6 {{ folder }}/kept', register: 'kept' },
    { assert: { that: ["out.stdout == 'caf\u00e9 '", "kept.stdout == '$ANSIB'"] } },
  ]
  const tried = await run({ tasks: copies }, '--vault-password-file', 'FOLDER/pw')
  assert.equal(tried.exitCode, 0, tried.stdout + tried.stderr)
})

for (const [what, play, args, exitCode, words] of [
  ['a file without any password', BOTH, [], 65, /needs a password, and none was given/],
  [
    'a wrong password',
    BOTH,
    ['--vault-id', 'x@FOLDER/wrong'],
    65,
    /tried those of the vault ids x/,
  ],
  ['no such password file', BOTH, ['--vault-id', 'FOLDER/none'], 65, /no vault password file/],
  [
    'a value whose password was not given',
    { tasks: [{ debug: { msg: '{{ grouped }}' } }] },
    [],
    2,
    /the vault with the id lab needs a password.*all\.yml:1:10/,
  ],
] as const) {
  test(`${what} is told`, async () => {
    const tried = await runAs('text', { tasks: [], ...play }, args)
    assert.equal(tried.exitCode, exitCode, tried.stdout + tried.stderr)
    assert.match(tried.stdout + tried.stderr, words)
  })
}

test('a sealed value that nothing uses needs no password', async () => {
  const tried = await run({ tasks: [{ debug: { msg: 'x' } }] })
  assert.equal(tried.exitCode, 0, tried.stdout + tried.stderr)
})

test('what was in a vault stands in no output', async () => {
  const tasks = [
    { debug: { msg: 'it is {{ greeting }}, {{ sealed }}' } },
    { command: { argv: ['printf', '%s', '{{ greeting }}'] } },
    { copy: { content: '{{ sealed }}\n', dest: '{{ folder }}/f' } },
    { assert: { that: "greeting == 'x'" }, ignore_errors: true },
    { fail: { msg: '{{ greeting }}' }, ignore_errors: true },
  ]
  for (const output of ['text', 'json', 'jsonl', 'junit'] as const) {
    const loud = ['--vault-id', 'FOLDER/pw', '-vvv', '--diff']
    const tried = await runAs(output, { ...BOTH, tasks }, loud)
    assert.equal(tried.exitCode, 0, tried.stdout + tried.stderr)
    assert.doesNotMatch(tried.stdout + tried.stderr, /hello from|never \}\}/, output)
    assert.match(tried.stdout, /<vault secret>/)
  }
})

test('the names of sealed variables are told, and their values are not', async () => {
  const sealed = seal(
    Buffer.from('database_password: correct horse battery\n'),
    Buffer.from('secretpass'),
    Buffer.alloc(32, 7),
    undefined,
  )
  const play = {
    vars_files: ['sealed.yml'],
    tasks: [{ debug: { var: 'database_password' } }, { debug: { msg: '{{ database_pasword }}' } }],
  }
  const tried = await runLocal({
    files: { ...FILES, 'sealed.yml': sealed },
    plays: [play],
    args: ['--vault-id', 'FOLDER/pw'],
    prepare,
    output: 'text',
  })
  assert.match(tried.stdout, /"database_password": "<vault secret>"/)
  assert.match(tried.stdout + tried.stderr, /did you mean '?database_password/)
  assert.doesNotMatch(tried.stdout + tried.stderr, /correct horse/)
})

test.run()
