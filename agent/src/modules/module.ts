// What a module is: a schema of arguments and a probe that reads the host and says what would have
// to change. The runner applies the changes, or lets an overlay believe them: a module never asks
// whether it runs in check mode. Not here: loops, conditions and registers (playbook/).
import type * as z from 'zod'
import type { Position } from '../errors.ts'
import type { Change } from '../host/change.ts'
import type { ExecRequest, ExecResult, Host } from '../host/host.ts'
import { Unknown, type Value } from '../value/value.ts'

/** What a result holds besides `changed`: plain data, or values with Unknowns among them. */
export type ResultFields = Record<string, unknown>

export interface Diff {
  readonly before: string | Unknown
  readonly after: string | Unknown
  readonly beforeHeader: string
  readonly afterHeader: string
}

/** What a probe found. Nothing has been changed yet. */
export interface Outcome {
  /** What has to be done, in order; none when the host is as wanted. */
  readonly changes?: readonly Change[]
  /** A command to run for its output; `finish` reads what it said. */
  readonly run?: ExecRequest
  readonly result?: ResultFields
  /** Overrides "changed when there are changes". */
  readonly isChanged?: boolean | Unknown
  readonly diffs?: readonly Diff[]
  /** The task fails with these words; nothing is changed. */
  readonly failure?: string
  /** Not done, for these words. */
  readonly skipReason?: string
  /** Variables for the host: `ansible_facts` of facts modules, or those of set_fact. */
  readonly facts?: { readonly values: ReadonlyMap<string, Value>; readonly kind: 'facts' | 'set' }
  readonly includedVars?: ReadonlyMap<string, Value>
  /** Completes the result with what the changes or the command answered. */
  readonly finish?: (ran: readonly ExecResult[]) => Completion | Promise<Completion>
}

export interface Completion {
  readonly result?: ResultFields
  readonly failure?: string
  readonly isChanged?: boolean
}

/** How a module touches the world, which decides how far a host may run ahead of the others. */
export type ModuleEffect =
  /** Only the controller: variables and conditions. */
  | 'none'
  /** Only reads the host. */
  | 'reads'
  /** Reads, and changes only what is not as wanted. */
  | 'changes'
  /** Runs something, or waits: never ahead of the other hosts. */
  | 'runs'

/** The author's files and language, as a module may use them. */
export interface Controller {
  /** The path of an author's file, found by Ansible's search order; refuses to leave the folders. */
  findFile(name: string, kind: 'files' | 'templates' | 'vars'): string
  /** A file that is a vault is opened, unless it is to stay as it is. */
  readFile(path: string, isKeptSealed?: boolean): Buffer
  isFolder(path: string): boolean
  /** Permission bits of a controller's file. */
  fileMode(path: string): number
  /** Files below a folder, as paths relative to it, sorted. */
  listFiles(path: string): readonly string[]
  /** Where a file goes that lies below a folder of the author's; refuses to leave the folder. */
  outputPath(folder: string, name: string): string
  /** A controller's file, or undefined when none is there. */
  readIfThere(path: string): Buffer | undefined
  /** Has check mode believe from now on what `writeFile` would do. */
  planFile(path: string, content: Buffer): void
  /** Writes what `outputPath` names; folders are made. Never called in check mode. */
  writeFile(folder: string, name: string, content: Buffer): void
  renderFile(path: string, options: TemplateOptions): string | Unknown
  /** A condition's truth: a bare expression, a list of them, or a boolean. */
  truth(condition: Value): boolean | Unknown
  /** Renders an author's value. */
  render(value: Value): Value
  /** A variable's value, rendered. */
  variable(name: string): Value
  /** Reads a YAML file of variables; its templates stay templates. */
  readVariables(path: string): ReadonlyMap<string, Value>
  /** Where the value of each variable in a condition came from, for messages. */
  explain(condition: Value): readonly string[]
}

export interface TemplateMarks {
  readonly blockStart?: string
  readonly blockEnd?: string
  readonly variableStart?: string
  readonly variableEnd?: string
  readonly commentStart?: string
  readonly commentEnd?: string
}

export interface TemplateOptions {
  readonly trimBlocks?: boolean
  readonly lstripBlocks?: boolean
  readonly newline?: string
  /** What the author calls it, and where the task says that it goes. */
  readonly name: string
  readonly dest: string
  /** The marks around blocks, values and comments, where they are not Jinja's own. */
  readonly marks?: TemplateMarks
}

/** What has become of a job in the background. */
export interface JobReport {
  readonly isFinished: boolean
  readonly isChanged: boolean
  readonly failure?: string
  readonly result: ResultFields
}

/** The way to the host, for modules that wait until it is there again. */
export interface Connection {
  readonly isLocal: boolean
  /** Drops what is open and connects anew; rejects when the host is not there within the time. */
  reopen(limitMs: number): Promise<Host>
  pause(delayMs: number): Promise<void>
  /** Milliseconds of a clock that never goes back. */
  now(): number
}

export interface ModuleContext {
  /** Looks at a job that a task with `async` left running, or removes what is left of it. */
  readonly job: (id: string, mode: 'status' | 'cleanup') => Promise<JobReport>
  readonly host: Host
  readonly controller: Controller
  readonly connection: Connection
  readonly at: Position
  /** `environment:` of the task. */
  readonly environment: Readonly<Record<string, string>>
  readonly isDiff: boolean
  /** Of -v; some modules say more. */
  readonly verbosity: number
  /** What the module may take as it was written, not rendered: conditions of assert. */
  readonly rawArguments: ReadonlyMap<string, Value>
}

export interface ModuleSpec<S extends z.ZodObject> {
  readonly name: string
  /** One sentence for docs and `cluster-os doc`. */
  readonly summary: string
  readonly params: S
  /** Other names of arguments. */
  readonly aliases?: Readonly<Record<string, string>>
  readonly effect: ModuleEffect
  /** It begins before the host can be reached: its context's host answers nothing. */
  readonly isHostAwaited?: boolean
  /** The argument that takes a task's free text (`command: ls`). */
  readonly freeForm?: string
  /** Any further argument is taken (set_fact). */
  readonly isOpen?: boolean
  /** Arguments that are not rendered before the module sees them. */
  readonly rawParams?: readonly string[]
  /** Arguments that may be Unknown: the verdict can still be told. */
  readonly unknownParams?: readonly string[]
  readonly returns: Readonly<Record<string, string>>
  /** YAML, a task or more. */
  readonly examples: string
  readonly notes?: readonly string[]
  readonly probe: (params: z.output<S>, context: ModuleContext) => Outcome | Promise<Outcome>
}

/** A module with its argument types put aside, as the list and the runner hold it. */
export interface Module extends Omit<ModuleSpec<z.ZodObject>, 'probe'> {
  readonly probe: (
    params: Record<string, unknown>,
    context: ModuleContext,
  ) => Outcome | Promise<Outcome>
}

export function defineModule<S extends z.ZodObject>(spec: ModuleSpec<S>): Module {
  // The runner parses arguments by `params` before it calls, so the types agree.
  return spec as unknown as Module
}

/** Thrown by `known` and caught by the runner: the verdict cannot be told. */
export class UnknownVerdict extends Error {
  readonly unknown: Unknown
  constructor(unknown: Unknown) {
    super(unknown.reason)
    this.unknown = unknown
  }
}

/** The answer of an overlay as a fact; ends the probe with the verdict unknown otherwise. */
export function known<T>(answer: T | Unknown): T {
  if (answer instanceof Unknown) throw new UnknownVerdict(answer)
  return answer
}
