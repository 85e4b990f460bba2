// Rules about doors to the outside: clock, randomness, environment, sockets, files and the end of
// the process belong to agent/src/sys and main.ts, so that everything else can be tested as it is.
import {
  dotted,
  type Finding,
  inAgent,
  isTypeScript,
  type Node,
  parseFile,
  type SourceFile,
  walk,
} from './source.ts'

const DOORS = /^agent\/src\/(?:sys\/|(?:agent)?main\.ts$)/

/** Calls and members that reach outside. */
const IMPURE_NAMES =
  /^(?:Date\.now|performance\.now|Math\.random|crypto\.\w+|fetch|set(?:Timeout|Interval|Immediate))$/
const IMPURE_MODULES =
  /^node:(?:net|dgram|tls|http|https|http2|dns|child_process|worker_threads|cluster|fs|fs\/promises|timers|timers\/promises|os|perf_hooks|process|readline)$/
const RANDOM_IMPORTS = /^(?:random\w*|generateKey\w*|webcrypto)$/
/** What of `process` is no door: what it is, and what it was called with. */
const PURE_PROCESS = /^process\.(?:version|versions|platform|arch|argv)$/
const PROCESS = /^process\.\w+$/

export function purity(files: readonly SourceFile[]): Finding[] {
  return files.filter((file) => inAgent(file) && !DOORS.test(file.path)).flatMap(impurities)
}

function impurities(file: SourceFile): Finding[] {
  const findings: Finding[] = []
  const { program, lineOf } = parseFile(file)
  const add = (node: Node, what: string) => {
    const message = `${what} is reached outside agent/src/sys`
    findings.push({ path: file.path, line: lineOf(node.start), message })
  }
  walk(program, (node) => {
    if (node.type === 'ImportDeclaration') {
      const what = impureImport(node)
      if (what !== undefined) add(node, what)
    } else if (node.type === 'NewExpression') {
      const isNow = dotted(node['callee']) === 'Date' && (node['arguments'] as Node[]).length === 0
      if (isNow) add(node, 'new Date()')
    } else if (node.type === 'CallExpression') {
      const name = dotted(node['callee'])
      if (IMPURE_NAMES.test(name)) add(node, name)
    } else if (node.type === 'MemberExpression') {
      const name = dotted(node)
      if (PROCESS.test(name) && !PURE_PROCESS.test(name)) add(node, name)
    }
  })
  return findings
}

function impureImport(node: Node): string | undefined {
  const source = String((node['source'] as { value?: unknown }).value)
  if (node['importKind'] === 'type') return undefined
  if (IMPURE_MODULES.test(source)) return source
  if (source !== 'node:crypto') return undefined
  for (const entry of node['specifiers'] as Node[]) {
    const name = dotted(entry['imported'])
    if (RANDOM_IMPORTS.test(name)) return `${name} of node:crypto`
  }
  return undefined
}

/** The places that may wait: the runner's own limits, and tests on real nodes. */
const MAY_SLEEP = /^test\/(?:lab\/|bench\/|fixtures\/|harness\.ts$|run\.ts$)/

/** Tests get a clock of their own and do not wait. */
export function sleeps(files: readonly SourceFile[]): Finding[] {
  const findings: Finding[] = []
  const tests = files.filter((file) => file.path.startsWith('test/') && isTypeScript(file))
  for (const file of tests.filter(({ path }) => !MAY_SLEEP.test(path))) {
    const { program, lineOf } = parseFile(file)
    walk(program, (node) => {
      if (node.type !== 'CallExpression') return
      if (!/^(?:setTimeout|setInterval|sleep)$/.test(dotted(node['callee']))) return
      findings.push({ path: file.path, line: lineOf(node.start), message: 'sleeps in a test' })
    })
  }
  return findings
}
