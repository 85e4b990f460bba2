// Keywords of a task as values: rendered for a host when they are needed. Not here: which keywords
// there are (keywords.ts) and what they do.
import { ClusterError } from '../errors.ts'
import { render } from '../template/template.ts'
import { truth as isTrue, str } from '../value/python.ts'
import { Unknown } from '../value/value.ts'
import { truth } from './controller.ts'
import type { VariableScope } from './scope.ts'
import type { Task } from './tree.ts'

/** A keyword that is a number, rendered. */
export function keywordNumber(task: Task, name: string, scope: VariableScope): number | undefined {
  const placed = task.keywords.get(name)
  if (placed === undefined) return undefined
  const value = Number(str(render(placed.value, scope.context)))
  if (Number.isFinite(value)) return value
  throw new ClusterError('TEMPLATE_TYPE', `${name} is not a number`, {
    where: placed.at,
    hint: `give ${name} a number`,
  })
}

/** A boolean keyword of a task, rendered. */
export function keywordTruth(
  task: Task,
  name: string,
  scope: VariableScope,
  otherwise = false,
): boolean {
  const placed = task.keywords.get(name)
  if (placed === undefined) return otherwise
  if (typeof placed.value === 'boolean') return placed.value
  const value = render(placed.value, scope.context)
  if (value instanceof Unknown) return true
  return typeof value === 'string' ? isYes(value) : isTrue(value)
}

/** Whether a text is one of YAML's and Ansible's words for true. */
export function isYes(text: string): boolean {
  return /^(yes|true|on|1|y|t)$/i.test(text.trim())
}

/** no_log; where it cannot be told, nothing is told. */
export function isHidden(task: Task, scope: VariableScope): boolean {
  try {
    return keywordTruth(task, 'no_log', scope)
  } catch {
    return true
  }
}

/** All conditions of the task and of what it stands in. */
export function judge(task: Task, scope: VariableScope): boolean | Unknown {
  let unknown: Unknown | undefined
  for (const { value } of task.whens) {
    const verdict = truth(value, scope)
    if (verdict === false) return false
    if (verdict instanceof Unknown) unknown ??= verdict
  }
  return unknown ?? true
}
