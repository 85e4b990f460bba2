// What a play's keywords say about the facts that it gathers. Not here: the facts (facts/), and
// when they are gathered (taskrun.ts).
import { ClusterError } from '../errors.ts'
import { type GatherOptions, wrongSubset } from '../facts/gather.ts'
import { str } from '../value/python.ts'
import { listOf } from './inherit.ts'
import type { VariableScope } from './scope.ts'
import type { Play } from './tree.ts'

export function gatheringOf({ keywords }: Play, scope: VariableScope): GatherOptions {
  const placed = keywords.get('gather_subset')
  const subset = listOf(placed).map(({ value }) => str(scope.render(value)))
  const wrong = wrongSubset(subset)
  if (wrong !== undefined) throw new ClusterError('MODULE_ARGUMENT', wrong, { where: placed?.at })
  const folder = keywords.get('fact_path')
  if (folder === undefined) return { subset }
  return { subset, localFolder: str(scope.render(folder.value)) }
}
