// cluster-os seed: makes the files by which machines join, lists them, and takes them back. Not
// here: what is in one (identity/seedfile.ts).
import { resolve } from 'node:path'
import { ClusterError } from '../errors.ts'
import { type Cluster, isName } from '../identity/clusterfile.ts'
import { utcText } from '../identity/dates.ts'
import { publicKeyOf } from '../identity/keys.ts'
import { type OperatorFolder, putPrivate, refuseOverwrite } from '../identity/operator.ts'
import { makeDelegation, makeRevocation } from '../identity/papers.ts'
import {
  EXPECT_MOST,
  HINTS_MOST,
  isPassphrase,
  isSsid,
  seedText,
  type Wifi,
} from '../identity/seedfile.ts'
import { escapeLine } from '../output/escape.ts'
import { type Address, makeAddress, parseAddress } from '../wire/address.ts'
import type { DelegationBody } from '../wire/admission.ts'
import type { DelegationStatement } from '../wire/statement.ts'
import { isRole } from '../wire/text.ts'
import { newSecret } from './cluster.ts'
import type { CommandContext } from './context.ts'
import { revocationDate } from './dating.ts'
import {
  actionOf,
  CLOCK_SLACK_S,
  expiryOf,
  handOut,
  nowS,
  type OperatingFlags,
  operatorFolder,
  operatorHand,
  refuseStray,
  stateOf,
} from './operating.ts'
import { SEED_ACTIONS } from './options.ts'
import { secretLine } from './secretline.ts'

export interface SeedFlags extends OperatingFlags {
  readonly out?: string
  readonly mostJoins?: string
  readonly mostCoordinators?: string
  /** False with --no-coordinate. */
  readonly coordinate?: boolean
  readonly roles?: string
  readonly expect?: string
  readonly hint?: readonly string[]
  readonly wifiSsid?: string
  readonly wifiPasswordFile?: string
  readonly takeAdmitted?: boolean
}

/** Of gossip, where a hint names no other. */
const PORT = 4665
/** A stick that was copied admits no more than a lab without anybody having thought of it. */
const MOST_JOINS = '256'
const ROLES_MOST = 16
/** With their lengths they fit into a delegation beside all else that it says. */
const ROLES_MOST_CHARACTERS = 400

/** Answers the exit code. */
export async function seedCommand(
  action: string | undefined,
  name: string | undefined,
  flags: SeedFlags,
  context: CommandContext,
): Promise<number> {
  const act = actionOf('seed', action, SEED_ACTIONS)
  refuseStray(`seed ${act}`, OWN_FLAGS, flags)
  const folder = operatorFolder(flags, context)
  if (act === 'create') await create(name, folder, flags, context)
  else if (act === 'revoke') await revoke(name, folder, flags, context)
  else list(folder, context)
  return 0
}

/** Flags that mean something to some actions only. */
const OWN_FLAGS: Readonly<Record<string, readonly string[]>> = {
  out: ['create'],
  expires: ['create'],
  mostJoins: ['create'],
  mostCoordinators: ['create'],
  coordinate: ['create'],
  roles: ['create'],
  expect: ['create'],
  hint: ['create'],
  wifiSsid: ['create'],
  wifiPasswordFile: ['create'],
  takeAdmitted: ['revoke'],
  force: ['create', 'revoke'],
}

async function create(
  given: string | undefined,
  folder: OperatorFolder,
  flags: SeedFlags,
  context: CommandContext,
): Promise<void> {
  if (flags.out === undefined) {
    throw new ClusterError('USAGE', 'seed create needs -o FILE', {
      hint: 'the file by which machines join: -o seed.yml',
    })
  }
  const cluster = folder.cluster()
  const name = given ?? freeName(folder)
  if (!isName(name)) throw badName(name)
  const file = resolve(flags.out)
  // Never replaced: it could not be taken back by its name any more.
  if (folder.seeds().some(({ body }) => body.name === name)) {
    throw new ClusterError('ADMISSION', `there is a seed ${name} already`, {
      hint: `choose another name: cluster-os seed create ${name}-2 -o FILE`,
    })
  }
  const bounds = boundsOf(flags, cluster)
  const hints = hintsOf(flags)
  const wifi = wifiOf(flags)
  refuseOverwrite([file], flags.force === true)
  const hand = await operatorHand(folder, cluster, flags, context)
  const admissionSecret = newSecret()
  const admissionKey = publicKeyOf(admissionSecret)
  const delegation = makeDelegation(hand, cluster.operator, { ...bounds, name, admissionKey })
  // It is listed before it is anywhere: what is on a stick can always be taken back.
  putPrivate(folder.seedFile(name), delegation.bytes)
  putPrivate(file, Buffer.from(seedText({ ...cluster, admissionSecret, delegation, hints, wifi })))
  context.write(
    `seed ${name}: ${escapeLine(file)}, good until ${utcText(delegation.body.notAfter)}\n` +
      'Whoever has it brings machines in: keep it as a password. Copy it to\n' +
      '/etc/cluster-os/seed.yml of a machine, or to the stick it is installed from.\n',
  )
}

function freeName(folder: OperatorFolder): string {
  const names = new Set(folder.seeds().map(({ body }) => body.name))
  let number = names.size + 1
  while (names.has(`seed-${number}`)) number += 1
  return `seed-${number}`
}

function badName(name: string): ClusterError {
  return new ClusterError('USAGE', `${name} is no name of a seed`, {
    hint: 'lowercase letters, digits and dashes, at most 32',
  })
}

type Bounds = Omit<DelegationBody, 'operator' | 'name' | 'admissionKey'>

function boundsOf(flags: SeedFlags, { operator }: Cluster): Bounds {
  const now = nowS()
  const notAfter = now + expiryOf(flags, '7d')
  if (notAfter > operator.body.notAfter) {
    const end = utcText(operator.body.notAfter)
    throw new ClusterError('ADMISSION', `the operator key is good until ${end} only`, {
      hint:
        operator.body.notAfter > now
          ? 'give the seed less time: --expires'
          : 'who has the root key makes another: cluster-os operator add NAME',
    })
  }
  return {
    notBefore: now - CLOCK_SLACK_S,
    notAfter,
    mayCoordinate: flags.coordinate !== false,
    mostJoins: numberOf('--most-joins', flags.mostJoins ?? MOST_JOINS),
    mostCoordinators: numberOf('--most-coordinators', flags.mostCoordinators ?? '0'),
    expectedMembers: numberOf('--expect', flags.expect ?? '0'),
    roles: rolesOf(flags.roles),
  }
}

function numberOf(flag: string, text: string): number {
  const number = /^(?:0|[1-9][0-9]{0,5})$/.test(text) ? Number(text) : Number.NaN
  if (number <= EXPECT_MOST) return number
  throw new ClusterError('USAGE', `${flag} ${text} is no number of machines`, {
    hint: `from 1 to ${EXPECT_MOST}; 0 for no bound`,
  })
}

function rolesOf(text: string | undefined): string[] {
  if (text === undefined) return []
  const roles = [...new Set(text.split(','))].toSorted()
  const bad = roles.find((role) => !isRole(role) || role.length > 32)
  const isShort = roles.length <= ROLES_MOST && roles.join('').length <= ROLES_MOST_CHARACTERS
  if (bad === undefined && isShort) return roles
  throw new ClusterError('USAGE', `--roles ${text} is no list of roles`, {
    hint:
      `at most ${ROLES_MOST} names of lowercase letters, digits and dashes, with ` +
      `${ROLES_MOST_CHARACTERS} characters together: a,b`,
  })
}

function hintsOf({ hint = [] }: SeedFlags): Address[] {
  if (hint.length > HINTS_MOST) {
    throw new ClusterError('USAGE', `there are more than ${HINTS_MOST} hints`, {
      hint: 'name a few members that are always on',
    })
  }
  return hint.map((text) => {
    const address = parseAddress(text) ?? makeAddress(text, PORT)
    if (address !== undefined) return address
    throw new ClusterError('USAGE', `--hint ${text} is no address`, {
      hint: `write 10.0.0.1:${PORT} or [fd00::1]:${PORT}`,
    })
  })
}

function wifiOf({ wifiSsid: ssid, wifiPasswordFile: file }: SeedFlags): Wifi | undefined {
  if (ssid === undefined && file === undefined) return undefined
  if (ssid === undefined || file === undefined) {
    throw new ClusterError('USAGE', '--wifi-ssid and --wifi-password-file go together', {
      hint: 'give both, or none',
    })
  }
  if (!isSsid(ssid)) {
    throw new ClusterError('USAGE', `--wifi-ssid ${ssid} is no name of a network`, {
      hint: '1 to 32 bytes without control characters',
    })
  }
  const password = secretLine(file)
  if (isPassphrase(password)) return { ssid, password }
  throw new ClusterError('USAGE', `${file} holds no password of a wireless network`, {
    hint: '8 to 63 printable ASCII characters, or 64 hexadecimal digits',
  })
}

function list(folder: OperatorFolder, context: CommandContext): void {
  const revoked = folder.revocations()
  for (const { body } of folder.seeds()) {
    const state = stateOf('admission', body.admissionKey, body, revoked)
    const bound = body.mostJoins === 0 ? 'machines without bound' : `machines: ${body.mostJoins}`
    const line = `${body.name}: ${state}, until ${utcText(body.notAfter)}, ${bound}`
    context.write(`${escapeLine(line)}\n`)
  }
}

async function revoke(
  name: string | undefined,
  folder: OperatorFolder,
  flags: SeedFlags,
  context: CommandContext,
): Promise<void> {
  const seed = seedNamed(name, folder.seeds())
  const takes = flags.takeAdmitted === true
  const file = folder.revocationFile(`seed-${seed.body.name}${takes ? '-and-admitted' : ''}`)
  refuseOverwrite([file], flags.force === true)
  const cluster = folder.cluster()
  const date = revocationDate('operator', folder, cluster, flags)
  const hand = await operatorHand(folder, cluster, flags, context)
  const target = { kind: 'admission' as const, key: seed.body.admissionKey }
  handOut(file, makeRevocation(hand, target, date, takes), context)
}

function seedNamed(
  name: string | undefined,
  seeds: readonly DelegationStatement[],
): DelegationStatement {
  const found = seeds.find(({ body }) => body.name === name)
  if (found !== undefined) return found
  const names = seeds.map(({ body }) => body.name).join(', ')
  const what = name === undefined ? 'seed revoke needs a name' : `there is no seed ${name}`
  throw new ClusterError(name === undefined ? 'USAGE' : 'ADMISSION', what, {
    hint: names === '' ? 'none has been made by this operator' : `there are ${names}`,
  })
}
