// Reads YAML as Ansible does: 1.1 types, anchors, merge keys, `!unsafe` and `!vault`, and every
// node with its place. js-yaml finds the structure; what scalars mean is ours. Not here: plain
// values (value.ts), writing (dump.ts), and what the nodes of a play or an inventory mean.
import { EVENT_ID, type Event, getScalarValue } from 'js-yaml'
import type { ClusterError, Position } from '../errors.ts'
import { Float, Sealed, Timestamp, type Value } from '../value/value.ts'
import { readEvents } from './events.ts'
import type { MappingEntry, ScalarNode, YamlNode } from './node.ts'
import { readScalar, type ScalarType } from './scalar.ts'
import { makeSource, type Source, yamlError } from './source.ts'
import { bareTemplate } from './syntax.ts'

/** Nodes that aliases may add to a file; beyond that it is a bomb, not a configuration. */
const MAX_ALIASED_NODES = 100_000

const STYLES = ['plain', 'plain', 'single', 'double', 'literal', 'folded'] as const

const MERGE_HINT = 'write "<<: *anchor", or quote the key'

/** Tags of the core schema; a collection may only carry its own kind's name. */
const CORE_TAGS: Record<string, ScalarType | undefined> = {
  '!': 'str',
  '!!str': 'str',
  '!!int': 'int',
  '!!float': 'float',
  '!!bool': 'bool',
  '!!null': 'null',
  '!!timestamp': 'timestamp',
}

/** What opens vaults, and is told what came out of them. */
export interface VaultReader {
  /** The text inside a vault; a text that is no vault comes back as it is. */
  openText(text: string, where: Position): string
  keepSecret(text: string): void
}

/**
 * One tree per document of the text; an empty text or document is a null scalar. With `vault`, a
 * file that is a vault is opened at once, and values tagged `!vault` when they are used. Throws
 * YAML_SYNTAX at the mistake's place.
 */
export function parseYaml(text: string, file: string, vault?: VaultReader): YamlNode[] {
  const plain = vault?.openText(text, { file, line: 1, column: 1 }) ?? text
  const source = makeSource(plain.replace(/^\uFEFF/, ''), file)
  const builder = new Builder(source, readEvents(source), vault, plain !== text)
  const documents = builder.documents()
  return documents.length > 0 ? documents : [emptyScalar({ file, line: 1, column: 1 })]
}

function emptyScalar(at: Position, tag?: string): ScalarNode {
  return { kind: 'scalar', value: null, text: '', style: 'plain', tag, at }
}

interface Anchored {
  /** Undefined while the anchored collection is still open. */
  node: YamlNode | undefined
  size: number
}

type NodeEvent = Exclude<Event, { type: 1 | 5 | 6 }>

class Builder {
  readonly #source: Source
  readonly #events: readonly Event[]
  readonly #vault: VaultReader | undefined
  /** The whole file came out of a vault, so its texts are secrets. */
  readonly #isSecret: boolean
  /** Names are told, in hints and reports, of a vault's variables too. */
  #isKey = false
  #next = 0
  /** Where the text read so far ends: the place of an empty scalar. */
  #end = 0
  #size = 0
  #aliased = 0
  #unsafe = false
  #anchors = new Map<string, Anchored>()

  constructor(
    source: Source,
    events: readonly Event[],
    vault: VaultReader | undefined,
    isSecret: boolean,
  ) {
    this.#source = source
    this.#events = events
    this.#vault = vault
    this.#isSecret = isSecret
  }

  documents(): YamlNode[] {
    const documents: YamlNode[] = []
    while (this.#next < this.#events.length) {
      this.#take()
      this.#anchors = new Map()
      documents.push(this.#node())
      this.#take()
    }
    return documents
  }

  #take(): Event {
    const event = this.#events[this.#next++]
    if (event === undefined) throw new Error(`yaml events of ${this.#source.file} end early`)
    return event
  }

  #peekPop(): boolean {
    return this.#events[this.#next]?.type === EVENT_ID.POP
  }

  #fail(offset: number, message: string, hint?: string): ClusterError {
    return yamlError(this.#source.at(offset), message, hint)
  }

  #node(): YamlNode {
    const event = this.#take()
    this.#size++
    if (event.type === EVENT_ID.ALIAS) return this.#alias(event.anchorStart, event.anchorEnd)
    const tagged = event as NodeEvent
    const tag = this.#tag(tagged)
    const anchor: Anchored | undefined =
      tagged.anchorStart < 0 ? undefined : { node: undefined, size: this.#size - 1 }
    if (anchor !== undefined) {
      this.#anchors.set(this.#source.text.slice(tagged.anchorStart, tagged.anchorEnd), anchor)
    }
    const wasUnsafe = this.#unsafe
    if (tag === '!unsafe') this.#unsafe = true
    const node = this.#content(tagged, tag)
    this.#unsafe = wasUnsafe
    if (anchor !== undefined) {
      anchor.node = node
      anchor.size = this.#size - anchor.size
    }
    return node
  }

  #content(event: NodeEvent, tag: string | undefined): YamlNode {
    if (event.type === EVENT_ID.SCALAR) return this.#scalar(event, tag)
    this.#end = event.start
    const at = this.#source.at(event.start)
    if (event.type === EVENT_ID.SEQUENCE) {
      if (tag !== undefined && !['!unsafe', '!!seq'].includes(tag)) throw this.#badTag(event, tag)
      const items: YamlNode[] = []
      while (!this.#peekPop()) items.push(this.#node())
      this.#take()
      return { kind: 'sequence', items, at }
    }
    if (this.#source.text.startsWith('{{', event.start)) {
      throw bareTemplate(this.#source, event.start)
    }
    if (tag !== undefined && !['!unsafe', '!!map'].includes(tag)) throw this.#badTag(event, tag)
    return { kind: 'mapping', entries: this.#entries(), at }
  }

  #alias(start: number, end: number): YamlNode {
    const name = this.#source.text.slice(start, end)
    const anchored = this.#anchors.get(name)
    this.#end = end
    if (anchored === undefined) {
      const hint = `define it before with "&${name}", or quote a text that starts with "*"`
      throw this.#fail(start - 1, `no anchor is called "${name}"`, hint)
    }
    if (anchored.node === undefined) {
      throw this.#fail(
        start - 1,
        `the alias "*${name}" stands inside its own anchor`,
        'write the value out',
      )
    }
    this.#size += anchored.size - 1
    this.#aliased += anchored.size
    if (this.#aliased > MAX_ALIASED_NODES) {
      const limit = `aliases add more than ${MAX_ALIASED_NODES} nodes`
      throw this.#fail(start - 1, limit, 'write the data out, or generate it with a template')
    }
    return anchored.node
  }

  #tag(event: NodeEvent): string | undefined {
    if (event.tagStart < 0) return undefined
    const raw = this.#source.text.slice(event.tagStart, event.tagEnd)
    const tag = raw.replace(/^!<tag:yaml\.org,2002:(.*)>$/, '!!$1').replace(/^!<(!.*)>$/, '$1')
    if (tag === '!vault-encrypted') return '!vault'
    const known = tag in CORE_TAGS || ['!unsafe', '!vault', '!!map', '!!seq'].includes(tag)
    if (!known) throw this.#badTag(event, tag)
    return tag
  }

  #badTag(event: NodeEvent, tag: string): ClusterError {
    const hint = 'the tags are !unsafe, !vault and !!str, !!int, !!float, !!bool; quote a text'
    return this.#fail(event.tagStart, `the tag "${tag}" has no meaning here`, hint)
  }

  #scalar(event: Extract<Event, { type: 4 }>, tag: string | undefined): ScalarNode {
    if (event.valueStart < 0) {
      const at = this.#source.at(event.tagEnd > 0 ? event.tagEnd : this.#emptyPlace())
      const value = tag === undefined || tag === '!!null' ? null : ''
      return { ...emptyScalar(at, this.#keptTag(tag)), value }
    }
    const style = STYLES[event.style]
    const text = getScalarValue(this.#source.text, event)
    this.#end = event.valueEnd
    const quoted = style === 'single' || style === 'double'
    const block = style === 'literal' || style === 'folded'
    const value = this.#scalarValue(event, text, tag)
    if (this.#isSecret && !this.#isKey && typeof value === 'string') this.#vault?.keepSecret(value)
    const place = { kind: 'scalar', value, text, style, tag: this.#keptTag(tag) } as const
    const start = this.#source.at(event.valueStart)
    if (quoted) return { ...place, at: this.#source.at(event.valueStart - 1), textAt: start }
    if (!block) return { ...place, at: start }
    const textAt = { ...start, column: Math.max(event.indent, 0) + 1 }
    return { ...place, at: this.#headerPlace(event.valueStart), textAt }
  }

  /** The tags that later stages ask for; core tags have done their work. */
  #keptTag(tag: string | undefined): string | undefined {
    if (tag === '!vault') return tag
    return this.#unsafe ? '!unsafe' : undefined
  }

  /** An empty value stands behind the colon of its key, or behind its dash. */
  #emptyPlace(): number {
    const mark = /^["']?[ \t]*:/.exec(this.#source.text.slice(this.#end))
    return mark === null ? this.#end : this.#end + mark[0].length
  }

  /** The `|` or `>` that opens a block scalar whose text starts at the offset. */
  #headerPlace(textStart: number): Position {
    const line = this.#source.text.lastIndexOf('\n', textStart - 2) + 1
    const header = /[|>][-+0-9]*[ \t]*(?:#.*)?[\r\n]*$/.exec(
      this.#source.text.slice(line, textStart),
    )
    return this.#source.at(line + (header?.index ?? 0))
  }

  #scalarValue(event: Extract<Event, { type: 4 }>, text: string, tag: string | undefined): Value {
    const core = tag === undefined ? undefined : CORE_TAGS[tag]
    if (tag === '!vault' && this.#vault !== undefined) {
      return sealed(text, this.#vault, this.#source.at(event.tagStart))
    }
    if (tag !== undefined && core === undefined) return text
    if (core === undefined && event.style !== 1) return text
    const value = readScalar(text, core)
    if (value === undefined) {
      const hint = 'quote it if it is a text'
      throw this.#fail(event.valueStart, `"${text}" looks like a number or date and is none`, hint)
    }
    return value
  }

  #entries(): MappingEntry[] {
    const own: MappingEntry[] = []
    const seen = new Map<string, ScalarNode>()
    const merged: MappingEntry[] = []
    while (!this.#peekPop()) {
      const key = this.#key()
      if (key.style === 'plain' && key.text === '<<' && key.tag === undefined) {
        merged.push(...this.#mergeSource(this.#node(), key.at))
      } else {
        refuseDuplicate(seen, key)
        own.push({ key, value: this.#value() })
      }
    }
    this.#take()
    return merged.length === 0 ? own : overlay([...merged, ...own])
  }

  #value(): YamlNode {
    const node = this.#node()
    if (node.kind === 'scalar' && node.style === 'plain' && /^(?:<<|=)$/.test(node.text)) {
      throw yamlError(node.at, `"${node.text}" cannot be a plain value`, 'quote it')
    }
    return node
  }

  #key(): ScalarNode {
    this.#isKey = true
    const key = this.#node()
    this.#isKey = false
    if (key.kind === 'scalar') return key
    throw yamlError(key.at, `a ${key.kind} cannot be a key`, 'quote a key that holds brackets')
  }

  /** The entries that `<<` brings in; of a list, earlier mappings win, so they come last. */
  #mergeSource(node: YamlNode, at: Position): MappingEntry[] {
    if (node.kind === 'mapping') return [...node.entries]
    if (node.kind === 'sequence') {
      return node.items.toReversed().flatMap((item) => {
        if (item.kind === 'mapping') return [...item.entries]
        throw yamlError(item.at, 'the merge key "<<" takes mappings only', MERGE_HINT)
      })
    }
    throw yamlError(at, 'the merge key "<<" takes a mapping or a list of mappings', MERGE_HINT)
  }
}

/** A vault as a value: opened when it is used, so that a run without its password may pass it by. */
export function sealed(text: string, vault: VaultReader, where: Position): Sealed {
  return new Sealed(text, where, () => {
    const opened = vault.openText(text, where)
    vault.keepSecret(opened)
    return opened
  })
}

/** Keys that Python holds equal are one key: 1, 1.0 and true too. */
function keyIdentity(value: Value): string {
  if (typeof value === 'string') return `text ${value}`
  if (value instanceof Timestamp) return `time ${value.text}`
  if (value instanceof Float) return `number ${value.value}`
  return value === null ? 'null' : `number ${Number(value)}`
}

function refuseDuplicate(seen: Map<string, ScalarNode>, key: ScalarNode): void {
  const identity = keyIdentity(key.value)
  const first = seen.get(identity)
  seen.set(identity, key)
  if (first === undefined) return
  throw yamlError(
    key.at,
    `the key "${key.text}" is given twice, in lines ${first.at.line} and ${key.at.line}`,
    'remove one of the two',
  )
}

/** Later entries replace earlier ones of the same key, at the earlier one's place. */
function overlay(entries: readonly MappingEntry[]): MappingEntry[] {
  const byKey = new Map<string, MappingEntry>()
  for (const entry of entries) byKey.set(keyIdentity(entry.key.value), entry)
  return [...byKey.values()]
}
