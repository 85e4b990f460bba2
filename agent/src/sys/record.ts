// A file that only grows, for records that must survive the end of this process and of the machine.
// Not here: what the records say (journal/).
import {
  closeSync,
  fsync,
  mkdirSync,
  openSync,
  readFileSync,
  truncateSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'

export interface RecordFile {
  /** With the operating system at once: it survives the death of this process. */
  append(text: string): void
  /** Resolves once all that was appended before is on the disk. */
  settled(): Promise<void>
  close(): void
}

/** Opens a file for its owner alone; a line that was torn off at its end is removed. */
export function openRecord(path: string): RecordFile {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const file = openSync(path, 'a', 0o600)
  const bytes = readFileSync(path)
  const end = bytes.lastIndexOf(10) + 1
  if (end < bytes.length) truncateSync(path, end)
  let isDirty = false
  let current: Promise<void> | undefined
  const flush = (): Promise<void> =>
    new Promise((resolve, reject) => {
      isDirty = false
      fsync(file, (error) => (error === null ? resolve() : reject(error)))
    })
  return {
    append: (text) => {
      writeSync(file, text)
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
