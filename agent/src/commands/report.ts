// The consumer of a run's events that the command line asks for. Not here: the consumers.
import { ClusterError } from '../errors.ts'
import { makeAdHocReport } from '../output/adhoc.ts'
import { makeJsonLinesReport, makeJsonReport } from '../output/json.ts'
import { makeJunitReport } from '../output/junit.ts'
import { makeLiveView } from '../output/live.ts'
import { makeTextReport } from '../output/text.ts'
import type { RunEvent } from '../playbook/events.ts'
import { systemClock } from '../sys/clock.ts'
import type { CommandContext } from './context.ts'

export interface Report {
  readonly report: (event: RunEvent) => void
  stop(): void
}

const FORMATS = ['text', 'json', 'jsonl', 'junit']

function still(report: (event: RunEvent) => void): Report {
  return { report, stop: () => undefined }
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
      return isTerminal ? makeLiveView(text, write, columns, systemClock) : still(text)
    }
    default:
      throw new ClusterError('USAGE', `--output cannot be ${JSON.stringify(format)}`, {
        hint: `one of ${FORMATS.join(', ')}`,
      })
  }
}
