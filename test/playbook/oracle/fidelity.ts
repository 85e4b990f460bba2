// A prediction beside the run that follows it, and how much of it was known. Not here: the runs.

interface Told {
  readonly cluster_os: { readonly status: string }
  readonly unknown?: unknown
  /** Of a loop: what came of its items. */
  readonly results?: readonly { readonly unknown?: unknown }[]
}

export interface Report {
  readonly plays: readonly {
    readonly tasks: readonly {
      readonly task: {
        readonly id: string
        readonly name: string
        readonly cluster_os: { readonly at?: string }
      }
      readonly hosts: Readonly<Record<string, Told>>
    }[]
  }[]
}

export interface Tally {
  known: number
  /** Commands that check mode does not run, and what follows from one. */
  byCommand: number
  otherwise: Map<string, number>
}

interface Verdict {
  readonly host: string
  readonly name: string
  readonly told: Told
}

export function emptyTally(): Tally {
  return { known: 0, byCommand: 0, otherwise: new Map() }
}

export function shares({ known, byCommand, otherwise }: Tally) {
  const others = [...otherwise.values()].reduce((sum, count) => sum + count, 0)
  const verdicts = known + byCommand + others
  return {
    verdicts,
    known: known / verdicts,
    knownWithoutCommands: known / (known + others),
  }
}

/** Verdicts by host, task and how often the host has come to it. */
function verdictsOf(report: Report): Map<string, Verdict> {
  const found = new Map<string, Verdict>()
  for (const [play, { tasks }] of report.plays.entries()) {
    for (const { task, hosts } of tasks) {
      for (const [host, told] of Object.entries(hosts)) {
        const key = `${play} ${task.id} ${task.cluster_os.at ?? task.name} ${host}`
        let index = 0
        while (found.has(`${key} ${index}`)) index += 1
        found.set(`${key} ${index}`, { host, name: task.name, told })
      }
    }
  }
  return found
}

/** What is wrong, in words. After an unknown the run may take ways that nobody could foresee. */
export function judge(predicted: Report, real: Report, tally: Tally): string[] {
  const truths = verdictsOf(real)
  const verdicts = verdictsOf(predicted)
  const isOpen = [...verdicts.values()].some(({ told }) => told.cluster_os.status === 'unknown')
  const wrong: string[] = []
  const reasons: string[] = []
  for (const [key, { host, name, told }] of verdicts) {
    const { status } = told.cluster_os
    const truth = truths.get(key)?.told.cluster_os.status
    if (status === 'unknown') {
      reasons.push(reasonOf(told))
    } else if (truth === 'unknown' || (truth === undefined && isOpen)) {
      // A task with `check_mode: true` is only predicted in the run as well.
      continue
    } else {
      tally.known += 1
      if (status !== truth) wrong.push(`${name} on ${host}: ${status}, then ${truth ?? 'not run'}`)
    }
  }
  noteUnknowns(tally, reasons)
  if (isOpen) return wrong
  const missed = [...truths].filter(([key]) => !verdicts.has(key))
  return [...wrong, ...missed.map(([, { host, name }]) => `${name} on ${host}: not predicted`)]
}

const NOT_RUN = 'check mode does not run'
/** Of a handler, whose reason is that of what notifies it. */
const MAYBE_NOTIFIED = 'whether it is notified is not known'

function isCommand(reason: string): boolean {
  return reason.startsWith(NOT_RUN)
}

function reasonOf({ unknown, results = [] }: Told): string {
  return String(unknown ?? results.find((item) => item.unknown !== undefined)?.unknown)
}

/** A handler counts with the commands where nothing else in its playbook is unknown. */
function noteUnknowns(tally: Tally, reasons: readonly string[]): void {
  const isAllByCommand = reasons.every((each) => isCommand(each) || each === MAYBE_NOTIFIED)
  for (const reason of reasons) {
    if (isCommand(reason) || (isAllByCommand && reason === MAYBE_NOTIFIED)) tally.byCommand += 1
    else tally.otherwise.set(reason, (tally.otherwise.get(reason) ?? 0) + 1)
  }
}
