// Whether the papers of a file lead to the cluster that it names, by the very rules that members
// have (chains.ts), and where in the file they do not. Not here: dates and revocations.
import type { OperatorStatement, RotationStatement } from '../wire/statement.ts'
import { suite } from '../wire/suite.ts'
import { type ChainStatement, Chains } from './chains.ts'
import type { Fields } from './fields.ts'
import { isStrictKey } from './keys.ts'

/** What a file says of the way from the root to an operator. */
export interface Papers {
  readonly clusterId: Uint8Array
  readonly rotations: readonly RotationStatement[]
  readonly operator: OperatorStatement
}

/** Looks at `cluster`, `rotations` and `operator`, and then at more; throws at what is wrong. */
export function checkLeading(
  fields: Fields,
  { clusterId, rotations, operator }: Papers,
  more: Readonly<Record<string, ChainStatement>> = {},
): void {
  if (!isStrictKey(clusterId)) throw fields.fail('cluster', 'cluster is no key of a cluster')
  const chains = new Chains({ clusterId, suite, isKey: isStrictKey })
  const check = (name: string, statement: ChainStatement) => {
    const verdict = chains.add(statement)
    if (verdict.kind === 'new') return
    const reason = verdict.kind === 'missing' ? 'what it rests on is not here' : verdict.reason
    throw fields.fail(name, `${name} does not lead to the cluster: ${reason}`)
  }
  for (const rotation of rotations) check('rotations', rotation)
  check('operator', operator)
  for (const [name, statement] of Object.entries(more)) check(name, statement)
}
