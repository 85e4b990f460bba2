// Rules about who may import whom: layers, cycles, and packages that have one place each.
import { posix } from 'node:path'
import { type Finding, inAgent, isTypeScript, parseFile, type SourceFile } from './source.ts'

/** A folder or file of agent/src and its layer; errors.ts lies below all, as 0 uses it too. */
const LAYERS: Record<string, number> = {
  'errors.ts': -1,
  sys: 0,
  value: 0,
  wire: 1,
  vault: 1,
  yaml: 1,
  host: 1,
  journal: 1,
  identity: 2,
  template: 2,
  facts: 2,
  gossip: 3,
  modules: 3,
  election: 4,
  inventory: 4,
  playbook: 5,
  reconcile: 6,
  lint: 6,
  output: 6,
  plan: 7,
  daemon: 8,
  commands: 9,
  'cli.ts': 10,
  'main.ts': 11,
  'agentmain.ts': 11,
}

/** Where in agent/src a package may be imported; elsewhere it has no business. */
const PACKAGE_PLACES: Record<string, RegExp> = {
  'js-yaml': /^agent\/src\/yaml\//,
  nunjucks: /^agent\/src\/template\//,
  'node-ssh': /^agent\/src\/host\/ssh\.ts$/,
  ssh2: /^agent\/src\/host\/ssh\.ts$/,
  zx: /^agent\/src\/host\/local\.ts$/,
  bcryptjs: /^agent\/src\/template\/filters\/password\.ts$/,
  jmespath: /^agent\/src\/template\/filters\/query\.ts$/,
  siphash: /^agent\/src\/wire\/suite\.ts$/,
  cac: /^agent\/src\/cli\.ts$/,
  '@noble/ed25519': /^agent\/src\/identity\/keys\.ts$/,
  testcontainers: /^$/,
}

/** Packages that are confined outside agent/src too. */
const TEST_PACKAGE_PLACES: Record<string, RegExp> = {
  uvu: /^test\/harness\.ts$/,
  testcontainers: /^(?:test\/lab|lab)\//,
  'oxc-parser': /^test\/tidy\//,
  zx: /^(?:lab|test\/lab|test\/bench|images)\/|^agent\/(?:build|package)\.ts$/,
}

function placeOf(path: string): string {
  return path.split('/')[2] ?? ''
}

/** A file imports only from lower layers or its own folder. */
export function layers(files: readonly SourceFile[]): Finding[] {
  const findings: Finding[] = []
  for (const file of files.filter(inAgent)) {
    const own = LAYERS[placeOf(file.path)]
    if (own === undefined) {
      findings.push({ path: file.path, line: 1, message: 'this place has no layer' })
      continue
    }
    for (const { specifier, line } of parseFile(file).imports) {
      const target = resolveImport(file.path, specifier)
      if (target === undefined) continue
      const layer = target.startsWith('agent/src/') ? LAYERS[placeOf(target)] : 99
      if (placeOf(target) === placeOf(file.path)) continue
      if (layer === undefined || layer < own) continue
      const message = `imports ${target}, which is not in a lower layer`
      findings.push({ path: file.path, line, message })
    }
  }
  return findings
}

/** No file is reached again from what it imports; types, gone at run time, may. Each cycle is reported once. */
export function cycles(files: readonly SourceFile[]): Finding[] {
  const sources = files.filter(isTypeScript)
  const graph = new Map(
    sources.map((file) => {
      const imports = parseFile(file).imports.filter(({ typeOnly }) => !typeOnly)
      const targets = imports.map(({ specifier }) => resolveImport(file.path, specifier))
      return [file.path, targets.filter((target) => target !== undefined)]
    }),
  )
  const findings: Finding[] = []
  const done = new Set<string>()
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path)
    if (start >= 0) {
      const message = `imports itself by ${[...trail.slice(start), path].join(' -> ')}`
      findings.push({ path, line: 1, message })
      return
    }
    if (done.has(path)) return
    for (const target of graph.get(path) ?? []) visit(target, [...trail, path])
    done.add(path)
  }
  for (const path of graph.keys()) visit(path, [])
  return findings
}

/** Fixed packages are imported only in their place. */
export function packages(files: readonly SourceFile[]): Finding[] {
  const findings: Finding[] = []
  for (const file of files.filter(isTypeScript)) {
    const places = inAgent(file) ? PACKAGE_PLACES : TEST_PACKAGE_PLACES
    for (const { specifier, line } of parseFile(file).imports) {
      const name = packageName(specifier)
      const place = places[name]
      if (place === undefined || place.test(file.path)) continue
      findings.push({ path: file.path, line, message: `imports ${name} outside its place` })
    }
  }
  return findings
}

/** Relative imports name the .ts file. */
export function specifiers(files: readonly SourceFile[]): Finding[] {
  const findings: Finding[] = []
  for (const file of files.filter(isTypeScript)) {
    for (const { specifier, line } of parseFile(file).imports) {
      if (!specifier.startsWith('.') || /\.(?:ts|mjs|json)$/.test(specifier)) continue
      findings.push({ path: file.path, line, message: `imports ${specifier} without its .ts` })
    }
  }
  return findings
}

function packageName(specifier: string): string {
  const parts = specifier.split('/')
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? '')
}

function resolveImport(from: string, specifier: string): string | undefined {
  return specifier.startsWith('.') ? posix.join(posix.dirname(from), specifier) : undefined
}
