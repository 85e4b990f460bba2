// The lines of a journal. What says where a run stands is plain; what hosts and vaults have told is
// sealed. Not here: how the engine's own objects become the plain data in them (playbook/record.ts).
import type { Plain } from '../value/plain.ts'

/** A task on a host: `playbook.play.batch`, the path in the play, and the host. */
export interface TaskPlace {
  readonly batch: string
  readonly path: readonly number[]
  readonly host: string
}

export interface BeginEntry {
  readonly kind: 'begin'
  /** Of the lines; another one is refused. */
  readonly version: 1
  readonly run: string
  readonly atMs: number
  /** Of the process, to tell whether it still lives. */
  readonly stamp: string
  /** Where it was started. */
  readonly folder: string
  readonly playbooks: readonly string[]
  readonly flags: Readonly<Record<string, Plain>>
  /** Words of -e; those that look secret are known by their digest alone. */
  readonly extraVars: readonly ExtraVar[]
  /** Digests by `host NAME` and `group NAME`. */
  readonly inventory: Readonly<Record<string, string>>
  /** Sizes and times of files that tasks may come to. */
  readonly files: Readonly<Record<string, string>>
}

export interface ExtraVar {
  readonly digest: string
  readonly word?: string
  /** Instead of a word that is not kept: the names that it gives. */
  readonly names?: readonly string[]
}

interface AtTask {
  readonly at: string
  readonly host: string
}

export type Entry =
  | BeginEntry
  /** A process that goes on with it. */
  | { readonly kind: 'resume'; readonly atMs: number; readonly stamp: string }
  /** An author's file that was read, and the digest of what was in it. */
  | { readonly kind: 'source'; readonly path: string; readonly digest: string }
  | {
      readonly kind: 'play'
      readonly at: string
      readonly batches: readonly (readonly string[])[]
      /** Handlers that an earlier run left to these hosts. */
      readonly owed: Readonly<Record<string, readonly string[]>>
    }
  /** Something is about to be changed, or a command to be run. */
  | ({ readonly kind: 'start' } & AtTask)
  | ({ readonly kind: 'loop'; readonly sealed: string } & AtTask)
  | ({ readonly kind: 'item'; readonly index: number; readonly sealed: string } & AtTask)
  | ({
      readonly kind: 'done'
      readonly title: string
      readonly status: string
      readonly sealed: string
    } & AtTask)
  /** The run is through, whatever it came to. */
  | { readonly kind: 'end'; readonly atMs: number; readonly exitCode: number }

export function placeKey({ batch, path, host }: TaskPlace): string {
  return `${batch}/${path.join('.')} ${host}`
}

export function placeWord({ batch, path }: Omit<TaskPlace, 'host'>): string {
  return `${batch}/${path.join('.')}`
}
