// Goal: one opinion on which names sound like secrets, for all that shows or writes down values.
// Method: a table of names.
import assert from 'node:assert/strict'
import { withoutPrivate } from '../../agent/src/plan/private.ts'
import { nameSecrecy } from '../../agent/src/vault/names.ts'
import { suite } from '../harness.ts'

const test = suite('vault/names')

const NAMES: Readonly<Record<'yes' | 'maybe' | 'no', string>> = {
  yes: `password passwd pass passphrase passcode pwd psk snmp_community mysql_root_password
    dbpassword db_pass dbpass users_passwords adminPassword pass_hash token token_hash api_token
    tokens secret client_secret clientSecret secrets aws_secret_access_key credential credentials
    api_key apikey private_key privatekey auth_key access_key preshared-key password1
    ansible_become_pass ansible_ssh_pass ansible_password update_password`,
  maybe: `password_file token_path secret_name credential_id password_lock pass_max_days key
    ssh_key public_key authorized_keys auth_method bypass passenger keyboard private_network`,
  no: `name port compas user hash path state communicate`,
}

for (const [secrecy, names] of Object.entries(NAMES)) {
  test(`names that are secret: ${secrecy}`, () => {
    for (const name of names.trim().split(/\s+/)) {
      assert.equal(nameSecrecy(name), secrecy, name)
    }
  })
}

const LINES: readonly (readonly [string, string])[] = [
  ['token_hash: 3f9a', 'token_hash: <hidden>'],
  ['  "client_secret": "x",', '  "client_secret": <hidden>'],
  ['--password x', '--password <hidden>'],
  ['password_file = /etc/x', 'password_file = /etc/x'],
  ['token_path: /a token=b', 'token_path: /a token=<hidden>'],
  ['tokens are kept', 'tokens are kept'],
  ['token:', 'token:'],
]

for (const [line, shown] of LINES) {
  test(`a plan shows ${JSON.stringify(line)} as ${JSON.stringify(shown)}`, () => {
    assert.equal(withoutPrivate(line), shown)
  })
}

test('long words are looked through in no time', () => {
  const startMs = performance.now()
  withoutPrivate('a'.repeat(200_000))
  assert.ok(performance.now() - startMs < 2000)
})

test.run()
