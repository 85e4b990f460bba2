// What differs between a plan and the same plan made now, named for people: the playbook's files,
// the inventory, what hosts answer, what tasks would do. Not here: refusing (commands/apply.ts).
import { canonical } from './digest.ts'
import {
  type Intent,
  NONE,
  type Plan,
  type PlannedChange,
  type PlannedEffect,
  SHOWN_CHARS_MAX,
  type Step,
} from './shape.ts'

export interface Moved {
  /** The host, or what of the controller: `file x.yml`. */
  readonly where: string
  readonly what: string
  /** The first task that depends on it. */
  readonly task?: string
  readonly before: string
  readonly now: string
}

/** What moved at the controller: told before any host is asked. */
export function movedBasis(before: Plan, now: Omit<Plan, 'hosts' | 'machines' | 'facts'>): Moved[] {
  const moved: Moved[] = []
  const add = (where: string, what: string, was: string, is: string): void => {
    if (was !== is) moved.push({ where, what, before: was, now: is })
  }
  // Files that are read only when a host comes to them are not known yet.
  for (const [file, sum] of Object.entries(now.sources)) {
    const was = before.sources[file]
    if (was !== undefined) add(`file ${file}`, 'its content', short(was), short(sum))
  }
  add('options', 'playbooks', before.playbooks.join(' '), now.playbooks.join(' '))
  for (const name of keysOf(before.options, now.options)) {
    add(
      'options',
      name,
      canonical(before.options[name] ?? NONE),
      canonical(now.options[name] ?? NONE),
    )
  }
  const extra = 'the extra variables (-e)'
  if (namesOf(before.extraVars) === namesOf(now.extraVars)) {
    add('options', extra, short(before.extraVars.digest), short(now.extraVars.digest))
  } else add('options', extra, namesOf(before.extraVars), namesOf(now.extraVars))
  moved.push(...movedInventory(before.inventory, now.inventory))
  return moved
}

function namesOf({ names }: Plan['extraVars']): string {
  return names.join(', ') || NONE
}

function hostWord(known: unknown): string {
  return known === undefined ? NONE : 'in the inventory'
}

function groupWords(groups: readonly string[]): string {
  return groups.join(', ') || NONE
}

function movedInventory(before: Plan['inventory'], now: Plan['inventory']): Moved[] {
  const moved: Moved[] = []
  for (const host of keysOf(before.hosts, now.hosts)) {
    const [was, is] = [before.hosts[host], now.hosts[host]]
    if (was === undefined || is === undefined) {
      moved.push({ where: host, what: 'the host', before: hostWord(was), now: hostWord(is) })
      continue
    }
    if (canonical(was.groups) !== canonical(is.groups)) {
      moved.push({
        where: host,
        what: 'its groups',
        before: groupWords(was.groups),
        now: groupWords(is.groups),
      })
    }
    for (const name of keysOf(was.variables, is.variables)) {
      const [old, fresh] = [was.variables[name] ?? NONE, is.variables[name] ?? NONE]
      if (old !== fresh)
        moved.push({ where: host, what: `the variable ${name}`, before: old, now: fresh })
    }
  }
  if (moved.length === 0 && before.digest !== now.digest) {
    const what = 'a variable that is not shown, or a group of other hosts'
    moved.push({ where: 'inventory', what, before: short(before.digest), now: short(now.digest) })
  }
  return moved
}

/** What moved on the hosts and in what the tasks would do there. */
export function movedState(before: Plan, now: Plan): Moved[] {
  const moved = [...movedAnswers(before, now), ...movedFacts(before, now)]
  for (const [file, sum] of Object.entries(now.sources)) {
    const was = before.sources[file] ?? NONE
    if (was !== sum)
      moved.push({
        where: `file ${file}`,
        what: 'its content',
        before: short(was),
        now: short(sum),
      })
  }
  const steps = movedSteps(before, now)
  // A step that moved because its host's state did is named with that already.
  const named = new Set(moved.map(({ where, task }) => `${where}\0${task ?? ''}`))
  return [...moved, ...steps.filter(({ where, task }) => !named.has(`${where}\0${task ?? ''}`))]
}

function movedAnswers(before: Plan, now: Plan): Moved[] {
  return keysOf(before.machines, now.machines).flatMap((machine) => {
    const [was, is] = [before.machines[machine] ?? {}, now.machines[machine] ?? {}]
    return keysOf(was, is).flatMap((question) => {
      const [old, fresh] = [was[question], is[question]]
      // A question that is asked only now, or no more, follows from something else that moved.
      if (old === undefined || fresh === undefined || old.answer === fresh.answer) return []
      const one = { where: machine, what: question, task: old.task }
      return [{ ...one, before: old.answer, now: fresh.answer }]
    })
  })
}

function movedFacts(before: Plan, now: Plan): Moved[] {
  return keysOf(before.facts, now.facts).flatMap((host) => {
    const [was, is] = [before.facts[host] ?? {}, now.facts[host] ?? {}]
    return keysOf(was, is).flatMap((name) => {
      const [old, fresh] = [was[name], is[name]]
      if (old === undefined || fresh === undefined || old === fresh) return []
      return [{ where: host, what: `the fact ${name}`, before: old, now: fresh }]
    })
  })
}

function movedSteps(before: Plan, now: Plan): Moved[] {
  return keysOf(before.hosts, now.hosts).flatMap((host) => {
    const [was, is] = [before.hosts[host] ?? [], now.hosts[host] ?? []]
    const count = Math.max(was.length, is.length)
    for (let at = 0; at < count; at += 1) {
      const [old, fresh] = [was[at], is[at]]
      const difference = stepDifference(old, fresh)
      // What follows the first difference follows from it.
      if (difference !== undefined)
        return [{ where: host, what: 'what the task would do', ...difference }]
    }
    return []
  })
}

function stepDifference(
  old: Step | undefined,
  fresh: Step | undefined,
): Pick<Moved, 'task' | 'before' | 'now'> | undefined {
  const task = (old ?? fresh)?.name ?? ''
  if (old === undefined || fresh === undefined || old.id !== fresh.id) {
    return { task, before: old?.name ?? NONE, now: fresh?.name ?? NONE }
  }
  if (old.status !== fresh.status) return { task, before: old.status, now: fresh.status }
  if (canonical(old.intents) === canonical(fresh.intents)) return undefined
  const [was, is] = [doings(old), doings(fresh)]
  if (was !== is) return { task, before: was, now: is }
  const ways = differences(old.intents, fresh.intents)
  return { task, before: worded(was, ways, 'before'), now: worded(is, ways, 'now') }
}

interface Way {
  readonly what: string
  readonly before?: string
  readonly now?: string
}

/** What is the same in words, with what is not: `write x (mode of x 0644)`. */
function worded(doing: string, ways: readonly Way[], side: 'before' | 'now'): string {
  const told = ways.map((way) => `${way.what} ${way[side] ?? NONE}`)
  return told.length === 0 ? doing : `${doing} (${told.join(', ')})`
}

/** Where two lists of intents that read the same differ, named by their fields. */
function differences(old: readonly Intent[], fresh: readonly Intent[]): Way[] {
  const [was, is] = [`${old.length}`, `${fresh.length}`]
  if (was !== is) return [{ what: 'number of items', before: was, now: is }]
  return old.flatMap((before, at) => {
    const now = fresh[at] ?? before
    return [
      ...way('item', before.item, now.item),
      ...way('digest', before.command, now.command),
      ...way('whether it changes', before.isChanged, now.isChanged),
      ...way('end', before.end, now.end),
      ...before.changes.flatMap((change, place) => changeWays(change, now.changes[place])),
    ]
  })
}

function changeWays(before: PlannedChange, now: PlannedChange | undefined): Way[] {
  const effects = before.effects.flatMap((effect, at) => effectWays(effect, now?.effects[at]))
  return effects.length > 0 ? effects : way('script', before.digest, now?.digest)
}

function effectWays(before: PlannedEffect, now: PlannedEffect | undefined): Way[] {
  const [was, is] = [before.state ?? {}, now?.state ?? {}]
  const name = wordOf(was['path'] ?? was['name'] ?? was['key'] ?? before.kind)
  const fields = keysOf(was, is).flatMap((field) =>
    way(`${field} of ${name}`, was[field], is[field]),
  )
  if (fields.length > 0) return fields
  const open = way(`what is open of ${name}`, before.open.join(' '), now?.open.join(' '))
  return open.length > 0 ? open : way(`content of ${name}`, before.digest, now?.digest)
}

function way(what: string, before: unknown, now: unknown): Way[] {
  if (canonical(before) === canonical(now)) return []
  return [{ what, before: wordOf(before), now: wordOf(now) }]
}

function wordOf(value: unknown): string {
  if (value === undefined || value === '') return NONE
  const text = typeof value === 'string' ? value : canonical(value)
  // Digests are cut as elsewhere.
  return /^[0-9a-f]{32,}$/.test(text) ? short(text) : text.slice(0, SHOWN_CHARS_MAX)
}

/** What a step would do, in words. */
function doings({ intents }: Step): string {
  const summaries = intents.flatMap(({ changes }) => changes.map(({ summary }) => summary))
  if (summaries.length > 0) return summaries.join(', ')
  return intents.some(({ command }) => command !== undefined) ? 'run a command' : 'nothing'
}

function keysOf(before: object, now: object): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(now)])].toSorted()
}

function short(sum: string): string {
  return sum === NONE ? sum : sum.slice(0, 12)
}
