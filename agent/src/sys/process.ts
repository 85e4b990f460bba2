// Programs started on this machine, with a limit on how long they may take. Not here: commands on
// hosts, which go through host/, and deciding which program to start.
import { spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { ClusterError } from '../errors.ts'

export interface ProgramOptions {
  input?: string
  /** The program's whole group is killed after this. */
  timeoutMs: number
  /** Added to the environment that this process has. */
  env?: Record<string, string>
  folder?: string
}

/** More than this of one program is a fault. */
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024

export interface ProgramEnd {
  /** Null when a signal ended it. */
  code: number | null
  signal: string | null
  stdout: string
  stderr: string
}

/**
 * Runs a program without a shell and collects its output. Throws FILE_UNREADABLE when it cannot be
 * started and TIMEOUT at its limit; an exit code is the caller's to judge.
 */
export function runProgram(
  argv: readonly [string, ...string[]],
  options: ProgramOptions,
): Promise<ProgramEnd> {
  const { promise, resolve, reject } = Promise.withResolvers<ProgramEnd>()
  const [program, ...args] = argv
  const child = spawn(program, args, {
    cwd: options.folder,
    env: { ...process.env, ...options.env },
    detached: true,
    stdio: 'pipe',
  })
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
  // A program that does not read its input closes the pipe; that is no failure.
  child.stdin.on('error', () => {})
  child.stdin.end(options.input ?? '')
  const timer = setTimeout(() => {
    if (child.pid !== undefined) endGroup(child.pid)
    reject(
      new ClusterError('TIMEOUT', `${program} took over ${options.timeoutMs} ms`, {
        hint: 'run it by hand to see what it waits for',
      }),
    )
  }, options.timeoutMs)
  child.on('error', (cause) => {
    clearTimeout(timer)
    const message = `cannot start ${program}: ${cause.message}`
    const hint = 'check that it is executable and that its #! line names a program'
    reject(new ClusterError('FILE_UNREADABLE', message, { hint, cause }))
  })
  child.on('close', (code, signal) => {
    clearTimeout(timer)
    resolve({ code, signal, stdout: text(stdout), stderr: text(stderr) })
  })
  return promise
}

/** As runProgram, but nothing else happens meanwhile: for lookups, which cannot wait. */
export function runNow(
  argv: readonly [string, ...string[]],
  options: Pick<ProgramOptions, 'input' | 'timeoutMs' | 'folder'>,
): ProgramEnd {
  const [program, ...args] = argv
  const end = spawnSync(program, args, {
    cwd: options.folder,
    input: options.input ?? '',
    timeout: options.timeoutMs,
    killSignal: 'SIGKILL',
    maxBuffer: OUTPUT_BYTES_MAX,
    encoding: 'utf8',
  })
  if (end.error === undefined) {
    return { code: end.status, signal: end.signal, stdout: end.stdout, stderr: end.stderr }
  }
  const isLate = (end.error as { code?: string }).code === 'ETIMEDOUT'
  const code = isLate ? 'TIMEOUT' : 'FILE_UNREADABLE'
  const what = isLate ? `${program} took over ${options.timeoutMs} ms` : `cannot run ${program}`
  throw new ClusterError(code, `${what}: ${end.error.message}`, {
    hint: 'run it by hand to see what it does',
    cause: end.error,
  })
}

/** What a child of this program does to ask a web server; what to ask comes on its input. */
const FETCH = `
const chunks = []
for await (const chunk of process.stdin) chunks.push(chunk)
const { url, headers } = JSON.parse(Buffer.concat(chunks).toString('utf8'))
try {
  const answer = await fetch(url, { headers })
  const text = await answer.text()
  const failure = 'HTTP ' + answer.status + ' ' + answer.statusText
  process.stdout.write(JSON.stringify(answer.ok ? { text } : { failure }))
} catch (error) {
  process.stdout.write(JSON.stringify({ failure: (error.cause ?? error).message }))
}`

/** Gets a page by HTTP, holding everything else up meanwhile. */
export function fetchNow(
  url: string,
  options: { headers: Record<string, string>; isVerified: boolean; timeoutMs: number },
): { text: string } | { failure: string } {
  const lax = options.isVerified ? [] : ['NODE_TLS_REJECT_UNAUTHORIZED=0', 'NODE_NO_WARNINGS=1']
  const node = [process.execPath, '--input-type=module', '-e', FETCH]
  const end = runNow(['env', ...lax, ...node], {
    input: JSON.stringify({ url, headers: options.headers }),
    timeoutMs: options.timeoutMs,
  })
  if (end.code !== 0) return { failure: end.stderr.trim().split('\n').at(-1) ?? '' }
  return JSON.parse(end.stdout) as { text: string } | { failure: string }
}

/** Runs a program that talks with the person at the terminal; answers its exit code. */
export function runOnTerminal(argv: readonly [string, ...string[]]): Promise<number | null> {
  const [program, ...args] = argv
  const { promise, resolve, reject } = Promise.withResolvers<number | null>()
  const child = spawn(program, args, { stdio: 'inherit' })
  child.on('error', (cause) => {
    const message = `cannot start ${program}: ${cause.message}`
    reject(new ClusterError('FILE_UNREADABLE', message, { hint: 'set EDITOR', cause }))
  })
  child.on('close', resolve)
  return promise
}

function text(chunks: Buffer[]): string {
  return Buffer.concat(chunks).toString('utf8')
}

/** Ends a program and all it has started, where the program leads a group of its own. */
export function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended in the meantime.
  }
}

/** What tells a living process from one that had its number before: boot, number, start. */
export function processStamp(pid = process.pid): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // Fields are counted from behind the name, which may hold anything: the start is the 22nd.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // One that is dead and that nobody has buried yet does nothing any more.
    return fields[0] === 'Z' ? undefined : `${boot} ${pid} ${fields[19] ?? ''}`
  } catch {
    return undefined
  }
}

/** Whether the process of a stamp is still there. */
export function isAlive(stamp: string): boolean {
  return processStamp(Number(stamp.split(' ')[1] ?? '0')) === stamp
}
