// What a program is, to the byte: the same number on every machine that has it from one package.
// Not here: packaging.
import { createHash } from 'node:crypto'
import { dirname, join } from 'node:path'
import { fileKind, readFile } from '../sys/files.ts'

/** The programs of a package, in the order in which they are summed. */
export const PROGRAMS = ['cluster-os-agent.mjs', 'cluster-os.mjs']

/** SHA-256 in hexadecimal digits of both programs, or of the only one; undefined for a checkout. */
export function programDigest(program: string): string | undefined {
  const folder = dirname(program)
  const files = PROGRAMS.map((name) => join(folder, name)).filter(
    (path) => fileKind(path) === 'file',
  )
  const all = files.includes(program)
    ? files
    : [program].filter((path) => fileKind(path) === 'file')
  if (all.length === 0) return undefined
  const hash = createHash('sha256')
  for (const path of all) hash.update(readFile(path))
  return hash.digest('hex')
}
