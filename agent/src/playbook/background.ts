// Tasks with `async`: their changes and commands are started on the host and looked at from time to
// time, or left to async_status. Not here: the script that runs them there (host/job.ts).
import type { Host } from '../host/host.ts'
import { askJob, forgetJob, parseJob, startJob } from '../host/job.ts'
import { changeScript, execScript } from '../host/real.ts'
import type { Completion, JobReport, Outcome } from '../modules/module.ts'
import { pause, systemClock } from '../sys/clock.ts'
import { randomToken } from '../sys/random.ts'

export interface BackgroundWish {
  readonly limitSeconds: number
  /** Between looks; 0 leaves the job to async_status. */
  readonly pollSeconds: number
}

interface Job {
  readonly id: string
  readonly folder: string
  readonly outcome: Outcome
  readonly stepCount: number
}

/** What a job has said that has said nothing. */
export const SILENCE = { stdout: '', stdout_lines: [], stderr: '', stderr_lines: [] } as const

/** The jobs of a run. They outlive it on their hosts; what they mean is known only here. */
export class Jobs {
  readonly #jobs = new Map<string, Job>()

  /** Answers the report of a job that is through, or of one that was left running. */
  async start(
    host: Host,
    outcome: Outcome,
    environment: Readonly<Record<string, string>>,
    wish: BackgroundWish,
  ): Promise<JobReport> {
    const id = `j${randomToken(8)}`
    const steps = (outcome.changes ?? []).map((change) => changeScript(change, environment))
    if (outcome.run !== undefined) steps.push(execScript(outcome.run))
    const started = await host.ask(startJob(id, steps, wish.limitSeconds))
    const folder = started.stdout.toString('utf8')
    const job = { id, folder, outcome, stepCount: steps.length }
    this.#jobs.set(id, job)
    if (started.rc !== 0) {
      const said = started.stderr.toString('utf8').trim()
      return { ...reportOf(job), isFinished: true, failure: `the job cannot be started: ${said}` }
    }
    if (wish.pollSeconds === 0) return { ...reportOf(job), isChanged: true }
    for (;;) {
      await pause(systemClock, wish.pollSeconds * 1000)
      const report = await this.look(host, id)
      if (!report.isFinished) continue
      await host.ask(forgetJob(id))
      return report
    }
  }

  async look(host: Host, id: string): Promise<JobReport> {
    const { status, ran } = parseJob(await host.ask(askJob(id)))
    const job = this.#jobs.get(id) ?? { id, folder: '', outcome: {}, stepCount: ran.length }
    const report = reportOf(job)
    const over = { ...report, isFinished: true, result: { ...report.result, finished: 1 } }
    if (status === 'missing') return { ...over, failure: `there is no job ${id} on ${host.name}` }
    if (status === 'late') return { ...over, failure: 'the job took longer than async allows' }
    if (status === 'running') return report
    const completion = await completionOf(job, ran)
    const { failure, isChanged, result } = completion
    const changed = isChanged ?? job.outcome.isChanged ?? (job.outcome.changes ?? []).length > 0
    return {
      ...over,
      isChanged: changed === true,
      result: { ...report.result, ...job.outcome.result, ...result, finished: 1 },
      ...(failure === undefined ? {} : { failure }),
    }
  }

  async forget(host: Host, id: string): Promise<void> {
    await host.ask(forgetJob(id))
    this.#jobs.delete(id)
  }
}

function reportOf({ id, folder }: Job): JobReport {
  const result = { ansible_job_id: id, results_file: folder, started: 1, finished: 0, ...SILENCE }
  return { isFinished: false, isChanged: false, result }
}

async function completionOf(
  job: Job,
  ran: readonly { rc: number; stdout: Buffer; stderr: Buffer }[],
): Promise<Completion> {
  const changes = job.outcome.changes ?? []
  const broken = ran.findIndex(({ rc }) => rc !== 0)
  if (broken >= 0 && broken < changes.length) {
    const said = ran[broken]?.stderr.toString('utf8').trim() ?? ''
    return { failure: `${changes[broken]?.summary ?? 'the job'}: ${said}` }
  }
  if (job.outcome.finish !== undefined) return job.outcome.finish(ran)
  const last = ran.at(-1)
  const stdout = last?.stdout.toString('utf8').trimEnd() ?? ''
  return { result: { rc: last?.rc ?? 0, stdout, stderr: last?.stderr.toString('utf8') ?? '' } }
}
