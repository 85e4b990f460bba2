// Our report of the oracle's playbooks beside ansible-core's answers, and our prediction beside our
// own run. Differences are lists of words. Not here: which differences are known (known.json).
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export type Status = 'ok' | 'changed' | 'failed' | 'skipped' | 'unreachable' | 'unknown'

export interface Answer {
  readonly status: Status
  readonly values: Readonly<Record<string, unknown>>
}

/** What one host answered to a task, as the json report has it. */
export type Told = Readonly<Record<string, unknown>> & {
  readonly cluster_os?: { readonly status?: Status }
}

interface Report {
  plays: { tasks: { task: { name: string }; hosts: Record<string, Told> }[] }[]
}

/** Each task's answer, by its name. */
export function tasksOf(report: string): ReadonlyMap<string, Told> {
  const { plays } = JSON.parse(report) as Report
  return new Map(
    plays.flatMap(({ tasks }) =>
      tasks.flatMap(({ task, hosts }) =>
        Object.values(hosts).map((told): [string, Told] => [task.name, told]),
      ),
    ),
  )
}

export function readAnswers(): ReadonlyMap<string, Answer> {
  const text = readFileSync(join(import.meta.dirname, 'answers.json'), 'utf8')
  return new Map(Object.entries(JSON.parse(text) as Record<string, Answer>))
}

export function statusOf(told: Told | undefined): Status | 'absent' {
  return told?.cluster_os?.status ?? 'absent'
}

/** `TASK: status`, or `TASK: NAME` of a value, for all that differs from ansible-core's answers. */
export function differences(
  answers: ReadonlyMap<string, Answer>,
  ours: ReadonlyMap<string, Told>,
): string[] {
  return [...answers].flatMap(([task, { status, values }]) => {
    const told = ours.get(task)
    if (statusOf(told) !== status) return [`${task}: status`]
    return Object.entries(values)
      .filter(([name, value]) => !covers(told?.[name], value))
      .map(([name]) => `${task}: ${name}`)
  })
}

/** Whether ours says all that is wanted; it may say more within a dict. */
function covers(ours: unknown, wanted: unknown): boolean {
  if (typeof wanted === 'object' && wanted !== null && !Array.isArray(wanted)) {
    const own = (ours ?? {}) as Record<string, unknown>
    return Object.entries(wanted).every(([name, value]) => covers(own[name], value))
  }
  const place = import.meta.dirname
  return JSON.stringify(ours)?.replaceAll(place, 'ORACLE') === JSON.stringify(wanted)
}

/** Tasks whose predicted status is another than that of the run that followed. */
export function wrongVerdicts(
  predicted: ReadonlyMap<string, Told>,
  run: ReadonlyMap<string, Told>,
): string[] {
  return [...run.keys()].filter((task) => {
    const verdict = statusOf(predicted.get(task))
    return verdict !== 'unknown' && verdict !== statusOf(run.get(task))
  })
}
