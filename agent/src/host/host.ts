// A machine as the engine sees it: questions that only read, and changes. The same modules run
// against a real machine (real.ts, over SSH or locally) and against an overlay that only predicts
// (overlay.ts). Not here: which machine, and how it is reached (ssh.ts, local.ts).
import type { Unknown } from '../value/value.ts'
import type { Change } from './change.ts'

export type FileType = 'file' | 'directory' | 'link' | 'fifo' | 'socket' | 'block' | 'char'

export interface FileState {
  readonly type: FileType
  /** Permission bits, 0 to 0o7777. */
  readonly mode: number
  readonly uid: number | Unknown
  readonly gid: number | Unknown
  readonly owner: string | Unknown
  readonly group: string | Unknown
  readonly sizeBytes: number | Unknown
  /** Seconds since 1970. */
  readonly accessTime: number | Unknown
  readonly modifyTime: number | Unknown
  readonly changeTime: number | Unknown
  readonly inode: number
  readonly links: number
  readonly device: number
  /** Where a link points, as it is written; set for links and for what was reached by one. */
  readonly target: string | undefined
}

export interface UserState {
  readonly name: string
  readonly uid: number | Unknown
  readonly gid: number | Unknown
  readonly comment: string
  readonly home: string
  readonly shell: string
  /** Supplementary groups, sorted. */
  readonly groups: readonly string[]
  /** The password hash, or undefined where it may not be read. */
  readonly password: string | undefined
  /** When the account and its password end, where it may be read. */
  readonly aging?: Aging | undefined
}

/** Days of the shadow file; undefined is never. `expires` counts from 1970. */
export interface Aging {
  readonly expires?: number | undefined
  readonly min?: number | undefined
  readonly max?: number | undefined
  readonly warn?: number | undefined
}

export interface GroupState {
  readonly name: string
  readonly gid: number | Unknown
  readonly members: readonly string[]
}

export interface PackageState {
  readonly name: string
  readonly version: string
}

export interface UnitState {
  readonly name: string
  /** loaded, not-found, masked, ... as systemd's LoadState says. */
  readonly load: string
  /** active, inactive, failed, activating, ... */
  readonly active: string
  readonly sub: string
  /** enabled, disabled, static, masked, ... as UnitFileState says; empty when there is none. */
  readonly enabled: string
}

/** Who the shell is, and what its new files get. */
export interface Identity {
  readonly user: string
  readonly group: string
  readonly uid: number
  readonly gid: number
  readonly umask: number
  readonly home: string
}

export interface ExecRequest {
  /** A program and its arguments, or a text for /bin/sh (or `shell`). */
  readonly argv?: readonly string[]
  readonly script?: string
  readonly shell?: string
  readonly folder?: string
  readonly environment?: Readonly<Record<string, string>>
  readonly stdin?: string
  /** Octal permission mask, as umask takes it. */
  readonly umask?: number
  readonly limitMs?: number
}

export interface ExecResult {
  readonly rc: number
  readonly stdout: Buffer
  readonly stderr: Buffer
  /** When a task's command began and ended, milliseconds since 1970 by our own clock. */
  readonly times?: { readonly startMs: number; readonly endMs: number }
}

export type Algorithm = 'md5' | 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512'

/** Every question may answer Unknown on an overlay; `known()` turns that into a verdict. */
export interface Host {
  readonly name: string
  /** Whether changes are only predicted. */
  readonly isOverlay: boolean
  identity(): Promise<Identity>
  /** The state of a path, or null when nothing is there; a broken link that is followed is null. */
  stat(path: string, options?: { follow?: boolean }): Promise<FileState | null | Unknown>
  /** The content of a file, or null when nothing is there. */
  read(path: string): Promise<Buffer | null | Unknown>
  /** Hexadecimal digest of a file's content, or null when nothing is there. */
  checksum(path: string, algorithm: Algorithm): Promise<string | null | Unknown>
  /** Names in a folder, sorted. */
  list(path: string): Promise<readonly string[] | Unknown>
  user(name: string): Promise<UserState | null | Unknown>
  group(name: string): Promise<GroupState | null | Unknown>
  /** Installed packages by name. */
  packages(): Promise<ReadonlyMap<string, PackageState> | Unknown>
  unit(name: string): Promise<UnitState | Unknown>
  sysctl(key: string): Promise<string | null | Unknown>
  /** What this run has planned for a state of a module's own; undefined when nothing. */
  planned(key: string): string | undefined
  /** Units that this run has planned something for, by their full names. */
  plannedUnits(): ReadonlyMap<string, UnitState>
  /** Whether this run has planned something that one of the words names, or something below it. */
  isPlanned(words: readonly string[]): boolean
  /** A question of a module's own: a script that only reads, and does not see planned changes. */
  ask(script: string, limitMs?: number): Promise<ExecResult>
  /** Runs a command for its effect or its output; Unknown on an overlay. */
  exec(request: ExecRequest): Promise<ExecResult | Unknown>
  /**
   * Carries out one change, with environment variables for its programs, or predicts it. Rejects
   * with TASK_FAILED when the machine refuses.
   */
  apply(
    change: Change,
    environment?: Readonly<Record<string, string>>,
  ): Promise<ExecResult | Unknown>
}
