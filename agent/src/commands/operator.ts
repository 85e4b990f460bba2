// cluster-os operator: gives others the right to make seeds and revocations in daily use, by the
// root key, and takes it back. Not here: the folder of an operator (identity/operator.ts).
import { resolve } from 'node:path'
import { ClusterError } from '../errors.ts'
import { isName } from '../identity/clusterfile.ts'
import { utcText } from '../identity/dates.ts'
import { publicKeyOf } from '../identity/keys.ts'
import { OperatorFolder, putPrivate, refuseOverwrite, setAside } from '../identity/operator.ts'
import { makeOperator, makeRevocation } from '../identity/papers.ts'
import { sealKey } from '../identity/sealed.ts'
import { escapeLine } from '../output/escape.ts'
import type { OperatorStatement } from '../wire/statement.ts'
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
  refuseStray,
  rootHand,
  stateOf,
} from './operating.ts'
import { OPERATOR_ACTIONS } from './options.ts'
import { newPasswordOf } from './secretline.ts'

export interface OperatorFlags extends OperatingFlags {
  readonly out?: string
  readonly takeAdmitted?: boolean
}

const OWN_FLAGS: Readonly<Record<string, readonly string[]>> = {
  out: ['add'],
  expires: ['add'],
  newPasswordFile: ['add'],
  takeAdmitted: ['revoke'],
  rootKey: ['add', 'revoke'],
  force: ['add', 'revoke'],
}

/** Answers the exit code. */
export async function operatorCommand(
  action: string | undefined,
  name: string | undefined,
  flags: OperatorFlags,
  context: CommandContext,
): Promise<number> {
  const act = actionOf('operator', action, OPERATOR_ACTIONS)
  refuseStray(`operator ${act}`, OWN_FLAGS, flags)
  const folder = operatorFolder(flags, context)
  if (act === 'add') await add(name, folder, flags, context)
  else if (act === 'revoke') await revoke(name, folder, flags, context)
  else list(folder, context)
  return 0
}

/** The new operator's key never lies in the folder of who made it, but in one to be handed over. */
async function add(
  name: string | undefined,
  folder: OperatorFolder,
  flags: OperatorFlags,
  context: CommandContext,
): Promise<void> {
  if (name === undefined || !isName(name)) {
    throw new ClusterError('USAGE', `${name ?? 'nothing'} is no name of an operator`, {
      hint: 'lowercase letters, digits and dashes, at most 32: cluster-os operator add ada',
    })
  }
  const cluster = folder.cluster()
  const lastsS = expiryOf(flags, '365d')
  // Never replaced: it could not be taken back by its name any more.
  if (operatorsOf(folder).some(({ body }) => body.name === name)) {
    throw new ClusterError('ADMISSION', `there is an operator ${name} already`, {
      hint: `choose another name, such as ${name}-2; the old key is good until it is revoked`,
    })
  }
  const theirs = new OperatorFolder(resolve(flags.out ?? `${cluster.name}-${name}`))
  const files = [theirs.operatorKeyFile, theirs.clusterFile]
  refuseOverwrite(files, flags.force === true)
  const root = await rootHand(folder, cluster, flags, context)
  const what = `operator ${name}`
  const password = await newPasswordOf(what, flags.newPasswordFile, '--new-password-file', context)
  const secret = newSecret()
  const now = nowS()
  const operator = makeOperator(root, {
    operatorKey: publicKeyOf(secret),
    notBefore: now - CLOCK_SLACK_S,
    notAfter: now + lastsS,
    name,
  })
  putPrivate(folder.operatorFile(name), operator.bytes)
  setAside(theirs.operatorKeyFile, now)
  putPrivate(theirs.operatorKeyFile, Buffer.from(sealKey('operator', secret, password)))
  theirs.keepCluster({ ...cluster, operator })
  context.write(
    `operator ${name}: ${escapeLine(theirs.path)}, good until ${utcText(operator.body.notAfter)}\n` +
      `Hand the folder to ${name}, to be put at ~/.cluster-os/${cluster.name} there.\n`,
  )
}

function operatorsOf(folder: OperatorFolder): OperatorStatement[] {
  return [folder.cluster().operator, ...folder.operators()]
}

function list(folder: OperatorFolder, context: CommandContext): void {
  const revoked = folder.revocations()
  for (const { body } of operatorsOf(folder)) {
    const state = stateOf('operator', body.operatorKey, body, revoked)
    const line = `${body.name}: ${state}, until ${utcText(body.notAfter)}`
    context.write(`${escapeLine(line)}\n`)
  }
}

async function revoke(
  name: string | undefined,
  folder: OperatorFolder,
  flags: OperatorFlags,
  context: CommandContext,
): Promise<void> {
  const operators = operatorsOf(folder)
  const found = operators.find(({ body }) => body.name === name)
  if (found === undefined) {
    const names = operators.map(({ body }) => body.name).join(', ')
    throw new ClusterError('ADMISSION', `there is no operator ${name ?? 'of no name'}`, {
      hint: `there are ${names}`,
    })
  }
  const takes = flags.takeAdmitted === true
  const file = folder.revocationFile(`operator-${name}${takes ? '-and-admitted' : ''}`)
  refuseOverwrite([file], flags.force === true)
  const cluster = folder.cluster()
  const date = revocationDate('root', folder, cluster, flags)
  const root = await rootHand(folder, cluster, flags, context)
  const target = { kind: 'operator' as const, key: found.body.operatorKey }
  handOut(file, makeRevocation(root, target, date, takes), context)
}
