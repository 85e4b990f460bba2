// What includes will bring, as far as it is known without a host: where the names of files and
// roles are written out. Not here: what a run does with them (include.ts).
import { ClusterError } from '../errors.ts'
import { type IncludeOptions, includeRole, includeTasks } from './include.ts'
import { INCLUDES } from './playactions.ts'
import { VariableScope } from './scope.ts'
import { tasksIn } from './tags.ts'
import type { Item, Task } from './tree.ts'

/** Includes that include themselves have no end. */
const DEPTH_MAX = 5

/** Names of files and roles that are written out need none. */
const NO_SCOPE = new VariableScope({
  host: '',
  layers: [],
  special: new Map(),
  magic: () => undefined,
  magicNames: [],
  isMissingFact: () => false,
  context: {},
})

export function includesIn(items: readonly Item[]): Task[] {
  return tasksIn(items).filter(({ action }) => INCLUDES.includes(action.value))
}

/** The tasks that an include brings, and those of the includes in them; none where it needs a host. */
export function tasksBehind(
  task: Task,
  options: Pick<IncludeOptions, 'sources' | 'choice' | 'playFolder'>,
  depth = 0,
): Task[] {
  if (depth > DEPTH_MAX) return []
  const include = task.action.value === 'include_role' ? includeRole : includeTasks
  try {
    const { block } = include({ ...options, task, scope: NO_SCOPE, special: new Map(), index: 0 })
    const deeper = includesIn([block]).flatMap((each) => tasksBehind(each, options, depth + 1))
    return [...tasksIn([block]), ...deeper]
  } catch (error) {
    if (error instanceof ClusterError) return []
    throw error
  }
}
