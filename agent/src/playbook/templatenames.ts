// The names that only a template's text sees: where it lies, whose it is, when it was changed, and
// the mark that `ansible_managed` of the settings makes of these. They stand above all variables,
// as in Ansible. Not here: rendering.
import { accountName, hostName } from '../sys/env.ts'
import { fileStamp } from '../sys/files.ts'
import { formatFields } from '../template/formatspec.ts'
import { strftime, timestamp } from '../template/time.ts'
import type { Value } from '../value/value.ts'
import type { VariableScope } from './scope.ts'

export interface TemplateFile {
  /** As the author wrote it. */
  readonly name: string
  readonly path: string
  /** As the task gives it; empty for a lookup. */
  readonly dest: string
}

/** As in Ansible, where the settings say nothing. */
const MANAGED_DEFAULT = 'Ansible managed'

/** `managed` is what `ansible_managed` of the settings says. */
export function templateNames(
  file: TemplateFile,
  managed: string | undefined,
  scope: VariableScope,
): Map<string, Value> {
  const { now, zone } = scope.context
  const nowMs = now?.() ?? 0
  const { uid, modifiedMs } = fileStamp(file.path) ?? { uid: 0, modifiedMs: nowMs }
  const local = (ms: number): number => ms + (zone?.(ms).offsetMinutes ?? 0) * 60_000
  const host = hostName()
  const owner = accountName(uid)
  const fields = new Map<string, Value>([
    ['file', file.name],
    ['host', host],
    ['uid', owner],
  ])
  const mark = formatFields(managed ?? MANAGED_DEFAULT, [], fields, noMember)
  return new Map<string, Value>([
    ['template_host', host],
    ['template_path', file.name],
    ['template_fullpath', file.path],
    ['template_destpath', file.dest],
    ['template_uid', owner],
    ['template_mtime', timestamp(local(modifiedMs))],
    ['template_run_date', timestamp(local(nowMs))],
    ['ansible_managed', strftime(mark, modifiedMs, zone?.(modifiedMs))],
  ])
}

/** The fields are texts, which have nothing within. */
function noMember(): Value {
  return ''
}
