// Everything that has to hold, in order of cost: the checks, the tests, the tests on real nodes.
// All parts run, whatever fails; the last line is the total, `N passed, N failed`.
import { spawn } from 'node:child_process'
import { resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')

const PARTS: [name: string, args: string[]][] = [
  ['check', ['test/check.ts']],
  ['test', ['test/run.ts']],
  ['test-cluster', ['test/run.ts', '--lab']],
]

/** Runs one part with its output shown as it comes, and returns its last line's numbers. */
async function runPart(args: string[]): Promise<{ passed: number; failed: number }> {
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.setEncoding('utf8')
  child.stdout.on('data', (chunk: string) => {
    process.stdout.write(chunk)
    text += chunk
  })
  const { promise, resolve: settle } = Promise.withResolvers<number | null>()
  child.on('close', settle)
  const code = await promise
  const total = /^(\d+) passed, (\d+) failed$/.exec(text.trimEnd().split('\n').at(-1) ?? '')
  const passed = Number(total?.[1] ?? 0)
  const failed = Number(total?.[2] ?? 0)
  // A part that ends red without a failed count must not vanish in the sum.
  return { passed, failed: code === 0 ? failed : Math.max(failed, 1) }
}

let passed = 0
let failed = 0
for (const [name, args] of PARTS) {
  console.log(`== ${name}`)
  const part = await runPart(args)
  passed += part.passed
  failed += part.failed
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
