// status, members, member, events, leave: what the agent of this machine knows of its cluster.
// Names and texts of other nodes are escaped before they are shown. Not here: the asking.
import type { Status, TimedEvent } from '../daemon/control.ts'
import type { MemberView } from '../daemon/view.ts'
import { ClusterError } from '../errors.ts'
import { escapeLine } from '../output/escape.ts'
import { pause, systemClock } from '../sys/clock.ts'
import { fileKind } from '../sys/files.ts'
import { type AskFlags, ask, askOnce } from './asking.ts'
import type { CommandContext } from './context.ts'

export interface MembersFlags extends AskFlags {
  readonly json?: boolean
  readonly watch?: boolean
}

export async function statusCommand(flags: MembersFlags, context: CommandContext): Promise<number> {
  const told = await askOnce<Status>({ ask: 'status' }, flags, context)
  const status = { ...told, warnings: [...told.warnings, ...rootKeyWarnings(told)] }
  if (flags.json === true) {
    context.write(`${JSON.stringify(status, null, 2)}\n`)
    return 0
  }
  const counts = Object.entries(status.members).map(([state, count]) => `${count} ${state}`)
  const rows = [
    ['node', status.id],
    ['cluster', status.cluster],
    ['stage', status.stage],
    ['members', counts.join(', ')],
    ['view', status.view],
    ['addresses', status.addresses.join(' ')],
    ['since', new Date(status.sinceMs).toISOString()],
    ...status.warnings.map((warning) => ['warning', warning]),
  ]
  context.write(`${table(rows)}\n`)
  return 0
}

/** Looked for here, as the agent sees no folder of a person. */
function rootKeyWarnings({ rootKeyPlace }: Status): string[] {
  if (rootKeyPlace === undefined || fileKind(rootKeyPlace) === undefined) return []
  return [`the root key lies on this member, at ${rootKeyPlace}: move it to where none is`]
}

const WATCH_MS = 1000

export async function membersCommand(
  flags: MembersFlags,
  context: CommandContext,
): Promise<number> {
  let before = ''
  do {
    const members = await askMembers(flags, context)
    const shown = flags.json === true ? json(members) : `${table(memberRows(members))}\n`
    if (shown !== before) context.write(shown)
    before = shown
    if (flags.watch === true) await pause(systemClock, WATCH_MS)
  } while (flags.watch === true && !context.signal.aborted)
  return 0
}

export async function memberCommand(
  name: string | undefined,
  flags: MembersFlags,
  context: CommandContext,
): Promise<number> {
  if (name === undefined) {
    throw new ClusterError('USAGE', 'member needs a node', { hint: 'cluster-os member NAME' })
  }
  const member = await memberNamed(name, flags, context)
  if (flags.json === true) context.write(`${JSON.stringify(member, null, 2)}\n`)
  else context.write(`${table(detailRows(member))}\n`)
  return 0
}

/**
 * A member by its hostname, its id, or the beginning of one that has so many digits at least; USAGE
 * where it is not one.
 */
export async function memberNamed(
  name: string,
  flags: AskFlags,
  context: CommandContext,
  leastDigits = 1,
): Promise<MemberView> {
  const members = await askMembers(flags, context)
  // Names such as db1 are digits of an id too.
  const called = members.filter(({ hostname }) => hostname === name)
  const found = called.length > 0 ? called : members.filter(beginsWith(name, leastDigits))
  const [member, other] = found
  if (member === undefined) {
    const digits =
      leastDigits > 1 ? `; of an id at least ${leastDigits} digits are wanted here` : ''
    throw new ClusterError('USAGE', `there is no member ${name}`, {
      hint: `names and ids are listed by: cluster-os members${digits}`,
    })
  }
  if (other !== undefined) {
    throw new ClusterError('USAGE', `${found.length} members are called ${name}`, {
      hint: `say more of the id, for instance ${member.id.slice(0, 20)}`,
    })
  }
  return member
}

export async function eventsCommand(flags: MembersFlags, context: CommandContext): Promise<number> {
  for await (const event of ask<TimedEvent>({ ask: 'events' }, flags, context)) {
    context.write(flags.json === true ? `${JSON.stringify(event)}\n` : `${tell(event)}\n`)
  }
  return 0
}

export async function leaveCommand(flags: MembersFlags, context: CommandContext): Promise<number> {
  await askOnce({ ask: 'leave' }, flags, context)
  context.write('left the cluster until it is started again: systemctl start cluster-os\n')
  return 0
}

async function askMembers(flags: AskFlags, context: CommandContext): Promise<MemberView[]> {
  const members: MemberView[] = []
  for await (const member of ask<MemberView>({ ask: 'members' }, flags, context)) {
    members.push(member)
  }
  return members
}

function beginsWith(name: string, leastDigits: number): (member: MemberView) => boolean {
  const digits = name.replace(/^ed25519:/, '')
  return ({ id }) => digits.length >= leastDigits && id.startsWith(`ed25519:${digits}`)
}

function memberRows(members: readonly MemberView[]): string[][] {
  const rows = members.map((member) => [
    `${member.hostname || '-'}${member.isSelf ? ' *' : ''}`,
    member.id.slice(0, 20),
    member.state,
    member.addresses[0] ?? '-',
    member.roles.join(',') || '-',
    member.health.join(', ') || 'healthy',
  ])
  return [['NAME', 'NODE', 'STATE', 'ADDRESS', 'ROLES', 'STATUS'], ...rows]
}

function detailRows(member: MemberView): string[][] {
  const { details } = member
  const gpus = details?.gpus?.map(({ model }) => model ?? 'unknown') ?? []
  const labels = Object.entries(details?.labels ?? {}).map(([name, value]) => `${name}=${value}`)
  return [
    ['node', member.id],
    ['name', member.hostname || '-'],
    ['state', member.state],
    ['status', member.health.join(', ') || 'healthy'],
    ['start', `${member.boot}.${member.incarnation}`],
    ['addresses', member.addresses.join(' ') || '-'],
    ...(member.twinAddresses === undefined
      ? []
      : [['also at', `${member.twinAddresses.join(' ')}: two machines use its identity`]]),
    ['roles', member.roles.join(', ') || '-'],
    ['coordinator', member.mayCoordinate ? 'may be' : 'may not be'],
    ['cpu', `${details?.cpu?.cores ?? '?'} x ${details?.cpu?.model ?? '?'}`],
    ['memory', size(details?.memory?.bytes)],
    ['gpus', gpus.join(', ') || '-'],
    ['labels', labels.join(', ') || '-'],
    ['agent', member.agentDigest ?? '-'],
  ]
}

function size(bytes: number | undefined): string {
  return typeof bytes === 'number' ? `${(bytes / 2 ** 30).toFixed(1)} GiB` : '?'
}

function tell(event: TimedEvent): string {
  if (event.kind === 'conflict') {
    return `${event.at} this identity is in use on another machine: ${event.twinAddresses.join()}`
  }
  if (event.kind === 'updated') return `${event.at} ${event.id} has a new record`
  if (event.kind === 'equivocal') {
    return `${event.at} ${event.id} has signed two records of one version`
  }
  const reason = event.reason === undefined ? '' : `; ${event.reason}`
  const before = event.before === undefined ? '' : `, was ${event.before}`
  return `${event.at} ${event.id} is ${event.state}${before}${reason}`
}

function json(members: readonly MemberView[]): string {
  return `${JSON.stringify(members, null, 2)}\n`
}

/** Columns as wide as their widest; what others wrote steers no terminal. */
function table(rows: readonly (readonly string[])[]): string {
  const shown = rows.map((row) => row.map((cell) => escapeLine(cell)))
  const widths = (shown[0] ?? []).map((_, column) =>
    Math.max(...shown.map((row) => row[column]?.length ?? 0)),
  )
  return shown
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
