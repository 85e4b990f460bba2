// The agent, which ends itself by SIGKILL at a step of its work below a folder: before the step,
// after it, or when half of the bytes of a write are there. Steps are calls that change what is on
// disk, each named with its path and which time it is. Not here: what is expected (kills.test.ts).
//
//   KILL_FOLDER=/f KILL_AT='write identity/.seed.new 1@half' KILL_STEPS=/steps node killed.ts
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { relative } from 'node:path'

const { KILL_FOLDER = '/', KILL_AT = '', KILL_STEPS } = process.env
const [wanted = '', moment = ''] = KILL_AT.split('@')

const write = fs.writeSync
const append = fs.appendFileSync

/** What is open, by its number. */
const paths = new Map<unknown, string>()
/** Of these, what is open for reading, or to sync a folder: opening and closing it changes nothing. */
const reading = new Set<unknown>()
const times = new Map<string, number>()

type Call = (...words: unknown[]) => unknown

/** The path below the folder, where it is one. */
function below(word: unknown): string | undefined {
  if (typeof word !== 'string') return paths.get(word)
  const path = relative(KILL_FOLDER, word)
  return path.startsWith('..') ? undefined : path || '.'
}

function die(): never {
  process.kill(process.pid, 'SIGKILL')
  throw new Error('outlived SIGKILL')
}

function stepOf(verb: string, path: string): string {
  const name = `${verb} ${path}`
  const time = (times.get(name) ?? 0) + 1
  times.set(name, time)
  const step = `${name} ${time}`
  if (KILL_STEPS !== undefined) append(KILL_STEPS, `${step}\n`)
  return step
}

const half = ([file, bytes, at]: unknown[]): void => {
  const whole = bytes as Uint8Array
  write(file as number, whole, Number(at ?? 0), whole.length >> 1)
}

function read(open: Call, words: readonly unknown[], path: string): unknown {
  const file = open(...words)
  paths.set(file, path)
  reading.add(file)
  return file
}

const CALLS = {
  mkdir: 'mkdirSync',
  rm: 'rmSync',
  open: 'openSync',
  chmod: 'fchmodSync',
  write: 'writeSync',
  fsync: 'fsyncSync',
  close: 'closeSync',
  rename: 'renameSync',
} as const

for (const [verb, name] of Object.entries(CALLS)) {
  const act = fs[name] as Call
  const stepped: Call = (...words) => {
    const path = below(words[0])
    if (path === undefined) return act(...words)
    if (verb === 'open' && words[1] !== 'wx') return read(act, words, path)
    if (verb === 'close' && reading.delete(words[0])) return act(...words)
    const isHere = stepOf(verb, path) === wanted
    if (isHere && moment === 'before') die()
    if (isHere && moment === 'half') {
      half(words)
      die()
    }
    const answer = act(...words)
    if (isHere) die()
    if (verb === 'open') paths.set(answer, path)
    return answer
  }
  Object.assign(fs, { [name]: stepped })
}
syncBuiltinESMExports()

await import('../../agent/src/agentmain.ts')
