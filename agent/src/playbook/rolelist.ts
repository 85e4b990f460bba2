// The roles of a play in their order: each after those that it depends on, and what is mentioned
// twice told apart from what is the same. Not here: how a role is read (roles.ts), and its tasks
// (compile.ts).
import { dirname, join } from 'node:path'
import { ClusterError } from '../errors.ts'
import { repr } from '../value/python.ts'
import { isDict, Template, type Value } from '../value/value.ts'
import { inherit } from './inherit.ts'
import { loadRole, type RoleParts } from './roles.ts'
import type { Sources } from './sources.ts'
import type { BroughtRole, Inherited, PlayNode, Role, RoleNode, RoleSource } from './tree.ts'

/** A role that depends on itself by way of others would never end. */
const DEPTH_MAX = 40

interface RoleWish {
  /** Of the playbook. */
  readonly folder: string
  /** Roles that depend on this one. */
  readonly dependents?: readonly string[]
  readonly parts?: RoleParts
  /** Runs even if the same role has run before. */
  readonly isRepeatable?: boolean
  /** Named by an include or import, which are not the same as a mention under roles. */
  readonly isIncluded?: boolean
  /** False: its arguments are not checked. */
  readonly isValidated?: boolean
  /** Variables of the loop that an include stands in, which tell its roles apart. */
  readonly loop?: ReadonlyMap<string, Value>
}

/** A role and those it depends on, dependencies first; what is the same runs once. */
export function expandRole(
  node: RoleNode,
  base: Inherited,
  sources: Sources,
  wish: RoleWish,
): BroughtRole[] {
  const { folder, dependents = [], isRepeatable = false } = wish
  if (dependents.includes(node.role.value) || dependents.length > DEPTH_MAX) {
    throw new ClusterError('PLAYBOOK_SHAPE', `the role ${node.role.value} depends on itself`, {
      where: node.role.at,
      hint: `it is reached by ${[...dependents, node.role.value].join(' -> ')}`,
    })
  }
  const around = base.role === undefined ? [] : [dirname(base.role.folder)]
  // A dependency stands where the role does that needs it.
  const isDependency = dependents.length > 0
  const parents = parentsOf(base.role, isDependency)
  const search = { folders: [folder, ...around], parents, isDependency }
  const read = loadRole(node, sources, search, wish.parts)
  const role = wish.isValidated === false ? { ...read, argumentSpec: undefined } : read
  const inherited = inherit({ ...base, role: role.role }, node.keywords, 'the role')
  const own: Inherited = {
    ...inherited,
    searchFolders: [role.role.folder, ...base.searchFolders],
    folder: join(role.role.folder, 'tasks'),
  }
  const needs = role.dependencies.flatMap((dependency) =>
    expandRole(dependency, inherited, sources, {
      folder,
      dependents: [...dependents, node.role.value],
    }),
  )
  const origin = wish.isIncluded === true ? 'included' : 'listed'
  const mayRepeat = role.allowsDuplicates || isRepeatable
  const parts = Object.entries(wish.parts ?? {}).filter(([, name]) => name !== undefined)
  const loop = written(new Map<Value, Value>(wish.loop))
  const identity = [origin, JSON.stringify(parts), loop, identityOf(node, role)].join('\n')
  return [...needs, { role, inherited: own, once: mayRepeat ? undefined : identity, identity }]
}

function parentsOf(role: Role | undefined, isDependency: boolean): readonly string[] {
  if (role === undefined) return []
  return isDependency ? role.parents : [role.name, ...role.parents]
}

/** Keywords that make another mention of a role; others do not, as in Ansible. */
const TELLING = ['when', 'tags', 'vars']

/** What makes two mentions of a role the same: its folder, its parameters, those keywords. */
function identityOf(node: RoleNode, role: RoleSource): string {
  const keywords = [...node.keywords].filter(([name]) => TELLING.includes(name))
  const given = [...node.params, ...keywords].map(
    ([name, { value }]) => `${name}=${written(value)}`,
  )
  return [role.role.folder, ...given.toSorted()].join('\n')
}

/** A value as it was written, wherever that was. */
function written(value: Value): string {
  if (value instanceof Template) return value.source
  if (Array.isArray(value)) return `[${value.map(written).join(',')}]`
  if (!isDict(value)) return repr(value)
  return `{${[...value].map(([key, item]) => `${repr(key)}:${written(item)}`).join(',')}}`
}

/** What is mentioned again is the first mention once more, with the keywords of that one. */
export function listedRoles(
  node: PlayNode,
  base: Inherited,
  sources: Sources,
  folder: string,
): BroughtRole[] {
  const first = new Map<string | undefined, BroughtRole>()
  return node.roles.flatMap((each) => {
    const brought = expandRole(each, base, sources, { folder })
    const role = brought.at(-1)
    const before = first.get(role?.once)
    if (role?.once === undefined) return brought
    if (before !== undefined) return [...brought.slice(0, -1), before]
    first.set(role.once, role)
    return brought
  })
}
