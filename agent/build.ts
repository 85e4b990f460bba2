// Bundles the command line into one file, dist/cluster-os.mjs, and the agent into another, each
// small so that it starts fast. Not here: packaging them as a .deb.
import { chmodSync, mkdirSync, statSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { build } from 'esbuild'

const root = resolve(import.meta.dirname, '..')
/** Each program with the file that it begins at. */
const PROGRAMS = {
  'cluster-os.mjs': 'agent/src/main.ts',
  'cluster-os-agent.mjs': 'agent/src/agentmain.ts',
}

mkdirSync(resolve(root, 'dist'), { recursive: true })
for (const [name, entry] of Object.entries(PROGRAMS))
  await bundle(entry, resolve(root, 'dist', name))

async function bundle(entry: string, outfile: string): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    // ssh2 tries both natively and does without when they are missing.
    external: ['cpu-features', '*.node'],
    banner: {
      // CommonJS packages need require; a plain `createRequire` would collide with zx's own import.
      js: [
        '#!/usr/bin/env node',
        "import { createRequire as __bundleRequire } from 'node:module'",
        'const require = __bundleRequire(import.meta.url)',
        'const __dirname = import.meta.dirname',
        'const __filename = import.meta.filename',
      ].join('\n'),
    },
    legalComments: 'none',
    logLevel: 'warning',
  })
  chmodSync(outfile, 0o755)
  console.log(`build: ${relative(root, outfile)} ${Math.round(statSync(outfile).size / 1024)} KiB`)
}
