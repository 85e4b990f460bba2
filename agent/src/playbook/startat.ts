// --start-at-task: a playbook without what stands before a task, found by its name or a pattern.
// As in Ansible, facts of the play are gathered still, and what is included cannot be started at.
import { ClusterError } from '../errors.ts'
import { globPattern } from '../value/glob.ts'
import { nearest } from '../value/nearest.ts'
import { Template } from '../value/value.ts'
import { includesIn, tasksBehind } from './foreseen.ts'
import type { Playbook } from './load.ts'
import { chooseItems, type TagChoice, tasksIn } from './tags.ts'
import { type Item, type Play, type Task, taskTitle } from './tree.ts'

/** Plays before the task keep their place and do nothing. USAGE when there is no such task. */
export function startAt(playbook: Playbook, pattern: string, choice: TagChoice): Playbook {
  const isMeant = matcher(pattern)
  const index = playbook.plays.findIndex((play) =>
    tasksIn(chooseItems(play.items, choice)).some(isMeant),
  )
  if (index < 0) throw insideInclude(pattern, playbook, choice) ?? noSuchTask(pattern, playbook)
  const plays = playbook.plays.map((play, place): Play => {
    if (place > index) return play
    if (place < index) return { ...play, items: [] }
    const first = tasksIn(chooseItems(play.items, choice)).find(isMeant)
    const kept = play.items.filter(isGathering)
    return { ...play, items: [...kept, ...from(play.items, first as Task)] }
  })
  return { ...playbook, plays }
}

function isGathering(item: Item): boolean {
  return item.kind === 'task' && item.action.value === 'gather_facts'
}

function matcher(pattern: string): (task: Task) => boolean {
  const glob = globPattern(pattern)
  return (task) => {
    const name = task.keywords.get('name')?.value
    const own = name instanceof Template ? name.source : typeof name === 'string' ? name : ''
    if (isGathering(task) || task.action.value === 'meta') return false
    const names = [own, taskTitle(task)].filter((each) => each !== '')
    return names.some((each) => each === pattern || glob.test(each))
  }
}

/** The items from the task on; blocks around it keep their rescue and always. */
function from(items: readonly Item[], first: Task): Item[] {
  const start = items.findIndex((item) => tasksIn([item]).includes(first))
  const item = items[start]
  if (item === undefined) return []
  const rest = items.slice(start + 1)
  if (item.kind === 'task') return [item, ...rest]
  const holds = (part: readonly Item[]): boolean => tasksIn(part).includes(first)
  if (holds(item.block)) return [{ ...item, block: from(item.block, first) }, ...rest]
  if (holds(item.rescue)) return [{ ...item, block: from(item.rescue, first), rescue: [] }, ...rest]
  return [{ ...item, block: from(item.always, first), rescue: [], always: [] }, ...rest]
}

/** Files are included while hosts are at them: where a run begins is settled before. */
function insideInclude(
  pattern: string,
  playbook: Playbook,
  choice: TagChoice,
): ClusterError | undefined {
  const isMeant = matcher(pattern)
  for (const { items, folder } of playbook.plays) {
    const include = includesIn(items).find((task) =>
      tasksBehind(task, { sources: playbook.sources, choice, playFolder: folder }).some(isMeant),
    )
    if (include === undefined) continue
    const { file, line, column } = include.at
    const what = `the task ${JSON.stringify(pattern)} is in what is included`
    return new ClusterError(
      'USAGE',
      `${what} at ${file}:${line}:${column}: no run can start there`,
      {
        hint: `start at the include, ${JSON.stringify(taskTitle(include))}, or import it`,
      },
    )
  }
  return undefined
}

const TEMPLATE = /\{\{.*?\}\}/g

/** Whether a name with templates may be shown so. Hosts may differ: as in Ansible none is rendered. */
function isRendering(shown: string, title: string): boolean {
  const own = title.split(' : ')
  const names = [title, own.at(-1) ?? title].filter(
    (name) => name.includes('{{') && /\w/.test(name.replaceAll(TEMPLATE, '')),
  )
  return names.some((name) => globPattern(name.replaceAll(TEMPLATE, '*')).test(shown))
}

function noSuchTask(pattern: string, playbook: Playbook): ClusterError {
  const titles = playbook.plays.flatMap((play) => tasksIn(play.items).map(taskTitle))
  const templated = titles.find((title) => isRendering(pattern, title))
  if (templated !== undefined) {
    const glob = templated.replaceAll(TEMPLATE, '*')
    return new ClusterError('USAGE', `no task is written as ${JSON.stringify(pattern)}`, {
      hint: `names count as they are written: start at ${JSON.stringify(glob)}`,
    })
  }
  const close = nearest(pattern, titles)
  return new ClusterError('USAGE', `no task is called ${JSON.stringify(pattern)}`, {
    hint:
      close === undefined
        ? 'see: cluster-os run --list-tasks'
        : `did you mean ${JSON.stringify(close)}?`,
  })
}
