// An inventory while it is read: sources add hosts, groups and variables, and `finish` settles
// what only the whole can tell. Not here: the formats of sources.
import { ClusterError, formatWhere, type Position } from '../errors.ts'
import { str } from '../value/python.ts'
import type { Value } from '../value/value.ts'
import type { GroupEntry, HostEntry, Inventory, PlacedValue, Vars } from './inventory.ts'

interface DraftGroup {
  hosts: Set<string>
  children: Set<string>
  parents: Set<string>
  priority: number
  vars: Vars
}

export class Draft {
  readonly #groups = new Map<string, DraftGroup>()
  readonly #hosts = new Map<string, Vars>()

  constructor() {
    this.addGroup('all')
    this.addGroup('ungrouped')
    this.addChild('all', 'ungrouped', { file: '', line: 1, column: 1 })
  }

  hasGroup(name: string): boolean {
    return this.#groups.has(name)
  }

  groupNames(): string[] {
    return [...this.#groups.keys()]
  }

  hostNames(): string[] {
    return [...this.#hosts.keys()]
  }

  addGroup(name: string): void {
    if (this.#groups.has(name)) return
    const sets = { hosts: new Set<string>(), children: new Set<string>() }
    this.#groups.set(name, { ...sets, parents: new Set(), priority: 1, vars: new Map() })
  }

  addHost(name: string, group: string, port: number | undefined, at: Position): void {
    refuseHidden('host', name, at)
    this.addGroup(group)
    if (!this.#hosts.has(name)) this.#hosts.set(name, new Map())
    this.#group(group).hosts.add(name)
    if (port !== undefined) this.setHostVar(name, 'ansible_port', port, at)
  }

  /** Makes a group part of another; INVENTORY when that closes a circle. */
  addChild(parent: string, child: string, at: Position): void {
    refuseHidden('group', child, at)
    this.addGroup(parent)
    this.addGroup(child)
    if (parent === child || this.#reaches(child, parent)) {
      throw new ClusterError('INVENTORY', `the group ${child} would be part of itself`, {
        where: at,
        hint: `${parent} is already, directly or not, a child of ${child}; remove one of the two`,
      })
    }
    this.#group(parent).children.add(child)
    this.#group(child).parents.add(parent)
  }

  setHostVar(host: string, name: string, value: Value, at: Position): void {
    this.#hosts.get(host)?.set(name, placed(value, at))
  }

  setGroupVar(group: string, name: string, value: Value, at: Position): void {
    if (name === 'ansible_group_priority') this.#group(group).priority = priority(value, at)
    else this.#group(group).vars.set(name, placed(value, at))
  }

  finish(folders: readonly string[]): Inventory {
    for (const [name, group] of this.#groups) {
      // What is nobody's child is a child of `all`; what is in no group is ungrouped.
      if (name !== 'all' && group.parents.size === 0) this.addChild('all', name, UNPLACED)
    }
    const grouped = new Set<string>()
    for (const [name, group] of this.#groups) {
      if (name !== 'all' && name !== 'ungrouped') for (const host of group.hosts) grouped.add(host)
    }
    const ungrouped = this.#group('ungrouped').hosts
    for (const host of this.#hosts.keys()) {
      if (grouped.has(host)) ungrouped.delete(host)
      else ungrouped.add(host)
    }
    const depths = new Map<string, number>()
    const groups = new Map<string, GroupEntry>()
    for (const [name, group] of this.#groups) {
      groups.set(name, {
        name,
        hosts: [...group.hosts],
        children: [...group.children],
        parents: [...group.parents],
        depth: this.#depth(name, depths),
        priority: group.priority,
        vars: group.vars,
      })
    }
    return { hosts: this.#hostEntries(groups), groups, folders }
  }

  #hostEntries(groups: ReadonlyMap<string, GroupEntry>): Map<string, HostEntry> {
    const memberships = new Map<string, Set<string>>()
    for (const name of this.#hosts.keys()) memberships.set(name, new Set(['all']))
    for (const group of groups.values()) {
      for (const host of group.hosts) {
        for (const above of [group.name, ...this.#ancestors(group.name)]) {
          memberships.get(host)?.add(above)
        }
      }
    }
    const entries = new Map<string, HostEntry>()
    for (const [name, vars] of this.#hosts) {
      const own = [...(memberships.get(name) ?? [])].toSorted((a, b) => byWeight(groups, a, b))
      entries.set(name, { name, groups: own, vars })
    }
    return entries
  }

  #ancestors(name: string): string[] {
    const found = new Set<string>()
    const visit = (group: string) => {
      for (const parent of this.#group(group).parents) {
        if (found.has(parent)) continue
        found.add(parent)
        visit(parent)
      }
    }
    visit(name)
    return [...found]
  }

  #depth(name: string, known: Map<string, number>): number {
    const before = known.get(name)
    if (before !== undefined) return before
    const above = [...this.#group(name).parents].map((parent) => this.#depth(parent, known))
    const depth = above.length === 0 ? 0 : Math.max(...above) + 1
    known.set(name, depth)
    return depth
  }

  #reaches(from: string, to: string): boolean {
    if (from === to) return true
    return [...this.#group(from).children].some((child) => this.#reaches(child, to))
  }

  #group(name: string): DraftGroup {
    const group = this.#groups.get(name)
    if (group === undefined) throw new Error(`the group ${name} was never added`)
    return group
  }
}

const UNPLACED: Position = { file: '', line: 1, column: 1 }

/** A name is printed and written into files; what cannot be seen in it is there to deceive. */
export function refuseHidden(kind: 'host' | 'group', name: string, at: Position): void {
  const hidden = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.exec(name)
  if (hidden === null && name !== '') return
  const code = (hidden?.[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
  const what = hidden === null ? 'is empty' : `holds the hidden character U+${code}`
  throw new ClusterError('INVENTORY', `the name of a ${kind} ${what}`, {
    where: at,
    hint: 'use letters, digits, dots, dashes and underscores',
  })
}

function placed(value: Value, at: Position): PlacedValue {
  return { value, origin: formatWhere(at) }
}

function priority(value: Value, at: Position): number {
  const number = Number(typeof value === 'string' ? value : str(value))
  if (Number.isInteger(number)) return number
  throw new ClusterError('INVENTORY', 'ansible_group_priority is not a whole number', {
    where: at,
    hint: 'the default is 1; higher numbers win among groups of one depth',
  })
}

export function byWeight(groups: ReadonlyMap<string, GroupEntry>, a: string, b: string): number {
  const left = groups.get(a)
  const right = groups.get(b)
  if (left === undefined || right === undefined) return 0
  if (left.depth !== right.depth) return left.depth - right.depth
  if (left.priority !== right.priority) return left.priority - right.priority
  return a < b ? -1 : 1
}
