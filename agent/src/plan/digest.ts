// Digests of what a plan rests on. What may be secret is stretched first: a short password cannot
// be found again by trying. Not here: what is digested.
import { createHash, scryptSync } from 'node:crypto'
import { keyText, type Plain, toPlain } from '../value/plain.ts'
import { isDict, Template, Unknown, type Value } from '../value/value.ts'

/** scrypt with these takes about 10 ms and 4 MB: a thousand guesses a second are too few. */
const STRETCH = { N: 4096, r: 8, p: 1 }
const SALT = 'cluster-os plan'
const LENGTH_BYTES = 24

/** JSON that is the same for the same data, whatever order it was made in. */
export function canonical(plain: unknown, indent?: number): string {
  return JSON.stringify(plain, (_name, value: unknown) => sorted(value), indent)
}

function sorted(value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return Object.fromEntries(entries)
}

export function digest(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex')
}

export function shortDigest(data: string | Buffer): string {
  return digest(data).slice(0, 12)
}

const sealedBefore = new Map<string, string>()

/** The digest of what may be a secret. */
export function sealed(text: string): string {
  const key = digest(text)
  let made = sealedBefore.get(key)
  if (made === undefined) {
    made = scryptSync(text, SALT, LENGTH_BYTES, STRETCH).toString('hex')
    sealedBefore.set(key, made)
  }
  return made
}

/** A value as an author wrote it, templates by their text. */
export function written(value: Value): Plain {
  if (value instanceof Template) return { template: value.source }
  if (Array.isArray(value)) return value.map(written)
  if (value instanceof Unknown) return { unknown: value.reason }
  if (!isDict(value)) return toPlain(value)
  return Object.fromEntries([...value].map(([key, item]) => [keyText(key), written(item)]))
}
