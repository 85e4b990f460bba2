// Goal: a sealed key opens by its password alone, and nothing else passes for it. Method: one file
// is made and spoilt in every part. Not here: where the password comes from (test/cli).
import assert from 'node:assert/strict'
import { scryptSync } from 'node:crypto'
import { publicKeyOf } from '../../agent/src/identity/keys.ts'
import { openKey, sealedKeyOf, sealKey } from '../../agent/src/identity/sealed.ts'
import { nodeIdOf } from '../../agent/src/wire/id.ts'
import { suite as crypto } from '../../agent/src/wire/suite.ts'
import { suite } from '../harness.ts'
import { ROOT, secret } from './cluster.ts'

const test = suite('identity/sealed')

const PASSWORD = 'correct horse'
const text = sealKey('root', ROOT, PASSWORD)

function refusedBy(spoilt: string, password = PASSWORD, kind: 'root' | 'operator' = 'root') {
  try {
    openKey(spoilt, 'root.key', kind, password)
  } catch (error) {
    return error as { code: string; message: string; hint?: string; where?: { line: number } }
  }
  throw new Error('it was opened')
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

test('a sealed key opens by its password, and its public half is read without one', () => {
  assert.deepEqual(openKey(text, 'root.key', 'root', PASSWORD), ROOT)
  assert.deepEqual(sealedKeyOf(text, 'root.key', 'root'), publicKeyOf(ROOT))
})

test('the secret is nowhere in the file, in no spelling', () => {
  for (const spelling of ['hex', 'base64', 'latin1'] as const) {
    assert.ok(!text.includes(Buffer.from(ROOT).toString(spelling)))
  }
})

test('two files of one key and password have nothing in common but the key', () => {
  const other = sealKey('root', ROOT, PASSWORD)
  for (const name of ['salt', 'nonce', 'ciphertext']) {
    const of = (file: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(file)?.[1]
    assert.ok(of(text))
    assert.notEqual(of(text), of(other))
  }
})

test('a password is the same however its accents are composed', () => {
  const made = sealKey('operator', ROOT, 'caf\u00e9 au lait')
  assert.deepEqual(openKey(made, 'operator.key', 'operator', 'cafe\u0301 au lait'), ROOT)
})

test('a wrong password is said to be one', () => {
  const { code, message, hint } = refusedBy(text, 'another one')
  assert.equal(code, 'ADMISSION')
  assert.match(message, /password does not open root.key/)
  assert.match(hint ?? '', /type it again/)
})

test('a root key is no operator key, even where the file says so', () => {
  assert.match(refusedBy(text, PASSWORD, 'operator').message, /no operator key/)
  const renamed = text.replace('kind: root', 'kind: operator')
  assert.match(refusedBy(renamed, PASSWORD, 'operator').message, /does not open/)
})

test('a file that names another public key is refused', () => {
  const other = nodeIdOf(publicKeyOf(secret('other')))
  const spoilt = text.replace(nodeIdOf(publicKeyOf(ROOT)), other)
  assert.match(refusedBy(spoilt).message, /does not open/)
})

test('a secret that is not that of the key beside it is refused, although it was sealed so', () => {
  const key = publicKeyOf(ROOT)
  const salt = secret('salt').subarray(0, 16)
  const nonce = secret('nonce').subarray(0, 12)
  const cost = { N: 2 ** 17, r: 8, p: 1, maxmem: 2 ** 28 }
  const sealing = new Uint8Array(scryptSync(PASSWORD, salt, 32, cost))
  const associated = Buffer.concat([Buffer.from('cluster-os/1 sealed root '), key])
  const fileOf = (inner: Uint8Array) =>
    text
      .replace(/salt: .*/, `salt: ${base64(salt)}`)
      .replace(/nonce: .*/, `nonce: ${base64(nonce)}`)
      .replace(
        /ciphertext: .*/,
        `ciphertext: ${base64(crypto.seal(sealing, nonce, associated, inner))}`,
      )
  assert.deepEqual(openKey(fileOf(ROOT), 'root.key', 'root', PASSWORD), ROOT)
  assert.match(refusedBy(fileOf(secret('other'))).message, /belongs to another key/)
})

const flipped = (line: string) => {
  const [, name = '', value = ''] = /^(\w+): (.*)$/.exec(line) ?? []
  const bytes = Buffer.from(value, 'base64')
  bytes[0] = (bytes[0] ?? 0) ^ 1
  return `${name}: ${bytes.toString('base64')}`
}

for (const name of ['salt', 'nonce', 'ciphertext']) {
  test(`one flipped bit of the ${name} keeps it shut`, () => {
    const spoilt = text.replace(new RegExp(`^${name}: .*$`, 'm'), flipped)
    assert.notEqual(spoilt, text)
    assert.match(refusedBy(spoilt).message, /does not open/)
  })
}

const SPOILT: [what: string, spoil: (file: string) => string, said: RegExp, line: number][] = [
  ['cut short', (file) => file.replace(/ciphertext: .*/, ''), /has no ciphertext/, 2],
  ['empty', () => '', /names with values/, 1],
  ['no YAML', () => '"', /./, 1],
  ['of version 2', (file) => file.replace('version: 1', 'version: 2'), /version 2/, 2],
  ['with a short salt', (file) => file.replace(/salt: .*/, 'salt: AAAA'), /3 bytes and not 16/, 5],
  ['with a word more', (file) => `${file}slat: x\n`, /has no slat/, 8],
  ['with a word twice', (file) => `${file}kind: root\n`, /twice/, 8],
]

for (const [what, spoil, said, line] of SPOILT) {
  test(`a key file is refused that is ${what}`, () => {
    const error = refusedBy(spoil(text))
    assert.match(error.message, said)
    assert.equal(error.code, 'ADMISSION')
    assert.equal(error.where?.line, line)
    assert.ok(error.hint)
  })
}

test.run()
