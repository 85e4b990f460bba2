// The consumer of a run's events that the command line asks for. Not here: the consumers.
import { ClusterError } from '../errors.ts'
import { makeAdHocReport } from '../output/adhoc.ts'
import { makeJsonLinesReport, makeJsonReport } from '../output/json.ts'
import { makeJunitReport } from '../output/junit.ts'
import { makeLiveView } from '../output/live.ts'
import { formatProfile, Profiler } from '../output/profile.ts'
import { makeProgress } from '../output/progress.ts'
import { makeTextReport } from '../output/text.ts'
import type { RunEvent } from '../playbook/events.ts'
import { systemClock } from '../sys/clock.ts'
import type { Plain } from '../value/plain.ts'
import type { CommandContext } from './context.ts'
import { OUTPUTS } from './options.ts'

export interface Report {
  readonly report: (event: RunEvent) => void
  stop(): void
}

function still(report: (event: RunEvent) => void): Report {
  return { report, stop: () => undefined }
}

/** The report with the times of tasks, told at the end. */
export function makeProfiled(
  format: string | undefined,
  verbosity: number,
  context: CommandContext,
): Report {
  const profiler = new Profiler()
  const more = (): Record<string, Plain> => ({
    profile: profiler.profile as unknown as Plain,
  })
  const inner =
    format === 'json'
      ? still(makeJsonReport(context.write, more))
      : makeReport(format, verbosity, context)
  return {
    report: (event) => {
      profiler.note(event)
      inner.report(event)
    },
    stop: () => {
      inner.stop()
      if ((format ?? 'text') === 'text') context.write(formatProfile(profiler.profile))
      if (format === 'jsonl') context.write(`${JSON.stringify(more())}\n`)
    },
  }
}

/** `isAdHoc`: one module, not a playbook. */
export function makeReport(
  format: string | undefined,
  verbosity: number,
  context: CommandContext,
  isAdHoc = false,
): Report {
  const { write, paint, columns, isTerminal } = context
  switch (format ?? 'text') {
    case 'json':
      return still(makeJsonReport(write))
    case 'jsonl':
      return still(makeJsonLinesReport(write))
    case 'junit':
      return still(makeJunitReport(write))
    case 'text': {
      const text = isAdHoc
        ? makeAdHocReport({ paint, write })
        : makeTextReport({ paint, verbosity, columns, write })
      return isTerminal
        ? makeLiveView(text, write, columns, systemClock)
        : makeProgress(text, write, systemClock)
    }
    default:
      throw new ClusterError('USAGE', `--output cannot be ${JSON.stringify(format)}`, {
        hint: `one of ${OUTPUTS.join(', ')}`,
      })
  }
}
