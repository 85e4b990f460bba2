// Reads an inventory in Ansible's INI form. Values are literals of Python where they can be, else
// texts; a text with `{{` is a template, as it is the author's. Not here: other INI files.
import { ClusterError, type Position } from '../errors.ts'
import { nearest } from '../value/nearest.ts'
import { authored, isDict, Tuple, type Value } from '../value/value.ts'
import type { Draft } from './draft.ts'
import { readLiteral } from './literal.ts'
import { hostNames } from './names.ts'
import { splitWords } from './words.ts'

type SectionKind = 'hosts' | 'vars' | 'children'

interface Section {
  group: string
  kind: SectionKind
}

/** A group that a section names before it is known; settled at the end of the file. */
interface Pending {
  group: string
  at: Position
  /** The group whose children section named it. */
  parent?: string
}

const HEADER = /^\[([^:\]\s]+)(?::([^\]\s]*))?\]\s*(?:#.*)?$/

export function readIni(draft: Draft, text: string, file: string): void {
  new IniReader(draft, file).read(text)
}

class IniReader {
  readonly #draft: Draft
  readonly #file: string
  #section: Section = { group: 'ungrouped', kind: 'hosts' }
  #pending: Pending[] = []
  /** Groups that have a section of hosts or children. */
  readonly #made = new Set(['all', 'ungrouped'])

  constructor(draft: Draft, file: string) {
    this.#draft = draft
    this.#file = file
  }

  read(text: string): void {
    for (const [index, raw] of text
      .replace(/^\uFEFF/, '')
      .split(/\r?\n/)
      .entries()) {
      const line = raw.trim()
      if (line === '' || line.startsWith('#') || line.startsWith(';')) continue
      const at = { file: this.#file, line: index + 1, column: raw.search(/\S/) + 1 }
      if (line.startsWith('[') && !/^\[[^\]]*:[^\]]*\]\S/.test(line)) this.#header(line, at)
      else if (this.#section.kind === 'vars') this.#variable(line, at)
      else if (this.#section.kind === 'children') this.#child(line, at)
      else this.#host(line, at)
    }
    this.#settle()
  }

  #header(line: string, at: Position): void {
    const match = HEADER.exec(line)
    const kind = match?.[2] ?? 'hosts'
    if (match === null || !isKind(kind)) {
      const hint = 'sections are [group], [group:vars] and [group:children]'
      throw refuse(`"${line}" is no section`, at, hint)
    }
    const group = match[1] ?? ''
    this.#section = { group, kind }
    // Variables may come before their group; the other sections make it.
    if (kind !== 'vars') this.#made.add(group)
    else if (!this.#draft.hasGroup(group)) this.#pending.push({ group, at })
    this.#draft.addGroup(group)
  }

  #host(line: string, at: Position): void {
    const [first, ...rest] = splitWords(line, at)
    if (first === undefined) return
    const where = { ...at, column: first.column }
    if (first.text === '---') {
      throw refuse('"---" starts YAML, not INI', where, 'give the file the ending .yml')
    }
    const { names, port } = hostNames(first.text, where)
    for (const name of names) {
      this.#draft.addHost(name, this.#section.group, port, where)
    }
    for (const word of rest) {
      const split = word.text.indexOf('=')
      const place = { ...at, column: word.column }
      if (split < 0) {
        const hint = 'write key=value after the host; quote a value that has spaces'
        throw refuse(`"${word.text}" behind the host ${first.text} has no value`, place, hint)
      }
      const key = word.text.slice(0, split)
      const value = this.#value(word.text.slice(split + 1), {
        ...place,
        column: valueColumn(line, at, word.column),
      })
      for (const name of names) this.#draft.setHostVar(name, key, value, place)
    }
  }

  #variable(line: string, at: Position): void {
    const split = line.indexOf('=')
    if (split < 0) {
      throw refuse(`"${line}" has no value`, at, 'write key=value in a :vars section')
    }
    const key = line.slice(0, split).trim()
    const raw = line.slice(split + 1)
    const column = at.column + split + 1 + Math.max(raw.search(/\S/), 0)
    const value = this.#value(raw.trim(), { ...at, column })
    this.#draft.setGroupVar(this.#section.group, key, value, at)
  }

  #child(line: string, at: Position): void {
    const name = (splitWords(line, at)[0]?.text ?? line).trim()
    const parent = this.#section.group
    if (!this.#draft.hasGroup(name)) {
      this.#pending.push({ group: name, at, parent })
    }
    this.#draft.addChild(parent, name, at)
  }

  #settle(): void {
    for (const { group, at, parent } of this.#pending) {
      if (this.#made.has(group)) continue
      const near = nearest(
        group,
        this.#draft.groupNames().filter((name) => name !== group),
      )
      const hint = near === undefined ? `add a section [${group}]` : `did you mean "${near}"?`
      const place = parent === undefined ? 'has variables' : `is a child of ${parent}`
      throw refuse(`the group ${group} ${place} and no section`, at, hint)
    }
  }

  #value(text: string, at: Position): Value {
    const literal = readLiteral(text)
    if (literal === undefined) return asTemplate(text, at)
    const quoted = /^['"]/.test(text) ? 1 : 0
    return asTemplate(literal, { ...at, column: at.column + quoted })
  }
}

function isKind(kind: string): kind is SectionKind {
  return kind === 'hosts' || kind === 'vars' || kind === 'children'
}

/** Where the value of the word at a column starts: behind the `=` and its quote. */
function valueColumn(line: string, at: Position, column: number): number {
  const start = column - at.column
  const equals = line.indexOf('=', start)
  const quoted = /^['"]/.test(line.slice(equals + 1)) ? 1 : 0
  return at.column + equals + 1 + quoted
}

/** The value with each text that holds template marks made a template of the place. */
export function asTemplate(value: Value, at: Position): Value {
  if (typeof value === 'string') return authored(value, at)
  if (Array.isArray(value)) {
    const items = value.map((item) => asTemplate(item, at))
    return value instanceof Tuple ? Tuple.from(items) : items
  }
  if (!isDict(value)) return value
  return new Map([...value].map(([key, item]) => [key, asTemplate(item, at)]))
}

function refuse(message: string, where: Position, hint: string): ClusterError {
  return new ClusterError('INVENTORY', message, { where, hint })
}
