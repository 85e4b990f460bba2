// Whether a value may hold words of a host: file names with such words are kept within the author's
// folders. Judged by the names in templates, through variables of variables. Not here: the files
// (sources.ts).
import { freeNames } from '../template/template.ts'
import { Template, type Value } from '../value/value.ts'
import type { VariableScope } from './scope.ts'
import type { Task } from './tree.ts'

/** Names that lead to values of every kind, those of hosts among them. */
const DOORS: readonly string[] = ['hostvars', 'ansible_facts', 'vars']

const FROM_HOSTS: readonly string[] = ['facts', 'registered variables']

/** `task` is where a loop variable comes from. */
export function isMadeByHost(value: Value, scope: VariableScope, task?: Task): boolean {
  const seen = new Set<string>()
  const visit = (part: Value): boolean => {
    if (Array.isArray(part)) return part.some(visit)
    if (part instanceof Map) return [...part.values()].some(visit)
    if (!(part instanceof Template)) return false
    // lookup('vars', ...) takes the name as a text.
    if (/\b(lookup|query|q)\s*\(\s*["'](ansible\.builtin\.)?vars/.test(part.source)) return true
    return [...freeNames(part.source, 'template')].some(named)
  }
  const named = (name: string): boolean => {
    if (seen.has(name)) return false
    seen.add(name)
    if (DOORS.includes(name)) return true
    const found = scope.find(name)
    if (found === undefined) return false
    if (found.isHostMade === true || FROM_HOSTS.includes(found.layer)) return true
    if (found.layer !== 'loop') return visit(found.value)
    return task === undefined || visit(task.keywords.get('loop')?.value ?? null)
  }
  return visit(value)
}

/** Whether any argument of the task may. */
export function hasHostMadeArgument(task: Task, scope: VariableScope): boolean {
  const { named, free } = task.args
  const all = free === undefined ? [...named.values()] : [...named.values(), free]
  return all.some(({ value }) => isMadeByHost(value, scope, task))
}
