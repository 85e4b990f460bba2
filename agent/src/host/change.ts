// A change as data: the script that a real machine runs, and the effects that an overlay believes.
// Modules build changes, mostly with the functions of files.ts; a plan file holds digests of them.
// Not here: whether a change is needed, which is a module's probe.
import type { Unknown } from '../value/value.ts'
import type { FileState, GroupState, PackageState, UnitState, UserState } from './host.ts'

/** What the overlay believes once the change has been made. */
export type Effect =
  | {
      readonly kind: 'file'
      readonly path: string
      readonly state: FileState
      /** Undefined leaves the content as it is; an Unknown says that it will be another. */
      readonly content?: Buffer | Unknown | undefined
    }
  | { readonly kind: 'absent'; readonly path: string }
  | { readonly kind: 'user'; readonly name: string; readonly state: UserState | null }
  | { readonly kind: 'group'; readonly name: string; readonly state: GroupState | null }
  | { readonly kind: 'package'; readonly name: string; readonly state: PackageState | null }
  | { readonly kind: 'unit'; readonly name: string; readonly state: UnitState }
  | { readonly kind: 'sysctl'; readonly key: string; readonly value: string }
  /** What a module keeps apart from files: a table of cron, a mount, a rule; see Host.planned. */
  | { readonly kind: 'state'; readonly key: string; readonly value: string }
  /** All that the words name (paths, users, units) is unknown from now on. */
  | { readonly kind: 'taint'; readonly words: readonly string[]; readonly reason: Unknown }

export interface Change {
  /** What is done, for people: `write /etc/motd`. */
  readonly summary: string
  /** A script for /bin/sh; it exits with 0, or says on standard error what is wrong. */
  readonly script: string
  /** A large content, sent in pieces to the file that the script knows as "$cos_upload". */
  readonly upload?: Buffer
  readonly limitMs?: number
  readonly effects: readonly Effect[]
  /** How check mode looks whether the machine will accept the change; none where it always does. */
  readonly trial?: Trial
}

export interface Trial {
  /** For Host.ask; it exits with 0 where the change will be accepted. Unknown: nobody can look. */
  readonly script: string | Unknown
  /** What is in doubt otherwise: `whether visudo accepts /etc/sudoers`. */
  readonly doubt: string
  readonly limitMs?: number
}
