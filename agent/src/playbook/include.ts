// include_tasks: the tasks of a file that is named while a host is at it. Not here: imports, which
// are put in beforehand (compile.ts).
import { dirname } from 'node:path'
import { render } from '../template/template.ts'
import { str } from '../value/python.ts'
import { Template, type Value } from '../value/value.ts'
import { compileItems } from './compile.ts'
import { isMadeByHost } from './hostmade.ts'
import { inherit } from './inherit.ts'
import type { VariableScope } from './scope.ts'
import { refuseEscape, type Sources } from './sources.ts'
import { chooseItems, type TagChoice } from './tags.ts'
import type { Block, Placed, Task } from './tree.ts'
import { asVariables } from './variables.ts'

/** The file's tasks as a block of their own; `index` tells the runs of a loop apart. */
export function includeTasks(options: {
  task: Task
  scope: VariableScope
  /** Variables of the loop, which the tasks see too. */
  special: ReadonlyMap<string, Value>
  index: number
  sources: Sources
  choice: TagChoice
}): { file: string; block: Block } {
  const { task, scope, special, sources } = options
  const around = task.around
  const named = task.args.named.get('file') ?? task.args.free
  if (around === undefined || named === undefined) throw new Error('an include without a file')
  const name = str(render(named.value, scope.context))
  const file = sources.findTasks(name, around, named.at)
  if (isMadeByHost(named.value, scope, task)) {
    refuseEscape(name, file, [around.folder, ...around.searchFolders], named.at)
  }
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
  const within = {
    ...inner,
    includeLayers: [...inner.includeLayers, ...layers],
    folder: dirname(file),
  }
  const path = [...task.path, options.index]
  const items = compileItems(sources.readTasks(file, task.isHandler), within, path, sources, 0)
  const block = chooseItems(items, options.choice)
  return { file, block: { kind: 'block', path, at: task.at, block, rescue: [], always: [] } }
}

function conditionsOf(value: Value, task: Task): Value {
  const list = Array.isArray(value) ? value : [value]
  return list.map((item) => (typeof item === 'string' ? new Template(item, task.at) : item))
}
