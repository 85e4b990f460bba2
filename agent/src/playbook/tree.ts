// What a playbook is once it has been read: plays, blocks and tasks as plain data with positions.
// Not here: how YAML is read (parse.ts), how imports and roles are put in (compile.ts).
import type { ClusterError, Position } from '../errors.ts'
import type { Module } from '../modules/module.ts'
import { str } from '../value/python.ts'
import { Template, type Value } from '../value/value.ts'

/** A value with the place where its author wrote it. */
export interface Placed<T = Value> {
  readonly value: T
  readonly at: Position
  /** Where the name of an argument is written. */
  readonly nameAt?: Position
  /** Where the items of a list are written. */
  readonly itemsAt?: readonly Position[]
}

export type KeywordValues = ReadonlyMap<string, Placed>

/** A task's arguments as they were written. */
export interface Arguments {
  readonly named: ReadonlyMap<string, Placed>
  /** `command: ls -l`: the text that has no name. */
  readonly free: Placed | undefined
}

export interface TaskNode {
  readonly kind: 'task'
  readonly at: Position
  readonly action: Placed<string>
  /** The action as it was written, a full name perhaps. */
  readonly spelling: string
  readonly args: Arguments
  readonly keywords: KeywordValues
  /** Set where the action is of a collection that is not here. */
  readonly missing?: ClusterError | undefined
}

export interface BlockNode {
  readonly kind: 'block'
  readonly at: Position
  readonly keywords: KeywordValues
  readonly block: readonly ItemNode[]
  readonly rescue: readonly ItemNode[]
  readonly always: readonly ItemNode[]
}

export type ItemNode = TaskNode | BlockNode

export interface RoleNode {
  readonly at: Position
  readonly role: Placed<string>
  readonly keywords: KeywordValues
  /** Everything that is no keyword: parameters of the role. */
  readonly params: ReadonlyMap<string, Placed>
}

export interface PlayNode {
  readonly kind: 'play'
  readonly at: Position
  readonly keywords: KeywordValues
  readonly roles: readonly RoleNode[]
  readonly sections: {
    readonly pre_tasks: readonly ItemNode[]
    readonly tasks: readonly ItemNode[]
    readonly post_tasks: readonly ItemNode[]
    readonly handlers: readonly ItemNode[]
  }
}

export interface ImportNode {
  readonly kind: 'import'
  readonly at: Position
  readonly file: Placed
  readonly keywords: KeywordValues
}

/** Variables of one place (a play, a block, a role), with where each was written. */
export interface StaticLayer {
  readonly name: string
  readonly vars: ReadonlyMap<string, Placed>
  /** Its values may hold words of a host. */
  readonly isHostMade?: boolean
}

/** A role as tasks see it. */
export interface Role {
  readonly name: string
  /** `space.name` of the collection that it lies in. */
  readonly collection: string | null
  readonly folder: string
  readonly defaults: StaticLayer
  readonly vars: StaticLayer
  readonly params: StaticLayer
  /** `vars:` where the role is named: the rest of the play sees them too. */
  readonly given: StaticLayer
  readonly parents: readonly string[]
  /** Brought by the meta of another role, not named by the play. */
  readonly isDependency: boolean
}

/** A task ready to run: keywords inherited, its place in the order of the play known. */
export interface Task {
  readonly kind: 'task'
  /** Compared as a list of numbers: the order in which a play's tasks run. */
  readonly path: readonly number[]
  readonly at: Position
  readonly action: Placed<string>
  /** The action as it was written, a full name perhaps. */
  readonly spelling: string
  /** Undefined for actions of the play itself (meta, includes). */
  readonly module: Module | undefined
  /** What a host is told that comes to a task whose collection is not here. */
  readonly missing?: ClusterError | undefined
  readonly args: Arguments
  /** The task's own and inherited ones; extending keywords are lists, outermost first. */
  readonly keywords: KeywordValues
  readonly whens: readonly Placed[]
  readonly tags: readonly string[]
  /** Outermost first: blocks, then the task. */
  readonly layers: readonly StaticLayer[]
  /** Variables given to an include that brought the task in. */
  readonly includeLayers: readonly StaticLayer[]
  readonly role: Role | undefined
  readonly isHandler: boolean
  /** A step of the play that no author wrote: no tags leave it out. */
  readonly isImplicit?: boolean
  /** The same for a handler of a role that is mentioned again. */
  readonly sameAs?: string
  /** Told by the play's list of handlers. */
  readonly handlerKey?: string
  /** Reads other hosts, or runs on another: never ahead of the others. */
  readonly isGated: boolean
  /** Folders that author's files are looked for in, the first wins. */
  readonly searchFolders: readonly string[]
  /** What the tasks of an include inherit; undefined for other tasks. */
  readonly around: Inherited | undefined
}

/** What a task inherits from what it stands in. */
export interface Inherited {
  readonly keywords: KeywordValues
  readonly whens: readonly Placed[]
  readonly tags: readonly string[]
  readonly layers: readonly StaticLayer[]
  readonly includeLayers: readonly StaticLayer[]
  readonly role: Role | undefined
  readonly searchFolders: readonly string[]
  /** Folder of the file that the tasks stand in. */
  readonly folder: string
  /** Brought by an include: read while hosts are at work, and only by those that come to it. */
  readonly isIncluded?: boolean
  /** Gets the roles that imports among the tasks bring, whose handlers belong to the play. */
  readonly brought: BroughtRole[]
}

/** A role at its place, with what its tasks inherit there. */
export interface BroughtRole {
  readonly role: RoleSource
  readonly inherited: Inherited
  /** The same for every mention of it that is to run once on a host. */
  readonly once: string | undefined
  /** The same for every mention that is the same role, which has its handlers once. */
  readonly identity: string
}

/** A role's folder, read. */
export interface RoleSource {
  readonly at: Position
  readonly role: Role
  readonly tasks: readonly ItemNode[]
  readonly handlers: readonly ItemNode[]
  readonly dependencies: readonly RoleNode[]
  readonly allowsDuplicates: boolean
  /** What the role says that it takes. */
  readonly argumentSpec: ArgumentSpec | undefined
}

export interface ArgumentSpec {
  readonly at: Position
  /** The file of tasks that the spec is for; `main` as a rule. */
  readonly entryPoint: string
  readonly summary: string | undefined
  readonly options: Value
}

export interface Block {
  readonly kind: 'block'
  readonly path: readonly number[]
  readonly at: Position
  readonly block: readonly Item[]
  readonly rescue: readonly Item[]
  readonly always: readonly Item[]
  /** A role: not again on a host where one of this key has run. */
  readonly once?: string | undefined
}

export type Item = Task | Block

export interface Play {
  readonly at: Position
  readonly index: number
  readonly name: string
  readonly keywords: KeywordValues
  readonly hosts: Placed
  readonly items: readonly Item[]
  readonly handlers: readonly Task[]
  readonly layers: {
    readonly vars: StaticLayer
    readonly files: readonly Placed[]
  }
  readonly roles: readonly Role[]
  readonly folder: string
  readonly tags: readonly string[]
}

/** Less than 0 when `a` runs before `b`. */
export function comparePaths(a: readonly number[], b: readonly number[]): number {
  const length = Math.min(a.length, b.length)
  for (let index = 0; index < length; index += 1) {
    const difference = (a[index] as number) - (b[index] as number)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

/** An include of a role says which. */
function actionTitle({ action, spelling, args }: Task): string {
  if (action.value !== 'include_role') return spelling
  const role = (args.named.get('name') ?? args.named.get('role'))?.value
  return `${spelling} : ${role instanceof Template ? role.source : str(role ?? null)}`
}

/** The name of a task, or its action. */
export function taskTitle(task: Task): string {
  if (task.action.value === 'gather_facts') return 'Gathering Facts'
  const name = task.keywords.get('name')?.value
  const title =
    name instanceof Template ? name.source : typeof name === 'string' ? name : actionTitle(task)
  const isBare = name === undefined && task.action.value === 'include_role'
  return task.role === undefined || isBare ? title : `${task.role.name} : ${title}`
}
