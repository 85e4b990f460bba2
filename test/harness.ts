// The test harness: uvu suites that cannot be green by accident. uvu alone exits 0 when `before`
// throws, when `after.each` throws, when a test throws what is not an Error, when run() is
// forgotten and when `.only` is left in; and a test that never ends hangs for ever. Here hooks run
// inside the tests, every result is written to a report as it happens, and what is left open is a
// failure. Not here: choosing files and the total of all files (run.ts).
import { appendFileSync } from 'node:fs'
import { suite as uvuSuite } from 'uvu'

type Body = () => void | Promise<void>

export interface SuiteOptions {
  /** The limit of one test and of each hook, unless the test has its own. */
  timeoutMs?: number
}

export interface Suite {
  (name: string, body: Body, options?: SuiteOptions): void
  /** A test that this machine cannot run, with the reason; it is counted as not run. */
  skip(name: string, reason: string): void
  before: ((hook: Body) => void) & { each(hook: Body): void }
  after: ((hook: Body) => void) & { each(hook: Body): void }
  run(): void
}

/** What the report file holds, one JSON object a line. */
export type Report =
  | { event: 'start'; suite: string; name: string }
  | { event: 'end'; suite: string; name: string; ms: number; error?: string }
  | { event: 'skip'; suite: string; name: string; reason: string }
  | { event: 'filtered'; count: number }
  | { event: 'done' }

const DEFAULT_TIMEOUT_MS = 30_000
const LAB_TIMEOUT_MS = 180_000
/** How long handles may linger after the last test before they count as left open. */
const LINGER_MS = 3_000

const reportFile = process.env['HARNESS_REPORT']
const nameFilter = process.env['HARNESS_NAME'] ?? ''

/** Suites that were declared; each counts down by its run(). */
const unrun = new Set<string>()
let running = 0
let finished = false
const failures: string[] = []
const labFailureHooks: ((test: string) => Promise<void>)[] = []

/** A suite of unit tests; its name mirrors the source: `suite('yaml/parse')`. */
export function suite(name: string, options: SuiteOptions = {}): Suite {
  return makeSuite(name, { timeoutMs: DEFAULT_TIMEOUT_MS, ...options }, async () => {})
}

/**
 * A suite that needs nodes. `costSeconds` is what it takes on two cores, lab start included; the
 * sum over all lab suites has a budget that test/tidy.test.ts keeps.
 */
export function labSuite(name: string, options: SuiteOptions & { costSeconds: number }): Suite {
  const timeoutMs = options.timeoutMs ?? LAB_TIMEOUT_MS
  return makeSuite(name, { timeoutMs }, async (test) => {
    for (const hook of labFailureHooks) await hook(test)
  })
}

/** Called with the test's name after each failure in a lab suite, for instance to print journals. */
export function onLabFailure(hook: (test: string) => Promise<void>): void {
  labFailureHooks.push(hook)
}

interface Hooks {
  before: Body[]
  after: Body[]
  beforeEach: Body[]
  afterEach: Body[]
}

function makeSuite(
  name: string,
  options: Required<SuiteOptions>,
  onFailure: (test: string) => Promise<void>,
): Suite {
  const inner = uvuSuite(name)
  const hooks: Hooks = { before: [], after: [], beforeEach: [], afterEach: [] }
  let prepared: Promise<void> | undefined
  let pending = 0
  unrun.add(name)

  const runTest = async (test: string, body: Body, timeoutMs: number): Promise<void> => {
    const bounded = (hook: Body, what: string) => withLimit(hook, timeoutMs, what)
    prepared ??= inOrder(hooks.before, (hook) => bounded(hook, 'before'))
    const errors: unknown[] = []
    const attempt = async (work: () => Promise<void>) => {
      await work().catch((error: unknown) => errors.push(error))
    }
    await attempt(() => prepared as Promise<void>)
    if (errors.length === 0) {
      await attempt(() => inOrder(hooks.beforeEach, (hook) => bounded(hook, 'before.each')))
      if (errors.length === 0) await attempt(() => bounded(body, 'the test'))
      await attempt(() => inOrder(hooks.afterEach, (hook) => bounded(hook, 'after.each')))
    }
    // Journals are of use only while the nodes live, hence before `after` takes them down.
    if (errors.length > 0) await attempt(() => onFailure(test))
    pending--
    if (pending === 0) await attempt(() => inOrder(hooks.after, (hook) => bounded(hook, 'after')))
    if (errors.length > 0) throw joined(errors)
  }

  const register = (test: string, body: Body, own: SuiteOptions = {}): void => {
    if (!`${name} ${test}`.includes(nameFilter)) return report({ event: 'filtered', count: 1 })
    pending++
    running++
    inner(test, async () => {
      const started = performance.now()
      report({ event: 'start', suite: name, name: test })
      const error = await runTest(test, body, own.timeoutMs ?? options.timeoutMs).then(
        () => undefined,
        (thrown: unknown) => thrown as Error,
      )
      finishTest(name, test, performance.now() - started, error)
      if (error !== undefined) throw error
    })
  }

  return Object.assign(register, {
    only: (test: string) =>
      register(`${test} (.only is left in)`, () => {
        throw new Error('.only is left in; run one test with --name TEXT')
      }),
    skip: (test: string, reason: string) =>
      report({ event: 'skip', suite: name, name: test, reason }),
    before: Object.assign((hook: Body) => void hooks.before.push(hook), {
      each: (hook: Body) => void hooks.beforeEach.push(hook),
    }),
    after: Object.assign((hook: Body) => void hooks.after.push(hook), {
      each: (hook: Body) => void hooks.afterEach.push(hook),
    }),
    run: () => {
      unrun.delete(name)
      inner.run()
      if (running === 0) finishFile()
    },
  })
}

async function inOrder(hooks: readonly Body[], call: (hook: Body) => Promise<void>): Promise<void> {
  for (const hook of hooks) await call(hook)
}

/** Ends by rejection when the body takes longer; the timer also keeps an idle process alive. */
async function withLimit(body: Body, timeoutMs: number, what: string): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`${what} took over ${timeoutMs} ms`)), timeoutMs)
  try {
    await Promise.race([body(), promise])
  } catch (thrown) {
    // uvu crashes on what is not an Error, and then counts nothing.
    throw thrown instanceof Error ? thrown : new Error(`not an Error was thrown: ${String(thrown)}`)
  } finally {
    clearTimeout(timer)
  }
}

function joined(errors: unknown[]): Error {
  const [first] = errors as Error[]
  if (errors.length === 1 && first !== undefined) return first
  return new AggregateError(errors, errors.map((error) => (error as Error).message).join('; and '))
}

function finishTest(suiteName: string, name: string, ms: number, error: Error | undefined): void {
  const text = error === undefined ? {} : { error: errorText(error) }
  report({ event: 'end', suite: suiteName, name, ms: Math.round(ms), ...text })
  if (error !== undefined) failures.push(name)
  running--
  if (running === 0) finishFile()
}

function errorText(error: Error): string {
  const { where, hint } = error as { where?: unknown; hint?: unknown }
  const extra = where === undefined ? '' : `\nwhere ${JSON.stringify(where)} hint ${String(hint)}`
  const parts = error instanceof AggregateError ? error.errors.map(errorText).join('\n') : ''
  return `${error.stack ?? error.message}${extra}\n${parts}`.trim()
}

/** Runs when no test is under way; a later suite's tests start at once and renew it. */
function finishFile(): void {
  setTimeout(() => {
    if (running > 0) return
    const left = process.getActiveResourcesInfo().filter((kind) => !IDLE.has(kind))
    process.stderr.write(`the test file leaves open: ${left.join(', ')}\n`)
    process.exit(1)
  }, LINGER_MS).unref()
}

/** Resources that are there in every process with pipes for output. */
const IDLE = new Set(['PipeWrap', 'TTYWrap', 'Timeout', 'CloseReq'])

function report(event: Report): void {
  if (reportFile !== undefined) appendFileSync(reportFile, `${JSON.stringify(event)}\n`)
}

process.on('exit', (code) => {
  if (finished) return
  finished = true
  const reasons = [...unrun].map((name) => `suite ${name} was declared and never run`)
  if (running > 0) reasons.push(`${running} tests never ended`)
  for (const reason of reasons) process.stderr.write(`${reason}\n`)
  if (reasons.length > 0 || failures.length > 0) process.exitCode = code === 0 ? 1 : code
  else if (code === 0) report({ event: 'done' })
})
