// Files of few known names, read strictly: every mistake has its place and a hint, and none shows
// what stands there, as that may be a secret. Not here: which names a file has (seedfile.ts,
// clusterfile.ts, sealed.ts).
import { ClusterError, type ErrorCode, isPosition, type Position } from '../errors.ts'
import { readShortText } from '../sys/files.ts'
import { nearest } from '../value/nearest.ts'
import { keyOf, parseNodeId } from '../wire/id.ts'
import { isRefused } from '../wire/refusal.ts'
import { decodeStatement, type Statement, type StatementKind } from '../wire/statement.ts'
import { suite } from '../wire/suite.ts'
import type { MappingEntry, YamlNode } from '../yaml/node.ts'
import { parseYaml } from '../yaml/parse.ts'

export interface FileKind {
  readonly code: ErrorCode
  /** `seed`: what a person calls it. */
  readonly what: string
  /** What to do about one that is broken. */
  readonly hint: string
  readonly names: readonly string[]
}

/** Reads a value or throws by `fail`, which knows the place. */
export type FieldReader<T> = (node: YamlNode, fail: Fail) => T
export type Fail = (message: string, hint?: string, at?: Position) => ClusterError

/** 64 rotations of 640 bytes in base64 are 55 KB, and nothing else is long. */
const FILE_MOST_BYTES = 96 * 1024

export class Fields {
  readonly #kind: FileKind
  readonly #entries = new Map<string, MappingEntry>()
  readonly #top: Position

  constructor(node: YamlNode, kind: FileKind) {
    this.#kind = kind
    this.#top = node.at
    if (node.kind !== 'mapping') throw this.fail('', `a ${kind.what} is names with values`)
    for (const entry of node.entries) this.#take(entry)
  }

  /** The value of a name that must be there. */
  get<T>(name: string, read: FieldReader<T>): T {
    const value = this.maybe(name, read)
    if (value !== undefined) return value
    throw new ClusterError(this.#kind.code, `the ${this.#kind.what} has no ${name}`, {
      where: this.#top,
      hint: this.#kind.hint,
    })
  }

  maybe<T>(name: string, read: FieldReader<T>): T | undefined {
    const entry = this.#entries.get(name)
    if (entry === undefined) return undefined
    return read(entry.value, (message, hint, at) =>
      this.fail(name, `${name} ${message}`, { hint, at: at ?? entry.value.at }),
    )
  }

  /** An error at the value of a name, for what only the whole file shows. */
  fail(
    name: string,
    message: string,
    { hint, at }: { hint?: string | undefined; at?: Position } = {},
  ): ClusterError {
    const where = at ?? this.#entries.get(name)?.value.at ?? this.#top
    return new ClusterError(this.#kind.code, message, { where, hint: hint ?? this.#kind.hint })
  }

  #take(entry: MappingEntry): void {
    const { text, at } = entry.key
    if (!this.#kind.names.includes(text)) {
      const close = nearest(text, this.#kind.names)
      const names = this.#kind.names.join(', ')
      throw this.fail('', `a ${this.#kind.what} has no ${text}`, {
        at,
        hint: close === undefined ? `it has ${names}` : `did you mean ${close}?`,
      })
    }
    this.#entries.set(text, entry)
  }
}

/** The fields of a text that is a file of that kind, in the one version that there is. */
export function parseFields(text: string, file: string, kind: FileKind): Fields {
  const top = { file, line: 1, column: 1 }
  const fail = (message: string, where: Position, hint = kind.hint) =>
    new ClusterError(kind.code, message, { where, hint })
  if (text.length > FILE_MOST_BYTES) {
    throw fail(`a ${kind.what} has at most ${FILE_MOST_BYTES} characters`, top)
  }
  let roots: YamlNode[]
  try {
    roots = parseYaml(text, file)
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error
    const { where, message, hint } = error
    throw fail(message, where !== undefined && isPosition(where) ? where : top, hint)
  }
  const [root, second] = roots
  if (root === undefined) throw fail(`the ${kind.what} is empty`, top)
  if (second !== undefined) throw fail('there is a second document', second.at)
  const fields = new Fields(root, { ...kind, names: ['version', ...kind.names] })
  const version = fields.get('version', wholeNumber(0, 0xffff))
  if (version === 1) return fields
  throw fields.fail('version', `a ${kind.what} of version ${version} is not read here`, {
    hint: 'install a newer cluster-os, or make it anew with this one',
  })
}

/** Reads a file of that kind, if it is one and no longer than it may be. */
export function fieldsOf(file: string, kind: FileKind): Fields {
  const text = readShortText(file, FILE_MOST_BYTES)
  if (text !== undefined) return parseFields(text, file, kind)
  throw new ClusterError(kind.code, `${file} is no ${kind.what}: it is no file, or too long`, {
    hint: kind.hint,
  })
}

/** A text as it is written, whatever YAML would make of it. */
export const plainText: FieldReader<string> = (node, fail) => {
  if (node.kind !== 'scalar' || node.tag !== undefined) throw fail('is a text', undefined, node.at)
  if (node.text === '') throw fail('is empty', undefined, node.at)
  return node.text
}

export function wholeNumber(least: number, most: number): FieldReader<number> {
  return (node, fail) => {
    const value = node.kind === 'scalar' && node.style === 'plain' ? node.text : ''
    const number = /^(?:0|[1-9][0-9]{0,14})$/.test(value) ? Number(value) : Number.NaN
    if (number >= least && number <= most) return number
    throw fail(`is a number from ${least} to ${most}`, undefined, node.at)
  }
}

/** Base64 in its one spelling. */
export function base64(most: number): FieldReader<Uint8Array> {
  return (node, fail) => {
    const text = plainText(node, fail)
    const bytes = new Uint8Array(Buffer.from(text, 'base64'))
    if (Buffer.from(bytes).toString('base64') !== text) throw fail('is not in base64')
    if (bytes.length > most) throw fail(`has more than ${most} bytes`)
    return bytes
  }
}

export function base64Text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}

export function bytesOf(length: number): FieldReader<Uint8Array> {
  return (node, fail) => {
    const bytes = base64(4096)(node, fail)
    if (bytes.length === length) return bytes
    throw fail(`has ${bytes.length} bytes and not ${length}`)
  }
}

/** `ed25519:` and 64 digits. */
export const keyText: FieldReader<Uint8Array> = (node, fail) => {
  const id = parseNodeId(plainText(node, fail))
  if (id !== undefined) return keyOf(id)
  throw fail('is no key: ed25519: and 64 lowercase hexadecimal digits')
}

export function statementOf<K extends StatementKind>(
  kind: K,
): FieldReader<Extract<Statement, { kind: K }>> {
  return (node, fail) => {
    const statement = decodeStatement(base64(640)(node, fail), suite)
    if (isRefused(statement)) throw fail(`is no statement: ${statement.refused}`)
    if (statement.kind !== kind) throw fail(`is a ${statement.kind} and no ${kind}`)
    return statement as Extract<Statement, { kind: K }>
  }
}

export function listOf<T>(most: number, item: FieldReader<T>): FieldReader<readonly T[]> {
  return (node, fail) => {
    if (node.kind !== 'sequence') throw fail('is a list', undefined, node.at)
    if (node.items.length > most) throw fail(`has more than ${most} items`)
    return node.items.map((each) =>
      item(each, (message, hint, at) => fail(message, hint, at ?? each.at)),
    )
  }
}
