// Files of an inventory in a folder of their own, for as long as a test file runs.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export interface Folder {
  /** Writes files below a new folder and returns the absolute path of one in it. */
  write(files: Record<string, string>): (path: string) => string
  remove(): void
}

/** A text that starts with `#!` is made executable. */
export function makeFolder(): Folder {
  const top = mkdtempSync(join(tmpdir(), 'cluster-os-inventory-'))
  let count = 0
  return {
    write(files) {
      count++
      const at = (path: string) => join(top, String(count), path)
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(dirname(at(path)), { recursive: true })
        writeFileSync(at(path), text)
        if (text.startsWith('#!')) chmodSync(at(path), 0o755)
      }
      return at
    },
    remove: () => rmSync(top, { recursive: true }),
  }
}
