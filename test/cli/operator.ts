// The home of an operator who has made the cluster `lab` and one seed, and calls from it. Keys are
// made once and copied for each test, as their passwords cost time.
import assert from 'node:assert/strict'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ClusterError } from '../../agent/src/errors.ts'
import { Book } from '../../agent/src/identity/book.ts'
import { readCluster } from '../../agent/src/identity/clusterfile.ts'
import { isStrictKey, publicKeyOf } from '../../agent/src/identity/keys.ts'
import { joinBy, readSeed } from '../../agent/src/identity/seedfile.ts'
import { Store } from '../../agent/src/identity/store.ts'
import { nodeIdOf } from '../../agent/src/wire/id.ts'
import { isRefused } from '../../agent/src/wire/refusal.ts'
import { decodeStatement } from '../../agent/src/wire/statement.ts'
import { suite as crypto } from '../../agent/src/wire/suite.ts'
import type { Suite } from '../harness.ts'
import { type Called, callCli } from './call.ts'

// Copies of folders that are for their owner alone are so too.
process.umask(0o077)

export const PASSWORD = 'correct horse'
export const top = mkdtempSync(join(tmpdir(), 'operating-'))
const made = join(top, 'made')
export const home = join(top, 'home')
export const at = (...names: string[]) => join(home, ...names)
export const lab = (...names: string[]) => at('.cluster-os', 'lab', ...names)

/** Words of a command line, `HOME` in them for the home; answers are typed at the prompt. */
export async function call(
  words: string,
  ...answers: string[]
): Promise<Called & { asked: string[] }> {
  const asked: string[] = []
  const called = await callCli(words.replaceAll('HOME', home).split(' '), {
    environment: (name) => (name === 'HOME' ? home : undefined),
    askSecret: (question) => {
      asked.push(question)
      const answer = answers.shift()
      if (answer !== undefined) return Promise.resolve(answer)
      return Promise.reject(new ClusterError('USAGE', 'cannot ask', { hint: 'none' }))
    },
  })
  return { ...called, asked }
}

export async function done(words: string, ...answers: string[]): Promise<string> {
  const { exitCode, error, stdout } = await call(words, ...answers)
  if (error !== undefined) throw error
  assert.equal(exitCode, 0)
  return stdout
}

export async function failed(words: string, ...answers: string[]): Promise<ClusterError> {
  const before = listing()
  const { error } = await call(words, ...answers)
  assert.ok(error instanceof ClusterError, String(error))
  assert.ok(error.hint, 'it has no hint')
  assert.deepEqual(listing(), before, 'something has changed')
  return error
}

/** All files of the home with what is in them. */
export function listing(): string[] {
  return readdirSync(home, { recursive: true, encoding: 'utf8' })
    .toSorted()
    .map((name) => {
      const path = at(name)
      return statSync(path).isFile() ? `${name} ${readFileSync(path, 'hex')}` : name
    })
}

export const WITH = '--password-file HOME/pw'

/** A home for each test, with a cluster `lab` and its seed `first.yml`. */
export function withHome(test: Suite): void {
  test.before(async () => {
    mkdirSync(home)
    writeFileSync(at('pw'), `${PASSWORD}\n`, { mode: 0o600 })
    await done(`cluster init --name lab --ipv4 10.77.0.0/16 ${WITH}`)
    await done(`seed create first -o HOME/first.yml ${WITH}`)
    cpSync(home, made, { recursive: true })
  })
  test.before.each(() => {
    rmSync(home, { recursive: true, force: true })
    cpSync(made, home, { recursive: true })
  })
  test.after(() => rmSync(top, { recursive: true, force: true }))
}

function statementAt(path: string) {
  const read = decodeStatement(new Uint8Array(readFileSync(path)), crypto)
  if (isRefused(read)) throw new Error(read.refused)
  return read
}

/** A member that has joined by the first seed, and its book. */
export function joined() {
  const store = new Store(at('member'))
  const id = joinBy(store, readSeed(at('first.yml')))
  const { clusterId } = readCluster(lab('cluster.yml'))
  const held = store.statements()
  const own = { clusterId, suite: crypto, isKey: isStrictKey, held }
  const watcher = nodeIdOf(publicKeyOf(new Uint8Array(32).fill(7)))
  const book = new Book({ ...own, self: watcher })
  assert.ok(book.judge(id, Math.floor(Date.now() / 1000)))
  return { id, book }
}

export function take(book: Book, path: string): string {
  const statement = statementAt(path)
  if (statement.kind === 'record' || statement.kind === 'accusation') throw new Error('no paper')
  return book.add(statement).kind
}
