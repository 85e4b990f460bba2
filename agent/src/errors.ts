// The one error class and the table of codes. Every failure that a person can see is a
// ClusterError: what went wrong, where, and what to do. Not here: how it is printed (output/) and
// refusals of protocol input, which are counted and never thrown.

/** A place in a source file; line and column count from 1. */
export interface Position {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** A place in a run: the host, and the task when one was being run. */
export interface RunPlace {
  readonly host: string
  readonly task?: string
}

export type Where = Position | RunPlace

/** Every code, with the exit code of a command that ends by it. Paragraphs: docs/ERRORS.md. */
export const ERROR_CODES = {
  USAGE: 1,
  FILE_UNREADABLE: 1,
  YAML_SYNTAX: 65,
  PLAYBOOK_SHAPE: 65,
  KEYWORD_UNKNOWN: 65,
  KEYWORD_UNSUPPORTED: 65,
  MODULE_UNKNOWN: 65,
  MODULE_ARGUMENT: 65,
  INVENTORY: 65,
  PATTERN: 65,
  SETTINGS: 65,
  VAULT: 65,
  PLAN_SHAPE: 65,
  PLAN_STALE: 65,
  PLAN_REFUSED: 65,
  TEMPLATE_SYNTAX: 65,
  TEMPLATE_UNDEFINED: 2,
  TEMPLATE_TYPE: 2,
  TEMPLATE_REFUSED: 2,
  VARIABLE_CYCLE: 2,
  TASK_FAILED: 2,
  HOST_STATE: 2,
  BECOME: 2,
  TIMEOUT: 2,
  UNREACHABLE: 4,
  HOST_KEY: 4,
  JOURNAL: 1,
  MOVED: 65,
  LEASE: 4,
  PORT: 1,
  IDENTITY: 1,
  AGENT: 1,
  SEED: 65,
  ADMISSION: 65,
  LAB: 1,
} as const satisfies Record<string, number>

export type ErrorCode = keyof typeof ERROR_CODES

export interface ErrorDetails {
  hint?: string | undefined
  where?: Where | undefined
  cause?: unknown
}

/**
 * `message` is lowercase, without a full stop, and names the thing. `hint` says what to do. `where`
 * is a position in a source file or a place in a run.
 */
export class ClusterError extends Error {
  readonly code: ErrorCode
  readonly hint: string | undefined
  readonly where: Where | undefined

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'ClusterError'
    this.code = code
    this.hint = details.hint
    this.where = details.where
  }

  get exitCode(): number {
    return ERROR_CODES[this.code]
  }
}

export function isPosition(where: Where): where is Position {
  return 'line' in where
}

/** `file:line:column`, or `host: task`. */
export function formatWhere(where: Where): string {
  if (isPosition(where)) return `${where.file}:${where.line}:${where.column}`
  return where.task === undefined ? where.host : `${where.host}: ${where.task}`
}

/** The same error with a place added, when it did not carry one of its own. */
export function withWhere(error: unknown, where: Where): unknown {
  if (!(error instanceof ClusterError) || error.where !== undefined) return error
  return new ClusterError(error.code, error.message, {
    hint: error.hint,
    where,
    cause: error.cause ?? error,
  })
}
