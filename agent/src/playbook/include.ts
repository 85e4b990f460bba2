// include_tasks and include_role: tasks of a file or role that is named while a host is at it. Not
// here: imports, which are put in beforehand (compile.ts).
import { dirname } from 'node:path'
import { ClusterError, type Position } from '../errors.ts'
import { render } from '../template/template.ts'
import { str } from '../value/python.ts'
import { Template, type Value } from '../value/value.ts'
import { compileItems, handlersOf, roleBlock, roleWish } from './compile.ts'
import { isMadeByHost } from './hostmade.ts'
import { inherit } from './inherit.ts'
import { expandRole } from './rolelist.ts'
import type { VariableScope } from './scope.ts'
import { refuseEscape, type Sources } from './sources.ts'
import { chooseItems, type TagChoice } from './tags.ts'
import type { Block, BroughtRole, Inherited, Item, Placed, Role, Task } from './tree.ts'
import { asVariables } from './variables.ts'

export interface IncludeOptions {
  readonly task: Task
  readonly scope: VariableScope
  /** Variables of the loop, which the tasks see too. */
  readonly special: ReadonlyMap<string, Value>
  /** Tells the runs of a loop apart. */
  readonly index: number
  readonly sources: Sources
  readonly choice: TagChoice
  /** Of the playbook. */
  readonly playFolder: string
}

export interface Included {
  /** Named in the result. */
  readonly name: string
  readonly block: Block
  readonly handlers: readonly Task[]
  /** Roles whose variables the rest of the play sees. */
  readonly roles: readonly Role[]
}

/** The file's tasks as a block of their own. */
export function includeTasks(options: IncludeOptions): Included {
  const { task, scope, sources } = options
  const around = task.around
  const named = task.args.named.get('file') ?? task.args.free
  if (around === undefined || named === undefined) throw new Error('an include without a file')
  const name = str(render(named.value, scope.context))
  const file = sources.findTasks(name, around, named.at)
  if (isMadeByHost(named.value, scope, task)) {
    refuseEscape(name, file, [around.folder, ...around.searchFolders], named.at)
  }
  const within = { ...inheritedBy(options, around), folder: dirname(file) }
  const path = [...task.path, options.index]
  const items = compileItems(sources.readTasks(file, task.isHandler), within, path, sources, 0)
  return finish(options, file, items, within.brought)
}

/** The role's tasks, after those of the roles that it depends on. */
export function includeRole(options: IncludeOptions): Included {
  const { task, scope, sources, playFolder } = options
  const around = task.around
  if (around === undefined) throw new Error('an include without its place')
  const text = (name: string): string | undefined => {
    const placed = task.args.named.get(name)
    if (placed === undefined) return undefined
    const word = str(render(placed.value, scope.context))
    if (isMadeByHost(placed.value, scope, task)) refuseWay(word, placed.at)
    return word
  }
  const { name, parts } = roleWish(text)
  const named = task.args.named.get('name') ?? task.args.named.get('role')
  const node = {
    at: task.at,
    role: { value: name, at: named?.at ?? task.at },
    keywords: new Map([...task.keywords].filter(([keyword]) => keyword === 'vars')),
    params: new Map<string, Placed>(),
  }
  const within = inheritedBy(options, around)
  const roles = expandRole(node, within, sources, {
    folder: playFolder,
    parts,
    isIncluded: true,
    loop: options.special,
    isValidated: task.args.named.get('rolespec_validate')?.value !== false,
    isRepeatable: task.args.named.get('allow_duplicates')?.value !== false,
  })
  const path = [...task.path, options.index]
  const items = roles.map((role, index) => roleBlock(role, [...path, index], sources))
  within.brought.push(...roles)
  return finish(options, name, items, within.brought)
}

/** A role that a host's words name is a name, and no way to a folder. */
function refuseWay(word: string, at: Position): void {
  if (/^[\w.-]+$/.test(word) && !word.startsWith('.')) return
  throw new ClusterError('TEMPLATE_REFUSED', `${JSON.stringify(word)} leads out of the playbook`, {
    where: at,
    hint: 'the name of a role or its file that holds a value of a host is a plain name',
  })
}

function inheritedBy(options: IncludeOptions, around: Inherited): Inherited {
  const { task, scope, special } = options
  const vars = new Map<string, Placed>()
  const own = asVariables(task.keywords.get('vars')?.value ?? null)
  for (const [key, value] of own) vars.set(key, { value, at: task.at })
  const loop = new Map<string, Placed>()
  for (const [key, value] of special) loop.set(key, { value, at: task.at })
  // Once rendered, an item no longer tells where it came from; its layer does.
  const isHostMade = isMadeByHost(task.keywords.get('loop')?.value ?? null, scope, task)
  const keywords = new Map<string, Placed>()
  for (const [key, value] of asVariables(task.args.named.get('apply')?.value ?? null)) {
    const wish = key === 'when' ? conditionsOf(value, task) : value
    keywords.set(key, { value: wish, at: task.at })
  }
  const inner = inherit(around, keywords, 'apply of the include')
  const layers = [
    { name: 'vars of the include', vars },
    { name: 'loop of the include', vars: loop, isHostMade },
  ]
  const includeLayers = [...inner.includeLayers, ...layers]
  return { ...inner, includeLayers, isIncluded: true, brought: [] }
}

function finish(
  options: IncludeOptions,
  name: string,
  items: readonly Item[],
  brought: readonly BroughtRole[],
): Included {
  const { task, sources } = options
  const path = [...task.path, options.index]
  const block = chooseItems(items, options.choice)
  const isPublic = task.args.named.get('public')?.value === true
  return {
    name,
    block: { kind: 'block', path, at: task.at, block, rescue: [], always: [] },
    handlers: brought.flatMap((role) => handlersOf(role, sources)),
    roles: isPublic ? brought.map(({ role }) => role.role) : [],
  }
}

function conditionsOf(value: Value, task: Task): Value {
  const list = Array.isArray(value) ? value : [value]
  return list.map((item) => (typeof item === 'string' ? new Template(item, task.at) : item))
}
