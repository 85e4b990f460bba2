// cluster-os cluster: makes a cluster, which is a root key and what follows from it, and gives it
// another root key. Not here: bringing machines into it (seed.ts).
import { dirname, join, resolve } from 'node:path'
import { ClusterError } from '../errors.ts'
import { type Cluster, isName } from '../identity/clusterfile.ts'
import { utcText } from '../identity/dates.ts'
import { publicKeyOf, SEED_BYTES } from '../identity/keys.ts'
import { OperatorFolder, putPrivate, refuseOverwrite, setAside } from '../identity/operator.ts'
import { makeDelegation, makeOperator, makeRotation } from '../identity/papers.ts'
import { parsePrefix, prefixOf, prefixText } from '../identity/prefix.ts'
import { sealKey } from '../identity/sealed.ts'
import { joinBy } from '../identity/seedfile.ts'
import { IDENTITY_FOLDER, Store } from '../identity/store.ts'
import { escapeLine } from '../output/escape.ts'
import { fileKind } from '../sys/files.ts'
import { randomBuffer } from '../sys/random.ts'
import { nodeIdOf } from '../wire/id.ts'
import type { CommandContext } from './context.ts'
import {
  actionOf,
  CLOCK_SLACK_S,
  clustersFolder,
  expiryOf,
  nowS,
  type OperatingFlags,
  operatorFolder,
  refuseStray,
  rootHand,
  tellHandOut,
} from './operating.ts'
import { CLUSTER_ACTIONS } from './options.ts'
import { newPasswordOf } from './secretline.ts'

export interface ClusterFlags extends OperatingFlags {
  readonly here?: boolean
  readonly name?: string
  readonly ipv4?: string
  readonly identity?: string
  readonly newRootKey?: string
}

const OWN_FLAGS: Readonly<Record<string, readonly string[]>> = {
  here: ['init'],
  name: ['init'],
  ipv4: ['init'],
  expires: ['init'],
  identity: ['init'],
  cluster: ['rotate-root'],
  newRootKey: ['rotate-root'],
  newPasswordFile: ['rotate-root'],
}

/** Answers the exit code. */
export async function clusterCommand(
  action: string | undefined,
  flags: ClusterFlags,
  context: CommandContext,
): Promise<number> {
  const name = actionOf('cluster', action, CLUSTER_ACTIONS)
  refuseStray(`cluster ${name}`, OWN_FLAGS, flags)
  if (name === 'init') await init(flags, context)
  else await rotateRoot(flags, context)
  return 0
}

interface Wishes {
  readonly name: string
  readonly folder: OperatorFolder
  readonly rootFile: string
  readonly ipv4: number | undefined
  readonly lastsS: number
  /** This machine's own, where it is to be the first member. */
  readonly store: Store | undefined
}

/** All that can be wrong is found here, before anything is asked or made. */
function wishesOf(flags: ClusterFlags, context: CommandContext): Wishes {
  const name = flags.name ?? 'cluster'
  if (!isName(name)) {
    throw new ClusterError('USAGE', `${name} is no name of a cluster`, {
      hint: 'lowercase letters, digits and dashes, at most 32',
    })
  }
  const ipv4 = flags.ipv4 === undefined ? undefined : parsePrefix(flags.ipv4)
  if (flags.ipv4 !== undefined && ipv4 === undefined) {
    throw new ClusterError('USAGE', `--ipv4 ${flags.ipv4} is no network of an overlay`, {
      hint: 'write 10.A.0.0/16; A is neither 42 nor 43, which k3s uses',
    })
  }
  if (flags.here === true && flags.rootKey === undefined) {
    throw new ClusterError('USAGE', 'init --here needs --root-key FILE', {
      hint: 'name a place on a stick: the root key must not stay on a member',
    })
  }
  const folder = new OperatorFolder(join(clustersFolder(context), name))
  const rootFile =
    flags.rootKey === undefined ? folder.rootKeyFile(0) : absentFolder(resolve(flags.rootKey))
  refuseOverwrite([folder.path, rootFile], flags.force === true)
  const lastsS = expiryOf(flags, '365d')
  const store = flags.here === true ? freshStore(flags.identity ?? IDENTITY_FOLDER) : undefined
  return { name, folder, rootFile, ipv4, lastsS, store }
}

/** The file's folder must be there, as on a stick that is plugged in. */
function absentFolder(file: string): string {
  if (fileKind(dirname(file)) === 'folder') return file
  throw new ClusterError('ADMISSION', `there is no folder ${dirname(file)}`, {
    hint: 'plug the stick in and mount it, or make the folder',
  })
}

function freshStore(folder: string): Store {
  const store = new Store(folder)
  if (store.membership() === undefined) return store
  throw new ClusterError('IDENTITY', `this machine is a member of a cluster already`, {
    hint: `see cluster-os id; to leave for good, stop the agent and move ${folder} away`,
  })
}

async function init(flags: ClusterFlags, context: CommandContext): Promise<void> {
  const { name, folder, rootFile, ipv4, lastsS, store } = wishesOf(flags, context)
  const password = await newPasswordOf(
    `keys of ${name}`,
    flags.passwordFile,
    '--password-file',
    context,
  )
  const root = newSecret()
  const operatorSecret = newSecret()
  const clusterId = publicKeyOf(root)
  const now = nowS()
  const operator = makeOperator(
    { clusterId, secret: root },
    {
      operatorKey: publicKeyOf(operatorSecret),
      notBefore: now - CLOCK_SLACK_S,
      notAfter: now + lastsS,
      name: 'operator',
    },
  )
  const cluster: Cluster = {
    name,
    clusterId,
    discoverySecret: newSecret(),
    ipv4: ipv4 ?? prefixOf(clusterId),
    operator,
    rotations: [],
  }
  folder.moveAway(now)
  putRootKey(rootFile, sealKey('root', root, password), context)
  putPrivate(folder.operatorKeyFile, Buffer.from(sealKey('operator', operatorSecret, password)))
  // Last, as by it the folder counts as one of a cluster.
  folder.keepCluster(cluster)
  const nodeId =
    store === undefined ? undefined : joinHere(store, cluster, operatorSecret, rootFile)
  context.write(toldOf(cluster, folder, rootFile, nodeId))
}

/** The first member's seed is made, used and forgotten: nothing can be joined by it again. */
function joinHere(
  store: Store,
  cluster: Cluster,
  operatorSecret: Uint8Array,
  rootFile: string,
): string {
  const { clusterId, operator } = cluster
  const admissionSecret = newSecret()
  const now = nowS()
  const delegation = makeDelegation({ clusterId, secret: operatorSecret }, operator, {
    admissionKey: publicKeyOf(admissionSecret),
    notBefore: now - CLOCK_SLACK_S,
    notAfter: Math.min(now + HERE_S, operator.body.notAfter),
    mayCoordinate: true,
    mostJoins: 1,
    mostCoordinators: 0,
    expectedMembers: 0,
    roles: [],
    name: 'here',
  })
  const nodeId = joinBy(store, {
    ...cluster,
    admissionSecret,
    delegation,
    hints: [],
    wifi: undefined,
  })
  store.keepRootKeyPlace(rootFile)
  return nodeId
}

/** The second member has to come within this, as it judges the first one's papers. */
const HERE_S = 365 * 86_400

function toldOf(
  { name, clusterId, ipv4, operator }: Cluster,
  folder: OperatorFolder,
  rootFile: string,
  nodeId: string | undefined,
): string {
  const lines = [
    `cluster ${name}: ${nodeIdOf(clusterId)}`,
    `overlay: ${prefixText(ipv4)}`,
    `operator key: ${folder.operatorKeyFile}, good until ${utcText(operator.body.notAfter)}`,
    `root key: ${rootFile}`,
    'Keep a copy of the root key where no machine of the cluster is: without it no other',
    'operator can be made, and none be taken back.',
  ]
  if (nodeId !== undefined) {
    lines.push(`this machine is the first member: ${nodeId}`)
    lines.push('Restart its agent: systemctl restart cluster-os')
  }
  lines.push(
    '',
    nodeId === undefined ? 'To bring machines in:' : 'To bring in a second machine:',
    `  cluster-os seed create --cluster ${name} -o seed.yml`,
    'copy seed.yml to /etc/cluster-os/seed.yml there (or to the stick it is installed from),',
    'and start its agent.',
  )
  return lines.map((line) => `${escapeLine(line)}\n`).join('')
}

async function rotateRoot(flags: ClusterFlags, context: CommandContext): Promise<void> {
  const folder = operatorFolder(flags, context)
  const cluster = folder.cluster()
  const number = cluster.rotations.length + 1
  const file =
    flags.newRootKey === undefined
      ? folder.rootKeyFile(number)
      : absentFolder(resolve(flags.newRootKey))
  refuseOverwrite([file, folder.rotationFile(number)], flags.force === true)
  const before = await rootHand(folder, cluster, flags, context)
  const password = await newPasswordOf(
    'new root key',
    flags.newPasswordFile,
    '--new-password-file',
    context,
  )
  const next = newSecret()
  const rotation = makeRotation(before, next, number)
  putRootKey(file, sealKey('root', next, password), context)
  // Before the cluster counts as rotated: members take nothing by the new key without it.
  putPrivate(folder.rotationFile(number), rotation.bytes)
  folder.keepCluster({ ...cluster, rotations: [...cluster.rotations, rotation] })
  context.write(`the root key of ${cluster.name} is now ${escapeLine(file)}\n`)
  tellHandOut(folder.rotationFile(number), context)
}

/** One that stands there is the only key of a cluster perhaps, so not even --force replaces it. */
function putRootKey(file: string, text: string, context: CommandContext): void {
  const aside = setAside(file, nowS())
  if (aside !== undefined) {
    context.write(`the root key that was at ${escapeLine(file)} is now ${escapeLine(aside)}\n`)
  }
  putPrivate(file, Buffer.from(text))
}

export function newSecret(): Uint8Array {
  return new Uint8Array(randomBuffer(SEED_BYTES))
}
