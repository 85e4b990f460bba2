// Bundles the agent into one file, dist/cluster-os.mjs, small so that it starts fast. Not here:
// packaging it as a .deb.
import { chmodSync, mkdirSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { build } from 'esbuild'

const root = resolve(import.meta.dirname, '..')
const outfile = resolve(root, 'dist/cluster-os.mjs')

mkdirSync(resolve(root, 'dist'), { recursive: true })
await build({
  absWorkingDir: root,
  entryPoints: ['agent/src/main.ts'],
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
console.log(`build: dist/cluster-os.mjs ${Math.round(statSync(outfile).size / 1024)} KiB`)
