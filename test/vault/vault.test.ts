// Goal: vaults of ansible-vault open here, its passwords come from where Ansible takes them, and
// what is inside shows up in no output. Method: files that ansible-vault 2.14 made lie in data/.
import assert from 'node:assert/strict'
import { chmodSync, copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openEnvelope, readEnvelope, seal } from '../../agent/src/vault/envelope.ts'
import { Secrets } from '../../agent/src/vault/secrets.ts'
import { callCli } from '../cli/call.ts'
import { suite } from '../harness.ts'
import { inFolder } from '../inventory/folder.ts'
import { runLocal } from '../playbook/local.ts'

const test = suite('vault')

const DATA = join(import.meta.dirname, 'data')
const PASSWORD = 'secretpass'

function data(name: string): string {
  return readFileSync(join(DATA, name), 'utf8')
}

const FILES = {
  'whole.yml': data('whole.yml'),
  'inline.yml': data('inline.yml'),
  'group_vars/all.yml': data('whole.yml'),
  'files/b.bin': data('b.bin'),
  pw: PASSWORD,
  wrong: 'another',
}

test('what ansible-vault sealed opens with its password and with no other', () => {
  const envelope = readEnvelope(data('whole.yml'))
  const opened = openEnvelope(envelope, Buffer.from(PASSWORD))?.toString()
  assert.equal(opened, 'greeting: hello from a vault\ncount: 3\n')
  assert.equal(openEnvelope(envelope, Buffer.from('other')), undefined)
})

test('a vault changed in one place does not open', () => {
  const envelope = readEnvelope(data('whole.yml'))
  const cipher = Buffer.from(envelope.cipher)
  cipher[0] = (cipher[0] ?? 0) ^ 1
  assert.equal(openEnvelope({ ...envelope, cipher }, Buffer.from(PASSWORD)), undefined)
})

for (const length of [0, 1, 15, 16, 17, 5000]) {
  test(`${length} bytes come back as they went in`, () => {
    const content = Buffer.alloc(length, 7)
    const text = seal(content, Buffer.from('p'), Buffer.alloc(32, 1), 'lab')
    const envelope = readEnvelope(text)
    assert.equal(envelope.label, 'lab')
    assert.deepEqual(openEnvelope(envelope, Buffer.from('p')), content)
    assert.ok(text.split('\n').every((line) => line.length <= 80))
  })
}

test('a run reads vaults in files of variables, group_vars and copied files', async () => {
  const tried = await runLocal({
    files: FILES,
    plays: [
      {
        vars_files: ['whole.yml', 'inline.yml'],
        tasks: [
          { assert: { that: ["greeting == 'hello from a vault'", 'count == 3'] } },
          { assert: { that: ["sealed == '{{ \"{{\" }} never }} rendered'", 'sealed | length == 20'] } },
          { copy: { src: 'b.bin', dest: '{{ folder }}/out' } },
          { copy: { src: 'b.bin', dest: '{{ folder }}/kept', decrypt: false } },
          { command: { argv: ['head', '-c', '6', '{{ folder }}/out'] }, register: 'head' },
          { assert: { that: "head.stdout == 'caf\u00e9 '" } },
          { command: { argv: ['head', '-c', '6', '{{ folder }}/kept'] }, register: 'kept' },
          { assert: { that: "kept.stdout == '$ANSIB'" } },
        ].slice(0),
      },
    ],
    args: ['--vault-password-file', 'PW'],
    prepare: usePassword,
  })
  assert.equal(tried.exitCode, 0, tried.stdout + tried.stderr)
})

/** The folder of the trial is known only once it is there. */
function usePassword(folder: string): void {
  passwordFile = join(folder, 'pw')
}

let passwordFile = ''
