// All mistakes of a playbook or a file of tasks, not only the first: what is wrong is cut out of
// the tree and the rest is read again, until nothing is refused. What follows only from the cut is
// not told. Not here: what is refused (playbook/).
import { resolve } from 'node:path'
import { ClusterError, isPosition, type Position } from '../errors.ts'
import { NO_ACTION } from '../playbook/action.ts'
import { loadPlaybook, type Playbook } from '../playbook/load.ts'
import { NO_HOSTS } from '../playbook/parse.ts'
import type { SourceOptions } from '../playbook/sources.ts'
import type { MappingEntry, MappingNode, ScalarNode, YamlNode } from '../yaml/node.ts'

/** Each costs one more reading; a file with more mistakes than this is no playbook. */
const CUTS_MAX = 500

/** What a file holds, where its content does not say so itself. */
export type Role = 'playbook' | 'tasks' | 'handlers'

export interface Reading {
  /** Undefined when something could not be cut out. */
  readonly playbook: Playbook | undefined
  readonly mistakes: readonly ClusterError[]
  /** Every file of YAML that was read, as it was written. */
  readonly trees: ReadonlyMap<string, YamlNode>
}

interface Step {
  /** The key of an entry, or an item: what is cut out. */
  readonly node: YamlNode
  /** The mapping or list it stands in. */
  readonly holder: YamlNode
}

export function readAll(path: string, role: Role, options: SourceOptions): Reading {
  const cutter = new Cutter(resolve(path), role)
  for (let cuts = 0; cuts < CUTS_MAX; cuts += 1) {
    try {
      const playbook = loadPlaybook(path, { ...options, readTree: cutter.readTree })
      return { playbook, mistakes: cutter.mistakes, trees: cutter.trees }
    } catch (error) {
      if (!(error instanceof ClusterError)) throw error
      if (!cutter.cut(error)) break
    }
  }
  return { playbook: undefined, mistakes: cutter.mistakes, trees: cutter.trees }
}

class Cutter {
  readonly mistakes: ClusterError[] = []
  readonly trees = new Map<string, YamlNode>()
  readonly #file: string
  readonly #role: Role
  readonly #cut = new Set<YamlNode>()
  /** Files that are no YAML. */
  readonly #broken = new Set<string>()
  /** Mappings that get an entry, so that what is left of them is read. */
  readonly #filled = new Map<MappingNode, MappingEntry>()
  /** Places at which a mistake may only follow from a cut. */
  readonly #touched = new Set<string>()
  readonly #tries = new Map<string, number>()

  constructor(file: string, role: Role) {
    this.#file = file
    this.#role = role
  }

  readTree = (path: string, read: () => YamlNode[]): YamlNode[] => {
    const at = { file: path, line: 1, column: 1 }
    if (this.#broken.has(path)) {
      return [path === this.#file ? { kind: 'sequence', items: [], at } : scalar(null, '', at)]
    }
    const known = this.trees.get(path)
    const trees = known === undefined ? read() : [known]
    const [root] = trees
    if (root === undefined || trees.length > 1) return trees
    this.trees.set(path, root)
    const left = this.#without(root)
    return [path === this.#file && this.#role !== 'playbook' ? this.#wrapped(left) : left]
  }

  /** Answers whether there is hope that the rest can be read. */
  cut(error: ClusterError): boolean {
    const { where } = error
    const place = where !== undefined && isPosition(where) ? where : undefined
    const key = place === undefined ? '' : keyOf(place)
    const tries = this.#tries.get(`${key} ${error.message}`) ?? 0
    this.#tries.set(`${key} ${error.message}`, tries + 1)
    const isNew = tries === 0 && (!this.#touched.has(key) || error.message === NO_HOSTS)
    if (isNew) this.mistakes.push(error)
    if (place === undefined) return false
    const root = this.trees.get(place.file)
    if (root === undefined) {
      const isHopeful = error.code === 'YAML_SYNTAX' && !this.#broken.has(place.file)
      this.#broken.add(place.file)
      return isHopeful
    }
    const steps = stepsTo(root, place)
    if (tries === 0 && this.#fill(error, steps)) return true
    const step = steps.at(-1 - tries)
    const around = steps.at(-2 - tries)
    // A task without its action, a module without an argument: it was there before the cut.
    if (step !== undefined) this.#touched.add(keyOf(step.holder.at))
    if (around?.node.kind === 'scalar') this.#touched.add(keyOf(around.node.at))
    if (step === undefined) return false
    this.#cut.add(step.node)
    return true
  }

  /** Puts something harmless where what is needed is missing. */
  #fill(error: ClusterError, steps: readonly Step[]): boolean {
    const inner = steps.toReversed().find(({ holder }) => holder.kind === 'mapping')
    if (inner?.holder.kind !== 'mapping') return false
    const { holder, node } = inner
    const { at } = holder
    if (error.message === NO_HOSTS) {
      this.#filled.set(holder, entry('hosts', 'localhost', at))
      return true
    }
    const isMissing = / needs the argument /.test(error.message)
    if (!isMissing && error.message !== NO_ACTION) return false
    if (isMissing) this.#cut.add(node)
    this.#filled.set(holder, entry('meta', 'noop', at))
    return true
  }

  #without(node: YamlNode): YamlNode {
    if (node.kind === 'sequence') {
      const items = node.items.filter((item) => !this.#cut.has(item))
      return { ...node, items: items.map((item) => this.#without(item)) }
    }
    if (node.kind === 'scalar') return node
    const entries = node.entries
      .filter(({ key }) => !this.#cut.has(key))
      .map(({ key, value }) => ({ key, value: this.#without(value) }))
    const filling = this.#filled.get(node)
    return { ...node, entries: filling === undefined ? entries : [...entries, filling] }
  }

  /** A file of tasks as a play of its own. */
  #wrapped(root: YamlNode): YamlNode {
    const { at } = root
    const entries = [
      entry('hosts', 'localhost', at),
      { key: scalar('gather_facts', 'gather_facts', at), value: scalar(false, 'false', at) },
      { key: scalar(this.#role, this.#role, at), value: root },
    ]
    return { kind: 'sequence', at, items: [{ kind: 'mapping', entries, at }] }
  }
}

function scalar(value: string | boolean | null, text: string, at: Position): ScalarNode {
  return { kind: 'scalar', value, text, style: 'plain', tag: undefined, at }
}

function entry(key: string, value: string, at: Position): MappingEntry {
  return { key: scalar(key, key, at), value: scalar(value, value, at) }
}

function keyOf({ file, line, column }: Position): string {
  return `${file}:${line}:${column}`
}

function isUpTo(at: Position, place: Position): boolean {
  return at.line < place.line || (at.line === place.line && at.column <= place.column)
}

/** The way from the root to the entry or item that a place lies in. */
function stepsTo(root: YamlNode, place: Position): Step[] {
  const steps: Step[] = []
  let holder = root
  while (holder.kind !== 'scalar') {
    const children: readonly { node: YamlNode; value: YamlNode }[] =
      holder.kind === 'mapping'
        ? holder.entries.map(({ key, value }) => ({ node: key, value }))
        : holder.items.map((item) => ({ node: item, value: item }))
    const child = children.findLast(({ node }) => isUpTo(node.at, place))
    if (child === undefined) return steps
    steps.push({ node: child.node, holder })
    holder = child.value
  }
  return steps
}
