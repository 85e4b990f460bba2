// module_defaults: arguments that tasks of a module get where they do not give them. Not here: how
// the keyword passes to tasks within (inherit.ts).
import { ClusterError } from '../errors.ts'
import { canonicalName, checkNames } from '../modules/arguments.ts'
import { findModule, MODULES } from '../modules/index.ts'
import type { Module } from '../modules/module.ts'
import { nearest } from '../value/nearest.ts'
import { keyText } from '../value/plain.ts'
import { isDict, Template, type Value } from '../value/value.ts'
import type { YamlNode } from '../yaml/node.ts'
import type { Placed, Task } from './tree.ts'

/** Groups are of modules that are in other collections: there is nothing that they could reach. */
const GROUP = /^group\//

/** Refuses modules and arguments that there are none of, at their places. */
export function checkDefaults(node: YamlNode): void {
  if (node.kind === 'sequence') for (const item of node.items) checkDefaults(item)
  if (node.kind !== 'mapping') return
  for (const { key, value } of node.entries) {
    if (GROUP.test(key.text)) continue
    const module = findModule(key.text)
    if (module === undefined) {
      const close = nearest(key.text, MODULES.keys())
      throw new ClusterError('MODULE_UNKNOWN', `there is no module ${key.text}`, {
        where: key.at,
        hint: close === undefined ? 'see: cluster-os doc' : `did you mean ${close}?`,
      })
    }
    for (const argument of value.kind === 'mapping' ? value.entries : []) {
      const mistake = checkNames(module, [argument.key.text]).find(({ name }) => name !== undefined)
      if (mistake === undefined) continue
      const { message, hint } = mistake
      throw new ClusterError('MODULE_ARGUMENT', message, { where: argument.key.at, hint })
    }
  }
}

/**
 * The defaults of a task's module. What stands nearer to the task replaces all that stands further
 * out for that module, as in Ansible.
 */
export function defaultsOf(
  task: Task,
  module: Module,
  render: (value: Value) => Value,
): ReadonlyMap<string, Value> {
  const given = task.keywords.get('module_defaults')?.value ?? null
  let found: ReadonlyMap<Value, Value> = new Map()
  for (const entry of Array.isArray(given) ? given : [given]) {
    const dict = entry instanceof Template ? render(entry) : entry
    if (!isDict(dict)) continue
    for (const [name, values] of dict) {
      if (findModule(keyText(name)) !== module) continue
      const rendered = values instanceof Template ? render(values) : values
      if (isDict(rendered)) found = rendered
    }
  }
  return new Map([...found].map(([name, value]) => [keyText(name), value]))
}

/** Arguments that are missing and that no default may give. */
export function checkMissing(task: Task): void {
  const { module, args, action } = task
  if (module === undefined) return
  const names = [...args.named.keys()]
  if (args.free !== undefined && module.freeForm !== undefined) names.push(module.freeForm)
  const mistake = checkNames(module, names).find(({ name }) => name === undefined)
  if (mistake === undefined || mayHaveDefaults(task.keywords.get('module_defaults'), module)) return
  const { message, hint } = mistake
  throw new ClusterError('MODULE_ARGUMENT', message, { where: action.at, hint })
}

function mayHaveDefaults(placed: Placed | undefined, module: Module): boolean {
  const value = placed?.value ?? null
  return (Array.isArray(value) ? value : [value]).some(
    (entry) =>
      entry instanceof Template ||
      (isDict(entry) && [...entry.keys()].some((name) => findModule(keyText(name)) === module)),
  )
}

/** Whether a task gives an argument, under whichever of its names. */
export function isGiven(task: Task, module: Module, name: string): boolean {
  const known = canonicalName(module, name)
  if (task.args.free !== undefined && module.freeForm === known) return true
  return [...task.args.named.keys()].some((each) => canonicalName(module, each) === known)
}
