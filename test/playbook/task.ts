// Tasks as the tests of the order need them: a place, a name and keywords.
import type { Task } from '../../agent/src/playbook/tree.ts'
import type { Value } from '../../agent/src/value/value.ts'

export const at = { file: 'p.yml', line: 1, column: 1 }

/** `action`, `word` (its free text) and `isGated` are the task's own, all else are keywords. */
export function makeTask(
  path: readonly number[],
  name: string,
  extra: Record<string, Value> = {},
): Task {
  const { action = 'copy', word, isGated = false, ...keywords } = extra
  const entries = Object.entries({ name, ...keywords })
  return {
    kind: 'task',
    path,
    at,
    action: { value: action as string, at },
    spelling: action as string,
    module: undefined,
    args: { named: new Map(), free: word === undefined ? undefined : { value: word, at } },
    keywords: new Map(entries.map(([key, value]) => [key, { value, at }])),
    whens: [],
    tags: [],
    layers: [],
    includeLayers: [],
    role: undefined,
    isHandler: false,
    isGated: isGated as boolean,
    searchFolders: [],
    around: undefined,
  }
}
