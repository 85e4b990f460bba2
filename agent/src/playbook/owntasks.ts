// Tasks that a play has without its author writing them: gathering facts, flushing handlers, and
// the check of a role's arguments. Not here: what an author wrote (compile.ts).
import type { Position } from '../errors.ts'
import { findModule } from '../modules/index.ts'
import type { Value } from '../value/value.ts'
import type { Inherited, Placed, PlayNode, RoleSource, Task } from './tree.ts'

/** The implicit first task, unless the play says no. */
export function gatherTask(node: PlayNode, base: Inherited, isImplicit: boolean): Task {
  const wish = node.keywords.get('gather_facts')?.value
  const isWanted =
    (wish === undefined && isImplicit) || wish === true || wish === 'yes' || wish === 'true'
  const name = isWanted ? 'gather_facts' : 'meta'
  return { ...playTask(node.at, base, [0], name, 'noop'), tags: [...base.tags, 'always'] }
}

export function flushTask(at: Position, base: Outer, path: readonly number[]): Task {
  return playTask(at, base, path, 'meta', 'flush_handlers')
}

/** What such a task takes from what it stands in. */
type Outer = Pick<Inherited, 'keywords' | 'tags' | 'searchFolders'>

function playTask(
  at: Position,
  base: Outer,
  path: readonly number[],
  action: string,
  word: string,
): Task {
  return {
    kind: 'task',
    path,
    at,
    action: { value: action, at },
    spelling: action,
    module: undefined,
    args: { named: new Map(), free: { value: word, at } },
    keywords: base.keywords,
    whens: [],
    tags: base.tags,
    layers: [],
    includeLayers: [],
    role: undefined,
    isHandler: false,
    isImplicit: action === 'meta',
    isGated: false,
    searchFolders: base.searchFolders,
    around: undefined,
  }
}

/** Holds a role's variables against what its author says that it takes. */
export function argumentsTask(role: RoleSource, inherited: Inherited): Task | undefined {
  const spec = role.argumentSpec
  const module = findModule('validate_argument_spec')
  if (spec === undefined || module === undefined) return undefined
  const { at } = spec
  const about = spec.summary === undefined ? '' : ` - ${spec.summary}`
  const name = `Validating arguments against arg spec '${spec.entryPoint}'${about}`
  // A parameter that is not described is a mistake; any other variable need not be for the role.
  const params = [...role.role.params.vars].map(([key, { value }]) => [key, value] as const)
  const named = new Map<string, Placed>([
    ['argument_spec', { value: spec.options, at }],
    ['provided_arguments', { value: new Map<Value, Value>(params), at }],
    ['validate_args_context', { value: contextOf(role, spec.entryPoint), at }],
  ])
  return {
    ...playTask(at, inherited, [], module.name, ''),
    module,
    args: { named, free: undefined },
    keywords: new Map([...inherited.keywords, ['name', { value: name, at }]]),
    whens: inherited.whens,
    tags: [...inherited.tags, 'always'],
    layers: inherited.layers,
    includeLayers: inherited.includeLayers,
    role: role.role,
  }
}

function contextOf({ role }: RoleSource, entryPoint: string): Value {
  return new Map<Value, Value>([
    ['type', 'role'],
    ['name', role.name],
    ['argument_spec_name', entryPoint],
    ['path', role.folder],
  ])
}
