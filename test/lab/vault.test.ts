// Goal: ansible-vault reads what we seal and we read what it seals. Method: Debian's ansible-vault
// as a black box, both ways, with and without a vault id.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { $ } from '../../lab/command.ts'
import { ensurePrograms } from '../../lab/programs.ts'
import { ROOT } from '../../lab/site.ts'
import { labSuite } from '../harness.ts'

const test = labSuite('lab/vault', { costSeconds: 8, timeoutMs: 300_000 })

test.before(async () => {
  await ensurePrograms({ 'ansible-vault': 'ansible' })
})

const PROGRAM = [process.execPath, join(ROOT, 'agent/src/main.ts'), 'vault']

for (const [what, id, header] of [
  ['without a vault id', 'default', '$ANSIBLE_VAULT;1.1;AES256'],
  ['with a vault id', 'lab', '$ANSIBLE_VAULT;1.2;AES256;lab'],
] as const) {
  test(`vaults ${what} pass both ways`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cluster-os-vault-'))
    try {
      const [file, password] = [join(folder, 'f.yml'), join(folder, 'pw')]
      const content = 'secret: "gru\u00df {{ x }}"\n'.repeat(20)
      writeFileSync(file, content)
      writeFileSync(password, 'p\u00e4ss wort\n')
      const key = ['--vault-id', `${id}@${password}`]
      await $`${PROGRAM} encrypt ${key} ${file}`
      assert.equal((await $`head -n 1 ${file}`).stdout.trim(), header)
      assert.equal((await $`ansible-vault view ${key} ${file}`).stdout, content)
      await $`ansible-vault decrypt ${key} ${file}`
      await $`ansible-vault encrypt ${key} --encrypt-vault-id ${id} ${file}`
      assert.equal((await $`${PROGRAM} view ${key} ${file}`).stdout, content)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
}

test.run()
