// Goal: facts shows what was asked for and no more. Method: the command line in this process, on
// this machine.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from '../harness.ts'
import { callCli } from './call.ts'

const test = suite('cli/facts')

const WAYS: readonly (readonly string[])[] = [
  ['ansible_hostname', 'ansible_kernel*'],
  ['-a', 'ansible_hostname ansible_kernel*'],
  ['-a', 'filter=hostname,kernel* gather_subset=!hardware'],
  ['--filter', 'hostname', 'kernel*'],
  ['hostname', '-a', "filter='ansible_kernel*'"],
  ['-a', `'hostname' filter="kernel, kernel_version"`],
  ['-a', `filter={{ 'kernel' ~ '*' }} hostname`],
]

for (const words of WAYS) {
  test(`facts HOST ${words.join(' ')} shows the facts of these names alone`, async () => {
    const { stdout } = await callCli(['facts', 'localhost', '-c', 'local', ...words])
    const names = [...stdout.matchAll(/^ {8}"(\w+)"/gm)].map(([, name]) => name ?? '')
    const wanted = ['ansible_hostname', 'ansible_kernel', 'ansible_kernel_version']
    assert.deepEqual(names.toSorted(), wanted)
  })
}

test('facts -a keeps a value in quotes in one piece', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cluster-os own facts '))
  try {
    writeFileSync(join(folder, 'site.fact'), '{ "rack": 7 }')
    const args = `fact_path="${folder}" local`
    const { error, stdout } = await callCli(['facts', 'localhost', '-c', 'local', '-a', args])
    assert.equal(error, undefined)
    assert.match(stdout, /"rack": 7/)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('facts -a refuses an argument that setup does not have', async () => {
  const { error } = await callCli(['facts', 'localhost', '-c', 'local', '-a', 'filters=kernel'])
  assert.match(String(error), /setup has no argument filters/)
})

test.run()
