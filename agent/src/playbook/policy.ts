// What a play says about its hosts as a whole: their order, how many at a time, and which failures
// end it. Its keywords may be templates. Not here: what follows from them (iterate.ts).
import { ClusterError, type Position } from '../errors.ts'
import { randomBelow } from '../sys/random.ts'
import { str } from '../value/python.ts'
import { listOf } from './inherit.ts'
import { isYes } from './keyword.ts'
import type { RunOptions } from './options.ts'
import type { VariableScope } from './scope.ts'
import { ORDERS, type Policy, STRATEGIES, type Strategy } from './steps.ts'
import type { TaskRuns } from './taskruns.ts'
import type { Play } from './tree.ts'

export function policyOf(
  play: Play,
  options: RunOptions,
  scope: VariableScope,
  runs: TaskRuns,
): Policy {
  const word = (name: string): string | undefined => {
    const placed = play.keywords.get(name)
    return placed === undefined ? undefined : str(scope.render(placed.value))
  }
  const percentage = word('max_fail_percentage')
  const fatal = word('any_errors_fatal')
  const forced = word('force_handlers')
  return {
    anyErrorsFatal: fatal !== undefined && isYes(fatal),
    maxFailPercentage: percentage === undefined ? undefined : Number.parseFloat(percentage),
    strategy: strategyOf(play, word('strategy') ?? 'linear'),
    forks: options.forks,
    forceHandlers: forced === undefined ? options.isForcingHandlers : isYes(forced),
    isOn: (task, keyword) => runs.isOn(task, keyword),
    namesOf: (handler, host) => runs.handlerNames(handler, host),
  }
}

function strategyOf(play: Play, word: string): Strategy {
  const name = word.replace(/^ansible\.(builtin|legacy)\./, '')
  const strategy = STRATEGIES.find((each) => each === name)
  if (strategy !== undefined) return strategy
  throw new ClusterError('KEYWORD_UNSUPPORTED', `the strategy ${word} is not supported`, {
    where: play.keywords.get('strategy')?.at ?? play.at,
    hint: `use one of ${STRATEGIES.join(', ')}`,
  })
}

/** The hosts of a play in the order that `order` wishes. */
export function ordered(play: Play, hosts: readonly string[]): string[] {
  const placed = play.keywords.get('order')
  const wish = placed === undefined || placed.value === null ? 'inventory' : placed.value
  switch (ORDERS.find((name) => name === wish)) {
    case 'inventory':
      return [...hosts]
    case 'reverse_inventory':
      return hosts.toReversed()
    case 'sorted':
      return hosts.toSorted(byCodePoint)
    case 'reverse_sorted':
      return hosts.toSorted(byCodePoint).toReversed()
    case 'shuffle':
      return hosts
        .map((host) => ({ host, at: randomBelow(2 ** 30) }))
        .toSorted((a, b) => a.at - b.at)
        .map(({ host }) => host)
    case undefined:
      throw new ClusterError('PLAYBOOK_SHAPE', `order cannot be ${JSON.stringify(wish)}`, {
        where: placed?.at ?? play.at,
        hint: `one of ${ORDERS.join(', ')}`,
      })
  }
}

function byCodePoint(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Hosts cut into batches by `serial`: a number, a percentage, or a list whose last is repeated. */
export function batchesOf(
  play: Play,
  hosts: readonly string[],
  scope: VariableScope,
): readonly (readonly string[])[] {
  const serial = play.keywords.get('serial')
  if (serial === undefined) return [hosts]
  const rendered = { value: scope.render(serial.value), at: serial.at }
  const sizes = listOf(rendered).map(({ value, at }) => batchSize(str(value), hosts.length, at))
  const batches: string[][] = []
  for (let start = 0; start < hosts.length; ) {
    const size = sizes[Math.min(batches.length, sizes.length - 1)] ?? hosts.length
    batches.push(hosts.slice(start, start + size))
    start += size
  }
  return batches
}

function batchSize(text: string, count: number, at: Position): number {
  const match = /^\s*(\d+)\s*(%?)\s*$/.exec(text)
  if (match === null) {
    throw new ClusterError('PLAYBOOK_SHAPE', `serial cannot be ${JSON.stringify(text)}`, {
      where: at,
      hint: 'a number of hosts, a percentage, or a list of these',
    })
  }
  const number = Number(match[1])
  if (match[2] === '') return number === 0 ? count : number
  return Math.max(1, Math.floor((count * number) / 100))
}
