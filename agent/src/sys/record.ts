// A file that only grows, for records that must survive the end of this process and of the machine.
// Not here: what the records say (journal/).
import {
  closeSync,
  fsync,
  mkdirSync,
  openSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { ClusterError } from '../errors.ts'
import { readTextIfThere } from './files.ts'

export interface RecordFile {
  /** With the operating system at once: it survives the death of this process. */
  append(text: string): void
  /** Resolves once all that was appended before is on the disk. */
  settled(): Promise<void>
  close(): void
}

/**
 * Opens a file for its owner alone; a line that was torn off at its end is removed. When it cannot
 * be written any more `onFailure` is told, and so is the caller.
 */
export function openRecord(
  path: string,
  onFailure: (error: ClusterError) => void = () => undefined,
): RecordFile {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const file = openSync(path, 'a', 0o600)
  const bytes = readFileSync(path)
  const end = bytes.lastIndexOf(10) + 1
  if (end < bytes.length) truncateSync(path, end)
  let isDirty = false
  let current: Promise<void> | undefined
  const fail = (cause: unknown): ClusterError => {
    const error = unwritable(path, cause)
    onFailure(error)
    return error
  }
  const flush = (): Promise<void> =>
    new Promise((resolve, reject) => {
      isDirty = false
      fsync(file, (error) => (error === null ? resolve() : reject(fail(error))))
    })
  return {
    append: (text) => {
      try {
        // All of it or an error: a disk that fills up takes a part.
        writeFileSync(file, text)
      } catch (error) {
        throw fail(error)
      }
      isDirty = true
    },
    // One flush serves all that wait for it: many hosts cost little more than one.
    settled: async () => {
      // What came after a flush had begun is in the next one.
      await current
      if (isDirty) {
        current ??= flush().finally(() => {
          current = undefined
        })
      }
      await current
    },
    close: () => closeSync(file),
  }
}

/**
 * The whole lines of such a file, none where there is no file; one that was torn off is not told.
 */
export function recordLines(path: string): string[] {
  const text = readTextIfThere(path) ?? ''
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  return whole.split('\n').filter((line) => line !== '')
}

function unwritable(path: string, cause: unknown): ClusterError {
  const { code, message } = cause as { code?: string; message: string }
  const reasons: Record<string, string> = {
    ENOSPC: 'no space is left on the disk',
    EDQUOT: 'the quota is used up',
    EFBIG: 'it is larger than files may be here',
  }
  return new ClusterError('JOURNAL', `cannot write ${path}: ${reasons[code ?? ''] ?? message}`, {
    hint: 'make room, then go on where the run was stopped: cluster-os resume',
    cause,
  })
}
