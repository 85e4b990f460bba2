// Rules about what has to stand beside the code: a paragraph per error code, a page and golden
// cases per module, and the cost of the lab tests.
import { dotted, type Finding, isTypeScript, parseFile, type SourceFile, walk } from './source.ts'

const ERRORS_FILE = 'agent/src/errors.ts'
const ERRORS_PAGE = 'docs/ERRORS.md'

/** Every error code has a heading and a text in docs/ERRORS.md, and every heading has a code. */
export function errorCodes(files: readonly SourceFile[]): Finding[] {
  const table = files.find(({ path }) => path === ERRORS_FILE)?.text ?? ''
  const page = files.find(({ path }) => path === ERRORS_PAGE)?.text ?? ''
  const codes = [...table.matchAll(/^ {2}([A-Z][A-Z_]+): \d+,/gm)].map((match) => match[1] ?? '')
  const explained = new Map(
    [...page.matchAll(/^## ([A-Z_]+)\n+((?:(?!## ).*\n)*)/gm)].map((match) => [
      match[1] ?? '',
      (match[2] ?? '').trim(),
    ]),
  )
  const findings: Finding[] = []
  for (const code of codes) {
    if ((explained.get(code) ?? '') !== '') continue
    findings.push({ path: ERRORS_PAGE, line: 1, message: `has no paragraph on ${code}` })
  }
  for (const code of explained.keys()) {
    if (codes.includes(code)) continue
    findings.push({ path: ERRORS_PAGE, line: 1, message: `explains ${code}, which is no code` })
  }
  return findings
}

/** Every module has a page and golden cases, and every page and case has a module. */
export function modulePages(modules: readonly string[], files: readonly SourceFile[]): Finding[] {
  const pages = new Set<string>()
  const cases = new Set<string>()
  for (const { path } of files) {
    const page = /^docs\/modules\/([a-z0-9_]+)\.md$/.exec(path)?.[1]
    if (page !== undefined) pages.add(page)
    const golden = /^test\/modules\/([a-z0-9_]+)\/[^/]+\.ya?ml$/.exec(path)?.[1]
    if (golden !== undefined) cases.add(golden)
  }
  const missing = (found: Set<string>, place: string, what: string) =>
    modules
      .filter((name) => !found.has(name))
      .map((name) => ({ path: place, line: 1, message: `the module ${name} has no ${what}` }))
  const strays = [...pages]
    .filter((name) => !modules.includes(name))
    .map((name) => ({ path: `docs/modules/${name}.md`, line: 1, message: 'is no module' }))
  return [
    ...missing(pages, 'docs/modules', 'page'),
    ...missing(cases, 'test/modules', 'golden case'),
    ...strays,
  ]
}

interface LockFile {
  packages?: Record<string, { optionalDependencies?: Record<string, string> }>
}

/** The lock file names the packages of all platforms, without which `npm ci` refuses it. */
export function lockFile(files: readonly SourceFile[]): Finding[] {
  const file = files.find(({ path }) => path === 'package-lock.json')
  if (file === undefined) return []
  const { packages = {} } = JSON.parse(file.text) as LockFile
  return Object.entries(packages).flatMap(([parent, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !(`node_modules/${name}` in packages))
      .filter((name) => !(`${parent}/node_modules/${name}` in packages))
      .map((name) => {
        const message = `lacks ${name}; run node agent/lock.mjs`
        return { path: file.path, line: 1, message }
      }),
  )
}

/** Eight minutes for runs on nodes, eight for members, and four for the package of a node. */
const LAB_BUDGET_SECONDS = 1200

/** Lab tests say what they cost, and together they stay within the budget. */
export function labCosts(files: readonly SourceFile[]): Finding[] {
  const findings: Finding[] = []
  let total = 0
  const tests = files.filter(({ path }) => /^test\/lab\/.*\.test\.ts$/.test(path))
  for (const file of tests.filter(isTypeScript)) {
    const { program, lineOf } = parseFile(file)
    walk(program, (node) => {
      if (node.type !== 'CallExpression') return
      const callee = dotted(node['callee'])
      const line = lineOf(node.start)
      if (callee === 'suite') {
        findings.push({ path: file.path, line, message: 'uses suite where labSuite tells a cost' })
      }
      if (callee !== 'labSuite') return
      const cost = /costSeconds: (\d+)/.exec(file.text.slice(node.start, node.end))
      if (cost === null) findings.push({ path: file.path, line, message: 'tells no cost' })
      total += Number(cost?.[1] ?? 0)
    })
  }
  if (total > LAB_BUDGET_SECONDS) {
    const message = `lab tests cost ${total} s, over the budget of ${LAB_BUDGET_SECONDS} s`
    findings.push({ path: 'test/lab', line: 1, message })
  }
  return findings
}

const ATTACKS_PAGE = 'docs/attacks.md'
const ATTACKS_LEAST = 80

/** Every attack names a test by its words, each once, and there are at least 80. */
export function attackCases(files: readonly SourceFile[]): Finding[] {
  const page = files.find(({ path }) => path === ATTACKS_PAGE)
  if (page === undefined) return []
  const findings: Finding[] = []
  const seen = new Set<string>()
  for (const [index, text] of page.text.split('\n').entries()) {
    const [, path = '', words = ''] = /^- (\S+): (.+)$/.exec(text) ?? []
    if (path === '') continue
    const file = files.find((each) => each.path === path)?.text ?? ''
    const line = index + 1
    if (!file.includes(words)) {
      findings.push({ path: ATTACKS_PAGE, line, message: `${path} has no test: ${words}` })
    }
    if (seen.has(text)) findings.push({ path: ATTACKS_PAGE, line, message: 'is there twice' })
    seen.add(text)
  }
  if (seen.size < ATTACKS_LEAST) {
    const message = `has ${seen.size} cases, of ${ATTACKS_LEAST} at least`
    findings.push({ path: ATTACKS_PAGE, line: 1, message })
  }
  return findings
}
