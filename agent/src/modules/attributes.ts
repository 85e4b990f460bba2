// Owner, group and mode, which every module that makes files takes. Not here: the files.
import { posix } from 'node:path'
import type { AttributeWish, Ownership } from '../host/files.ts'
import type { FileState, Host, Identity } from '../host/host.ts'
import { Unknown } from '../value/value.ts'
import { type Diff, known } from './module.ts'
import { mode, text } from './params.ts'

export const attributeParams = {
  mode: mode().optional().describe('permission bits, quoted: "0644", or symbols: u=rw,g=r,o='),
  owner: text().optional().describe('name or number of the user that owns it'),
  group: text().optional().describe('name or number of its group'),
}

export interface AttributeParams {
  readonly mode?: string | number | undefined
  readonly owner?: string | undefined
  readonly group?: string | undefined
}

/** Whether an author says anything about them. */
export function asksAttributes({ mode, owner, group }: AttributeParams): boolean {
  return mode !== undefined || owner !== undefined || group !== undefined
}

/** A wish that cannot be carried out; the module fails with these words. */
export class AttributeFailure extends Error {}

/**
 * Permission bits from what a task says. `before` is what symbols start from; `isFolder` decides
 * about X. The symbols are those of chmod(1).
 */
export function parseMode(wish: string | number, before: number, isFolder: boolean): number {
  if (typeof wish === 'number') return wish
  if (/^(0o)?[0-7]+$/.test(wish)) return Number.parseInt(wish.replace('0o', ''), 8)
  let bits = before
  for (const clause of wish.split(',')) {
    const [, who = '', actions = ''] = /^([ugoa]*)(.*)$/.exec(clause) ?? []
    for (const [, operator, permissions = ''] of actions.matchAll(/([-+=])([ugo]|[rwxXst]*)/g)) {
      bits = applySymbol({ bits, who: who === '' ? 'a' : who, operator, permissions, isFolder })
    }
  }
  return bits
}

interface ModeSymbol {
  readonly bits: number
  readonly who: string
  readonly operator: string | undefined
  readonly permissions: string
  readonly isFolder: boolean
}

function applySymbol(symbol: ModeSymbol): number {
  const { who, operator, permissions, isFolder } = symbol
  const everybody = who.includes('a')
  const classes = (['u', 'g', 'o'] as const).filter((name) => everybody || who.includes(name))
  const shifts = { u: 6, g: 3, o: 0 }
  let wanted = 0
  let cleared = 0
  for (const name of classes) {
    let three = 0
    if (permissions.includes('r')) three |= 4
    if (permissions.includes('w')) three |= 2
    const hasX = isFolder || (symbol.bits & 0o111) !== 0
    if (permissions.includes('x') || (permissions.includes('X') && hasX)) three |= 1
    if (/^[ugo]$/.test(permissions)) three = (symbol.bits >> shifts[permissions as 'u']) & 7
    wanted |= three << shifts[name]
    cleared |= 7 << shifts[name]
    if (permissions.includes('s') && name !== 'o') wanted |= name === 'u' ? 0o4000 : 0o2000
    if (name !== 'o') cleared |= name === 'u' ? 0o4000 : 0o2000
  }
  if (permissions.includes('t')) wanted |= 0o1000
  if (operator === '+') return symbol.bits | wanted
  if (operator === '-') return symbol.bits & ~wanted
  // A folder keeps its set-id bits unless they are named, as chmod(1) has it.
  const kept = isFolder ? symbol.bits & cleared & 0o6000 : 0
  return (symbol.bits & ~cleared) | kept | wanted
}

/** `0644` and `01777`, as Ansible's results print it. */
export function modeText(bits: number): string {
  return `0${bits.toString(8).padStart(3, '0')}`
}

/** Who shall own a path: what the task says, else what is there, else who we are. */
export async function wantedOwnership(
  host: Host,
  params: AttributeParams,
  before: Ownership | null,
  identity: Identity,
): Promise<Ownership> {
  const owner = before === null ? undefined : { id: before.uid, name: before.owner }
  const team = before === null ? undefined : { id: before.gid, name: before.group }
  const findUser = async (name: string): Promise<Found | undefined> => {
    const state = known(await host.user(name))
    return state === null ? undefined : { id: state.uid, name: state.name }
  }
  const findGroup = async (name: string): Promise<Found | undefined> => {
    const state = known(await host.group(name))
    return state === null ? undefined : { id: state.gid, name: state.name }
  }
  const [user, group] = await Promise.all([
    lookUp(params.owner, owner, findUser, 'chown failed: failed to look up user'),
    lookUp(params.group, team, findGroup, 'chgrp failed: failed to look up group'),
  ])
  return {
    uid: user?.id ?? before?.uid ?? identity.uid,
    owner: user?.name ?? before?.owner ?? identity.user,
    gid: group?.id ?? before?.gid ?? identity.gid,
    group: group?.name ?? before?.group ?? identity.group,
  }
}

interface Found {
  readonly id: number | Unknown
  readonly name: string | Unknown
}

/** A name is looked up; a number is taken as it is, with the name that it has. */
async function lookUp(
  wish: string | undefined,
  before: Found | undefined,
  find: (name: string) => Promise<Found | undefined>,
  refusal: string,
): Promise<Found | undefined> {
  if (wish === undefined) return undefined
  if (before?.name === wish) return before
  if (/^\d+$/.test(wish)) {
    const own = before?.id === Number(wish) ? before.name : undefined
    const named = own ?? (await find(wish))?.name
    return { id: Number(wish), name: named ?? wish }
  }
  const found = await find(wish)
  if (found === undefined) throw new AttributeFailure(`${refusal} ${wish}`)
  return { id: found.id, name: wish }
}

/** Links are followed this often, as Linux does. */
const LINKS_MAX = 40

/** Where a path leads when its links are followed; the path itself when it is no link. */
export async function finalPath(host: Host, path: string): Promise<string> {
  let at = path
  for (let count = 0; count < LINKS_MAX; count += 1) {
    const state = known(await host.stat(at))
    if (state?.type !== 'link' || state.target === undefined) return at
    at = posix.resolve(posix.dirname(at), state.target)
  }
  return path
}

export interface AttributePlan {
  /** Undefined when nothing differs. */
  readonly wish: AttributeWish | undefined
  readonly after: FileState
  readonly before: Record<string, unknown>
  readonly wanted: Record<string, unknown>
}

/** What has to change about a path that is there. */
export async function planAttributes(
  host: Host,
  path: string,
  state: FileState,
  params: AttributeParams,
  isFollowed: boolean,
): Promise<AttributePlan> {
  const identity: Identity = { user: '', group: '', uid: 0, gid: 0, umask: 0, home: '' }
  const ownership = await wantedOwnership(host, params, state, identity)
  const bits =
    params.mode === undefined || params.mode === 'preserve' || state.type === 'link'
      ? state.mode
      : parseMode(params.mode, state.mode, state.type === 'directory')
  const before: Record<string, unknown> = {}
  const wanted: Record<string, unknown> = {}
  const compare = (key: string, now: unknown, wish: unknown): boolean => {
    if (now === wish && !(wish instanceof Unknown)) return false
    before[key] = now
    wanted[key] = wish
    return true
  }
  const isModeOff = compare('mode', modeText(state.mode), modeText(bits))
  const { owner, group } = params
  // A name that stands there already is right, even where its number is not known yet.
  const isOwnerOff =
    owner !== undefined && owner !== state.owner && compare('owner', state.uid, ownership.uid)
  const isGroupOff =
    group !== undefined && group !== state.group && compare('group', state.gid, ownership.gid)
  const isOff = isModeOff || isOwnerOff || isGroupOff
  return {
    wish: isOff
      ? {
          path,
          before: state,
          isFollowed,
          mode: isModeOff || isOwnerOff ? bits : undefined,
          ownership: isOwnerOff || isGroupOff ? ownership : undefined,
        }
      : undefined,
    after: { ...state, ...ownership, mode: bits },
    before,
    wanted,
  }
}

/** The fields that Ansible's file modules return about a path. */
export function attributeFields(state: FileState): Record<string, unknown> {
  return {
    uid: state.uid,
    gid: state.gid,
    owner: state.owner,
    group: state.group,
    mode: modeText(state.mode),
    state: state.type === 'file' && state.links > 1 ? 'hard' : state.type,
    size: state.sizeBytes,
  }
}

/** A diff of attributes, as `key: value` lines. */
export function attributeDiff(
  path: string,
  before: Record<string, unknown>,
  after: Record<string, unknown>,
): Diff {
  return {
    before: lines(before),
    after: lines(after),
    beforeHeader: path,
    afterHeader: path,
  }
}

function lines(fields: Record<string, unknown>): string {
  return Object.entries(fields)
    .map(([key, value]) => `${key}: ${value instanceof Unknown ? '<unknown>' : String(value)}\n`)
    .join('')
}
