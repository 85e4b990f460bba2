// What a task notifies, held against the handlers that there are. Not here: when they run
// (iterate.ts).
import { ClusterError } from '../errors.ts'
import { nearest } from '../value/nearest.ts'
import { Template } from '../value/value.ts'
import { prefixed } from './handlers.ts'
import { listOf } from './inherit.ts'
import type { Task } from './tree.ts'

/**
 * PLAYBOOK_SHAPE when a name is that of no handler of the play: the change would never be acted
 * upon. Handlers whose names are templates may be any.
 */
export function missingHandler(
  handlers: readonly Task[],
  task: Task,
  names: readonly string[],
): ClusterError | undefined {
  const known = new Set<string>()
  for (const handler of handlers) {
    for (const keyword of ['name', 'listen']) {
      for (const { value } of listOf(handler.keywords.get(keyword))) {
        if (value instanceof Template) return undefined
        if (typeof value === 'string') for (const each of prefixed(handler, value)) known.add(each)
      }
    }
  }
  const missing = names.find((name) => !known.has(name))
  if (missing === undefined) return undefined
  const close = nearest(missing, known)
  return new ClusterError('PLAYBOOK_SHAPE', `there is no handler ${missing}`, {
    where: task.keywords.get('notify')?.at ?? task.at,
    hint: close === undefined ? 'add it under handlers' : `did you mean ${close}?`,
  })
}
