// Goal: the command vault writes and reads what ansible-vault does, whole or not at all. Method:
// files that ansible-vault 2.14 made lie in data/; test/lab/vault.test.ts asks the real one.
import assert from 'node:assert/strict'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEnvelope, readEnvelope, seal } from '../../agent/src/vault/envelope.ts'
import { callCli } from '../cli/call.ts'
import { suite } from '../harness.ts'

const test = suite('vault')

const WHOLE = readFileSync(join(import.meta.dirname, 'data/whole.yml'), 'utf8')
const PLAIN = 'greeting: hello from a vault\ncount: 3\n'

let folder = ''

test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'cluster-os-vault-'))
  for (const [name, text] of Object.entries({
    pw: 'secretpass',
    new: 'b',
    'v.yml': WHOLE,
    'p.yml': PLAIN,
  })) {
    writeFileSync(at(name), text)
  }
})

test.after.each(() => {
  rmSync(folder, { recursive: true })
})

function at(name: string): string {
  return join(folder, name)
}

function vault(action: string, ...words: string[]) {
  return callCli(['vault', action, '--vault-password-file', at('pw'), ...words])
}

test('what ansible-vault sealed opens with its password and with no other', () => {
  const envelope = readEnvelope(WHOLE)
  assert.equal(openEnvelope(envelope, Buffer.from('secretpass'))?.toString(), PLAIN)
  assert.equal(openEnvelope(envelope, Buffer.from('other')), undefined)
})

test('a vault changed in one place does not open', () => {
  const envelope = readEnvelope(WHOLE)
  const cipher = Buffer.from(envelope.cipher)
  cipher[0] = (cipher[0] ?? 0) ^ 1
  assert.equal(openEnvelope({ ...envelope, cipher }, Buffer.from('secretpass')), undefined)
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

test('view shows, decrypt and encrypt write and keep the mode', async () => {
  assert.equal((await vault('view', at('v.yml'))).stdout, PLAIN)
  chmodSync(at('v.yml'), 0o640)
  await vault('decrypt', at('v.yml'))
  assert.equal(readFileSync(at('v.yml'), 'utf8'), PLAIN)
  await vault('encrypt', at('v.yml'))
  assert.match(readFileSync(at('v.yml'), 'utf8'), /^\$ANSIBLE_VAULT;1\.1;AES256\n/)
  assert.equal(statSync(at('v.yml')).mode & 0o777, 0o640)
  assert.deepEqual(readdirSync(folder).toSorted(), ['new', 'p.yml', 'pw', 'v.yml'])
})

test('rekey gives all files the new password, or none where one does not open', async () => {
  const again = ['--new-vault-password-file', at('new')]
  const tried = await vault('rekey', ...again, at('v.yml'), at('p.yml'))
  assert.match(String(tried.error), /p\.yml is no vault/)
  assert.equal(readFileSync(at('v.yml'), 'utf8'), WHOLE)
  await vault('rekey', ...again, at('v.yml'))
  const envelope = readEnvelope(readFileSync(at('v.yml'), 'utf8'))
  assert.equal(openEnvelope(envelope, Buffer.from('b'))?.toString(), PLAIN)
})

for (const [what, words, message] of [
  ['an action that does not exist', ['encrpt', 'f'], /vault cannot encrpt/],
  ['a secret among the arguments', ['encrypt-string', 'geheim'], /no secret as an argument/],
  ['a file that is a vault already', ['encrypt', 'v.yml'], /is a vault already/],
  [
    'a vault id that no password has',
    ['encrypt', '--encrypt-vault-id', 'x', 'p.yml'],
    /vault id x/,
  ],
] as const) {
  test(`${what} is refused`, async () => {
    const [action, ...rest] = words
    const paths = rest.map((word) => (word.endsWith('.yml') ? at(word) : word))
    const tried = await vault(action, ...paths)
    assert.match(String(tried.error), message)
  })
}

test('the inventory shows values of a file that is a vault, and leaves tagged ones sealed', async () => {
  const sealed = readFileSync(join(import.meta.dirname, 'data/inline.yml'), 'utf8')
  mkdirSync(at('host_vars/h'), { recursive: true })
  writeFileSync(at('host_vars/h/a.yml'), WHOLE)
  writeFileSync(at('host_vars/h/b.yml'), sealed)
  writeFileSync(at('hosts'), 'h\n')
  const words = ['inventory', '--host', 'h', '-i', at('hosts'), '--vault-id', at('pw')]
  const shown = JSON.parse((await callCli(words)).stdout) as Record<string, unknown>
  assert.equal(shown['greeting'], 'hello from a vault')
  assert.match(JSON.stringify(shown['sealed']), /^\{"__ansible_vault":"\$ANSIBLE_VAULT;1\.2/)
})

test('what was done with which file is said beside the output, and no secret', async () => {
  const path = at('told.yml')
  writeFileSync(path, 'word: open-sesame\n')
  const sealed = await vault('encrypt', path)
  assert.deepEqual([sealed.stdout, sealed.stderr], ['', `encrypted: ${path}\n`])
  const shown = await vault('decrypt', path, '--output', '-')
  assert.deepEqual([shown.stdout, shown.stderr], ['word: open-sesame\n', ''])
  const elsewhere = await vault('decrypt', path, '--output', at('open.yml'))
  assert.equal(elsewhere.stderr, `decrypted: ${path} into ${at('open.yml')}\n`)
  assert.equal((await vault('decrypt', path)).stderr, `decrypted: ${path}\n`)
  const again = await vault('create', path)
  assert.match(String(again.error), /is there already/)
})

test('EDITOR is read by a shell: its program and its arguments may be quoted', async () => {
  const program = at('my editor')
  writeFileSync(
    program,
    '#!/bin/sh\nprintf "%s|" "$1" "$2" "${3##*/}" > "${0%/*}/seen"; echo x > "$3"\n',
  )
  chmodSync(program, 0o755)
  const EDITOR = `'${program}' --wait "a profile"`
  const environment = (name: string) => (name === 'EDITOR' ? EDITOR : undefined)
  const words = ['vault', 'edit', '--vault-password-file', at('pw'), at('v.yml')]
  const { error } = await callCli(words, { environment })
  assert.equal(error, undefined)
  assert.equal(readFileSync(at('seen'), 'utf8'), '--wait|a profile|v.yml|')
  assert.equal((await vault('view', at('v.yml'))).stdout, 'x\n')
})

test.run()
