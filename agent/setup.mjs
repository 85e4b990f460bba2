// Installs the pinned packages when they are missing or differ from package-lock.json. It runs on
// the machine's own Node (20 or newer), before the pinned one is there, hence plain JavaScript.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')

function versions(lockFile) {
  const { packages } = JSON.parse(readFileSync(resolve(root, lockFile), 'utf8'))
  return new Map(Object.entries(packages).filter(([path]) => path !== ''))
}

/** Whether npm's own record of what is installed holds every package of the lock file. */
function isInstalled() {
  try {
    const installed = versions('node_modules/.package-lock.json')
    for (const [path, wanted] of versions('package-lock.json')) {
      if (wanted.optional || wanted.devOptional) continue
      if (installed.get(path)?.version !== wanted.version) return false
    }
    return true
  } catch {
    return false
  }
}

if (!isInstalled()) {
  console.log('setup: installing the packages of package-lock.json')
  const args = ['ci', '--ignore-scripts', '--no-fund', '--no-audit', '--loglevel=error']
  const ended = spawnSync('npm', args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
  process.exitCode = ended.status ?? 1
}
