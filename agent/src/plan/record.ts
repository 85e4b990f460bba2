// A prediction being made into a plan: it watches what hosts are asked and what tasks are about to
// do, and listens to what the run tells. Not here: the run itself, which is one of check mode.
import { formatWhere } from '../errors.ts'
import type { Host } from '../host/host.ts'
import type { RunEvent, TaskInfo } from '../playbook/events.ts'
import { INCLUDES } from '../playbook/playactions.ts'
import type { TaskResult } from '../playbook/result.ts'
import type { TaskWatch, Watch } from '../playbook/watch.ts'
import { str } from '../value/python.ts'
import { isDict, type Value } from '../value/value.ts'
import { AskedHost } from './answers.ts'
import { diffText } from './difftext.ts'
import { factWords } from './facts.ts'
import { intentOf } from './intents.ts'
import { HIDDEN, type Secrecy, withoutPrivate } from './private.ts'
import type { Intent, Plan, Step } from './shape.ts'

type ResultEvent = Extract<RunEvent, { kind: 'result' }>

interface Entry {
  readonly info: TaskInfo
  readonly intents: Intent[]
  event: ResultEvent | undefined
}

export type Recorded = Pick<Plan, 'hosts' | 'facts' | 'machines' | 'pendingHandlers' | 'exitCode'>

export class PlanRecord implements Watch {
  readonly #entries = new Map<string, Entry[]>()
  readonly #facts: Plan['facts'] = {}
  readonly #machines: Plan['machines'] = {}
  readonly #pending: Plan['pendingHandlers'] = {}
  readonly #isSecret: Secrecy
  #exitCode = 0
  #playbook = 0

  constructor(isSecret: Secrecy) {
    this.#isSecret = isSecret
  }

  /** Tasks of several playbooks have the same places within them. */
  beginPlaybook(): void {
    this.#playbook += 1
  }

  begin(host: string, info: TaskInfo): TaskWatch {
    const entry: Entry = {
      info: { ...info, id: taskKey(this.#playbook, info) },
      intents: [],
      event: undefined,
    }
    this.#entries.set(host, [...(this.#entries.get(host) ?? []), entry])
    return {
      machine: (machine, user, isHidden) => this.#asked(machine, user, isHidden, info),
      about: (item, outcome, isHidden) =>
        note(entry, intentOf(item, outcome, { isHidden, isSecret: this.#isSecret })),
    }
  }

  usedFact(host: string, name: string, value: Value): void {
    const words = factWords(name, value)
    if (words !== undefined) (this.#facts[host] ??= {})[name] = words
  }

  readonly report = (event: RunEvent): void => {
    if (event.kind === 'result') {
      const id = taskKey(this.#playbook, event.task)
      const entries = this.#entries.get(event.host) ?? []
      const entry = entries.find((each) => each.info.id === id && each.event === undefined)
      if (entry !== undefined) entry.event = event
    }
    if (event.kind !== 'run-end') return
    const { pendingHandlers, exitCode } = event.summary
    for (const [host, names] of pendingHandlers) {
      this.#pending[host] = [...(this.#pending[host] ?? []), ...names]
    }
    this.#exitCode |= exitCode
  }

  recorded(): Recorded {
    const hosts: Plan['hosts'] = {}
    for (const [host, entries] of this.#entries) hosts[host] = stepsOf(entries)
    return {
      hosts,
      facts: this.#facts,
      machines: this.#machines,
      pendingHandlers: this.#pending,
      exitCode: this.#exitCode,
    }
  }

  /** The first answer counts: a command that check mode runs may change later ones. */
  #asked(machine: Host, user: string | undefined, isHidden: boolean, info: TaskInfo): Host {
    const notes = (this.#machines[machine.name] ??= {})
    const as = user === undefined ? '' : `as ${user}: `
    const task = isHidden ? HIDDEN : info.name
    const note = (question: string, answer: string): void => {
      notes[`${as}${question}`] ??= { answer, task }
    }
    return new AskedHost(machine, note, isHidden, this.#isSecret)
  }
}

/** A task's place among all playbooks of a command. */
export function taskKey(playbook: number, info: TaskInfo): string {
  return `${playbook}:${info.id}`
}

/** What a retry is about to do replaces what the try before it was. */
function note(entry: Entry, intent: Intent): void {
  const last = entry.intents.at(-1)
  if (last !== undefined && last.item === '' && intent.item === '') entry.intents.pop()
  entry.intents.push(intent)
}

function stepsOf(entries: readonly Entry[]): Step[] {
  const told = entries.filter(({ event }) => event !== undefined)
  const steps = told.map(({ info, intents, event }) => stepOf(info, intents, event as ResultEvent))
  return steps.map((step, index) => {
    const names = told[index]?.event?.answersTo
    if (names === undefined) return step
    const because = steps.flatMap((cause, at) =>
      at < index && cause.notifies.some((name) => names.includes(name)) ? [at] : [],
    )
    return { ...step, because }
  })
}

function stepOf(info: TaskInfo, intents: readonly Intent[], event: ResultEvent): Step {
  const { result, status } = event
  const isHidden = result.isNoLog
  const reason = reasonOf(result)
  const origin = result.unknown?.origin
  const all = [result, ...(result.items ?? [])]
  const diffs = isHidden ? [] : all.flatMap((each) => (each.isNoLog ? [] : each.diffs))
  const items = result.items?.map((item) => ({
    label: item.isNoLog ? HIDDEN : withoutPrivate(label(item)),
    status: item.status,
  }))
  return {
    id: info.id,
    // Its author wrote it to be read: "Secret file" tells none. Known secrets are hidden in the whole.
    name: info.name,
    action: info.action,
    at: formatWhere(info.at),
    isHandler: info.isHandler,
    isHidden,
    status,
    isIgnored: result.isIgnored,
    isRescued: event.isRescued,
    ...(reason === undefined ? {} : { reason: isHidden ? HIDDEN : withoutPrivate(reason) }),
    ...(origin === undefined ? {} : { origin: isHidden ? HIDDEN : origin }),
    ...(items === undefined || INCLUDES.includes(info.action) ? {} : { items }),
    intents: [...intents],
    diffs: diffs.flatMap((diff) => diffText(diff) ?? []),
    notifies: [...event.notify],
  }
}

function reasonOf(result: TaskResult): string | undefined {
  if (result.unknown !== undefined) return result.unknown.reason
  if (result.status !== 'failed' && result.status !== 'unreachable') return undefined
  const message = isDict(result.value) ? result.value.get('msg') : undefined
  return typeof message === 'string' ? message : 'it fails'
}

function label(item: TaskResult): string {
  return str(item.item?.label ?? null)
}
