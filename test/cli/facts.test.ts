// Goal: facts shows what was asked for and no more. Method: the command line in this process, on
// this machine.
import assert from 'node:assert/strict'
import { suite } from '../harness.ts'
import { callCli } from './call.ts'

const test = suite('cli/facts')

const WAYS: readonly (readonly string[])[] = [
  ['ansible_hostname', 'ansible_kernel*'],
  ['-a', 'ansible_hostname ansible_kernel*'],
  ['-a', 'filter=hostname,kernel* gather_subset=!hardware'],
  ['--filter', 'hostname', 'kernel*'],
  ['hostname', '-a', "filter='ansible_kernel*'"],
]

for (const words of WAYS) {
  test(`facts HOST ${words.join(' ')} shows the facts of these names alone`, async () => {
    const { stdout } = await callCli(['facts', 'localhost', '-c', 'local', ...words])
    const names = [...stdout.matchAll(/^ {8}"(\w+)"/gm)].map(([, name]) => name ?? '')
    const wanted = ['ansible_hostname', 'ansible_kernel', 'ansible_kernel_version']
    assert.deepEqual(names.toSorted(), wanted)
  })
}

test.run()
