// What the commands of operators have in common: which cluster's folder is meant, its keys, times,
// and papers written for members. Not here: what is in the folder (identity/), and passwords
// (secretline.ts).
import { join, resolve } from 'node:path'
import { ClusterError } from '../errors.ts'
import { type Cluster, isName, rootOf } from '../identity/clusterfile.ts'
import { parseDuration } from '../identity/dates.ts'
import { OperatorFolder, putPrivate, readKeyFile } from '../identity/operator.ts'
import type { Hand } from '../identity/papers.ts'
import { openKey } from '../identity/sealed.ts'
import { escapeLine } from '../output/escape.ts'
import { systemClock } from '../sys/clock.ts'
import { entryAt } from '../sys/durable.ts'
import { homeFolder } from '../sys/env.ts'
import { listFolder } from '../sys/files.ts'
import { nearest } from '../value/nearest.ts'
import type { RevocationStatement, Statement } from '../wire/statement.ts'
import type { CommandContext } from './context.ts'
import type { Flags } from './flags.ts'
import { passwordOf } from './secretline.ts'

export interface OperatingFlags extends Flags {
  readonly cluster?: string
  readonly passwordFile?: string
  readonly newPasswordFile?: string
  readonly rootKey?: string
  readonly force?: boolean
  readonly expires?: string
}

/** A machine whose clock is so far behind still takes what was just made. */
export const CLOCK_SLACK_S = 3600

export function nowS(): number {
  return Math.floor(systemClock.wall() / 1000)
}

/** Where the folders of clusters lie. */
export function clustersFolder({ environment }: CommandContext): string {
  return join(environment('HOME') ?? homeFolder(), '.cluster-os')
}

/** The folder of the cluster that --cluster names, or of the only one. */
export function operatorFolder(flags: OperatingFlags, context: CommandContext): OperatorFolder {
  const home = clustersFolder(context)
  const isThere = (name: string) => entryAt(join(home, name, 'cluster.yml')) !== undefined
  const names = listFolder(home).filter((name) => isName(name) && isThere(name))
  const wanted = flags.cluster ?? (names.length === 1 ? names[0] : undefined)
  if (wanted !== undefined && names.includes(wanted)) return new OperatorFolder(join(home, wanted))
  if (names.length === 0) {
    throw new ClusterError('ADMISSION', `there is no cluster in ${home}`, {
      hint: 'make one: cluster-os cluster init, or copy the folder of its operator there',
    })
  }
  const what = wanted === undefined ? 'are several clusters' : `is no cluster ${wanted}`
  throw new ClusterError('ADMISSION', `there ${what} in ${home}`, {
    hint: `name one: --cluster ${names.join(', --cluster ')}`,
  })
}

/** The operator's own key, opened; what is wrong with its file is told before the password. */
export async function operatorHand(
  folder: OperatorFolder,
  cluster: Cluster,
  flags: OperatingFlags,
  context: CommandContext,
): Promise<Hand> {
  const file = folder.operatorKeyFile
  const text = readKeyFile(file, 'operator', cluster.operator.body.operatorKey)
  const password = await passwordOf('operator key', flags.passwordFile, context)
  return { clusterId: cluster.clusterId, secret: openKey(text, file, 'operator', password) }
}

/** The root key as it is now, and its password, opened. */
export async function rootHand(
  folder: OperatorFolder,
  cluster: Cluster,
  flags: OperatingFlags,
  context: CommandContext,
): Promise<Hand> {
  const file =
    flags.rootKey === undefined
      ? folder.rootKeyFile(cluster.rotations.length)
      : resolve(flags.rootKey)
  const text = readKeyFile(file, 'root', rootOf(cluster))
  const password = await passwordOf('root key', flags.passwordFile, context)
  return { clusterId: cluster.clusterId, secret: openKey(text, file, 'root', password) }
}

/** Seconds that --expires names. */
export function expiryOf(flags: OperatingFlags, standard: string): number {
  const text = flags.expires ?? standard
  const seconds = parseDuration(text)
  if (seconds !== undefined) return seconds
  throw new ClusterError('USAGE', `--expires ${text} is no time`, {
    hint: 'write 90s, 15m, 12h, 7d or 52w, at most 100 years',
  })
}

/** One of the actions that a command has, or USAGE. */
export function actionOf<T extends string>(
  command: string,
  action: string | undefined,
  actions: readonly T[],
): T {
  const found = actions.find((each) => each === action)
  if (found !== undefined) return found
  const close = action === undefined ? undefined : nearest(action, actions)
  throw new ClusterError('USAGE', `${command} cannot ${action ?? 'do nothing'}`, {
    hint: close === undefined ? `one of ${actions.join(', ')}` : `did you mean ${close}?`,
  })
}

/** Throws for a flag that means nothing to this action; flags of no row are for all. */
export function refuseStray(
  command: string,
  rows: Readonly<Record<string, readonly string[]>>,
  flags: object,
): void {
  const action = command.split(' ').at(-1) ?? ''
  for (const [name, value] of Object.entries(flags)) {
    const actions = Object.hasOwn(rows, name) ? rows[name] : undefined
    // cac gives true for a --no- flag that was not typed.
    if (actions === undefined || value === undefined || actions.includes(action)) continue
    if (name === 'coordinate' && value === true) continue
    const flag = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
    throw new ClusterError('USAGE', `${command} has no --${flag}`, {
      hint: `it is for ${actions.join(', ')}`,
    })
  }
}

/** How a key stands, in one word. */
export function stateOf(
  kind: 'admission' | 'operator',
  key: Uint8Array,
  { notAfter }: { readonly notAfter: number },
  revocations: readonly RevocationStatement[],
): 'revoked' | 'expired' | 'valid' {
  const isRevoked = revocations.some(
    ({ body: { target } }) => target.kind === kind && Buffer.compare(target.key, key) === 0,
  )
  if (isRevoked) return 'revoked'
  return notAfter < nowS() ? 'expired' : 'valid'
}

/** Writes a paper for members and says how they take it. */
export function handOut(file: string, paper: Statement, context: CommandContext): void {
  putPrivate(file, paper.bytes)
  tellHandOut(file, context)
}

/** How members take a paper that is written. */
export function tellHandOut(file: string, context: CommandContext): void {
  context.write(
    `written: ${escapeLine(file)}\n` +
      `Copy it to any member and run there: cluster-os statement add FILE\n`,
  )
}
