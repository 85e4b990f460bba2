// The checks that need no test run: format, lint, types and the repository's own rules. Each one
// counts as passed or failed; all of them run, so that one call shows everything.
import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')
const bin = resolve(root, 'node_modules/.bin')

const STEPS: [name: string, command: string[]][] = [
  ['format', [`${bin}/biome`, 'check', '--error-on-warnings', '.']],
  ['lint', [`${bin}/oxlint`, '--type-aware', '--deny-warnings']],
  ['types', [`${bin}/tsc`]],
  ['tidy', [process.execPath, 'test/run.ts', 'test/tidy.test.ts']],
]

let failed = 0
for (const [name, [command = '', ...args]] of STEPS) {
  const started = performance.now()
  const ended = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const good = ended.status === 0
  const took = ((performance.now() - started) / 1000).toFixed(1)
  console.log(`${good ? 'ok  ' : 'FAIL'} ${name} ${took} s`)
  if (good) continue
  failed++
  console.log(`${ended.stdout ?? ''}${ended.stderr ?? ''}${ended.error?.message ?? ''}`)
}
console.log(`${STEPS.length - failed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
