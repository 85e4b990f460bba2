// Goal: a program is run without a shell, with a limit, and ends with all it started. Method: real
// programs of every machine.
import assert from 'node:assert/strict'
import { ClusterError } from '../../agent/src/errors.ts'
import { runProgram } from '../../agent/src/sys/process.ts'
import { suite } from '../harness.ts'

const test = suite('sys/process')
const limit = { timeoutMs: 10_000 }

test('output, error output and exit code are told apart', async () => {
  const end = await runProgram(['/bin/sh', '-c', 'echo out; echo err >&2; exit 3'], limit)
  assert.deepEqual(end, { code: 3, signal: null, stdout: 'out\n', stderr: 'err\n' })
})

test('input reaches the program, and one that reads none is no failure', async () => {
  assert.equal((await runProgram(['/bin/cat'], { ...limit, input: 'é\n' })).stdout, 'é\n')
  const large = { ...limit, input: 'x'.repeat(1_000_000) }
  assert.equal((await runProgram(['/bin/true'], large)).code, 0)
})

test('arguments are not read by a shell', async () => {
  const end = await runProgram(['/bin/echo', '$(id)', '*'], limit)
  assert.equal(end.stdout, '$(id) *\n')
})

test('the environment is added to', async () => {
  const end = await runProgram(['/bin/sh', '-c', 'echo $PLANTED'], {
    ...limit,
    env: { PLANTED: '1' },
  })
  assert.equal(end.stdout, '1\n')
})

test('a program beyond its limit is ended, with what it started', async () => {
  const slow = runProgram(['/bin/sh', '-c', 'sleep 60 & sleep 60'], { timeoutMs: 100 })
  await assert.rejects(slow, (error) => error instanceof ClusterError && error.code === 'TIMEOUT')
})

test('a program that is not there is named', async () => {
  await assert.rejects(runProgram(['/no/such/program'], limit), /cannot start \/no\/such\/program/)
})

test.run()
