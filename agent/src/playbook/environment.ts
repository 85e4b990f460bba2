// The `environment:` of a task, as its programs get it. Not here: how it is handed over (host/).
import { render } from '../template/template.ts'
import { str } from '../value/python.ts'
import { isDict } from '../value/value.ts'
import { listOf } from './inherit.ts'
import type { VariableScope } from './scope.ts'
import type { Task } from './tree.ts'

/** `environment:` from the outside in; later ones win. */
export function environmentOf(task: Task, scope: VariableScope): Record<string, string> {
  const all: Record<string, string> = {}
  for (const { value } of listOf(task.keywords.get('environment'))) {
    const rendered = render(value, scope.context)
    for (const part of Array.isArray(rendered) ? rendered : [rendered]) {
      if (!isDict(part)) continue
      for (const [name, item] of part) if (typeof name === 'string') all[name] = str(item)
    }
  }
  return all
}
