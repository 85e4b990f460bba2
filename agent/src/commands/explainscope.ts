// The names that explain sees: those of a task, of a play before its tasks, or of the inventory
// alone; and what of a playbook gives a variable to some of its tasks only. Not here: what is told
// of them (explain.ts).
import { ClusterError, formatWhere } from '../errors.ts'
import { includesIn, tasksBehind } from '../playbook/foreseen.ts'
import type { Playbook } from '../playbook/load.ts'
import type { VariableScope } from '../playbook/scope.ts'
import { type TagChoice, tasksIn } from '../playbook/tags.ts'
import { TaskReach } from '../playbook/taskreach.ts'
import { type Play, type Task, taskTitle } from '../playbook/tree.ts'
import type { PlayLayers } from '../playbook/variables.ts'
import { VarsFiles } from '../playbook/varsfiles.ts'
import { type World, wholePlay } from '../playbook/world.ts'
import { nearest } from '../value/nearest.ts'
import type { ReachLayer } from './explainreach.ts'

/** Of the command line: which task is meant. */
export interface Choice {
  readonly play?: string
  readonly task?: string
}

export interface Seen {
  /** What variables, keywords and the playbook say. */
  readonly bare: VariableScope
  /** With how the host is reached where nobody says so: what templates of a task see. */
  readonly scope: VariableScope
  readonly play?: Play
  readonly task?: Task | undefined
}

/** Without a playbook the inventory alone gives the names. */
export function seenBy(
  world: World,
  playbook: Playbook | undefined,
  choice: Choice,
  host: string,
): Seen {
  if (playbook === undefined) {
    const bare = world.scope(host, undefined, undefined, new Map(), true)
    return { bare, scope: bare }
  }
  const play = playOf(playbook, choice)
  const task = choice.task === undefined ? undefined : taskOf(play, choice.task)
  return seenIn(world, play, task, host)
}

/** Before its tasks a play is asked as a task with no keywords but the play's would be. */
export function seenIn(world: World, play: Play, task: Task | undefined, host: string): Seen {
  const scopeOf = (of: string, layers?: PlayLayers['files']): VariableScope =>
    world.scope(of, wholePlay(play, [host], layers), task, new Map(), true)
  const files = new VarsFiles(play, world.sources, (of) => scopeOf(of))
  const bareOf = (of: string): VariableScope => scopeOf(of, files.layers(of))
  const [first] = tasksIn(play.items)
  const asked = task ?? (first === undefined ? undefined : { ...first, keywords: play.keywords })
  const bare = bareOf(host)
  if (asked === undefined) return { bare, scope: bare, play, task }
  const reach = new TaskReach(world, host, asked, { own: () => bareOf(host), target: bareOf })
  return { bare, scope: reach.scope(new Map()), play, task }
}

function playOf(playbook: Playbook, flags: Choice): Play {
  const number = Number(flags.play ?? '1')
  const named = playbook.plays.find(({ name }) => name === flags.play)
  const play =
    named ??
    (flags.play === undefined && flags.task !== undefined
      ? playbook.plays.find((each) => findTask(each, flags.task ?? '') !== undefined)
      : undefined) ??
    playbook.plays[number - 1]
  if (play !== undefined) return play
  throw new ClusterError('USAGE', `there is no play ${flags.play ?? '1'}`, {
    hint: `the plays are ${playbook.plays.map(({ index, name }) => `${index + 1} (${name})`).join(', ')}`,
  })
}

function findTask(play: Play, text: string): Task | undefined {
  const tasks = [...tasksIn(play.items), ...play.handlers]
  return tasks.find((task) => taskTitle(task).toLowerCase().includes(text.toLowerCase()))
}

function taskOf(play: Play, text: string): Task {
  const task = findTask(play, text)
  if (task !== undefined) return task
  const titles = tasksIn(play.items).map(taskTitle)
  const close = nearest(text, titles)
  throw new ClusterError('USAGE', `no task of the play has ${JSON.stringify(text)} in its name`, {
    hint: close === undefined ? 'see: cluster-os run --list-tasks' : `did you mean ${close}?`,
  })
}

/** What a role gives to its own tasks alone. */
export interface RoleLayer extends ReachLayer {
  readonly play: Play
  /** The first that sees it. */
  readonly task: Task
}

/** The tasks of a play, with those of includes as far as they are known. */
function allTasks(play: Play, playbook: Playbook, choice: TagChoice): Task[] {
  const options = { sources: playbook.sources, choice, playFolder: play.folder }
  const included = includesIn(play.items).flatMap((task) => tasksBehind(task, options))
  return [...tasksIn(play.items), ...play.handlers, ...included]
}

/** Every role of the playbook that has the variable, those of includes as far as they are known. */
export function layersOfRoles(name: string, playbook: Playbook, choice: TagChoice): RoleLayer[] {
  const found = new Map<string, RoleLayer>()
  for (const play of playbook.plays) {
    for (const task of allTasks(play, playbook, choice)) {
      const { role } = task
      for (const { name: layer, vars } of role === undefined ? [] : [role.vars, role.defaults]) {
        const placed = vars.get(name)
        if (placed === undefined) continue
        const origin = formatWhere(placed.at)
        if (found.has(origin)) continue
        found.set(origin, { layer, origin, value: placed.value, play, task })
      }
    }
  }
  return [...found.values()]
}

/** The first task that sets the variable while the playbook runs, in words. */
export function settingTask(
  name: string,
  playbook: Playbook,
  choice: TagChoice,
): string | undefined {
  for (const play of playbook.plays) {
    for (const task of allTasks(play, playbook, choice)) {
      const isFact = task.action.value === 'set_fact' && task.args.named.has(name)
      if (!isFact && task.keywords.get('register')?.value !== name) continue
      const how = isFact ? 'set_fact' : 'register'
      return `${how} of the task ${JSON.stringify(taskTitle(task))}, ${formatWhere(task.at)}`
    }
  }
  return undefined
}
