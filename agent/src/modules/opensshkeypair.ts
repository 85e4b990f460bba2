// openssh_keypair: a private key and its public one, made by ssh-keygen on the host. Not here: keys
// of accounts (userkey.ts), passphrases, and what a public key says of itself (publickey.ts).
import { posix } from 'node:path'
import * as z from 'zod'
import type { Change, Effect } from '../host/change.ts'
import { removePath, setAttributes } from '../host/files.ts'
import type { Host } from '../host/host.ts'
import { quoteWords } from '../host/quote.ts'
import { Unknown } from '../value/value.ts'
import { attributeDiff, attributeParams, planAttributes } from './attributes.ts'
import { makeKeys, type PairFiles } from './keymaking.ts'
import { type Diff, defineModule, known, type ModuleContext, type Outcome } from './module.ts'
import { bool, choice, int, path, text, unsafeWrites } from './params.ts'
import { findProgram, missingProgram } from './programs.ts'
import { type PublicKey, parsePublicKey, publicFields } from './publickey.ts'
import { planTextFile } from './textfile.ts'

/** Bits of a key where the task names none; an Ed25519 key has no other size (RFC 8032). */
const SIZES = { rsa: 4096, dsa: 1024, ecdsa: 256, ed25519: 256 } as const

const schema = z.object({
  path: path().describe('the private key; the public one is beside it, with .pub'),
  state: choice(['present', 'absent']).default('present').describe('whether the keys are there'),
  type: choice(['rsa', 'dsa', 'ecdsa', 'ed25519']).default('rsa').describe('kind of key'),
  size: int().optional().describe('bits: 4096 for rsa, 256 for ecdsa; ed25519 has its own'),
  comment: text().optional().describe('comment of the public key; what is there stays without it'),
  force: bool().default(false).describe('make new keys whatever is there'),
  regenerate: choice(['never', 'fail', 'partial_idempotence', 'full_idempotence', 'always'])
    .default('partial_idempotence')
    .describe('what to do with a key of another type or size, or one that cannot be read'),
  backend: choice(['auto', 'opensshbin']).default('auto').describe('accepted; it is ssh-keygen'),
  private_key_format: choice(['auto', 'ssh']).default('auto').describe('accepted; it is ssh'),
  unsafe_writes: unsafeWrites(),
  ...attributeParams,
})

type Params = z.output<typeof schema>

export const opensshKeypair = defineModule({
  name: 'openssh_keypair',
  summary: 'Make an SSH key pair.',
  params: schema,
  effect: 'changes',
  returns: {
    filename: 'the private key',
    type: 'kind of key',
    size: 'its bits, as wanted',
    public_key: 'the public key without its comment',
    fingerprint: 'SHA256 of the public key',
    comment: 'comment of the public key',
  },
  examples: `- community.crypto.openssh_keypair:
    path: /etc/ssh/ssh_host_rsa_key
    size: 4096`,
  notes: [
    'ssh-keygen reads no private key that others may read; such a key counts as unreadable.',
    'A key with a passphrase counts as unreadable, and none is made with one.',
  ],
  probe: async (params, context): Promise<Outcome> => {
    const size = params.type === 'ed25519' ? SIZES.ed25519 : (params.size ?? SIZES[params.type])
    const refused = refusalOf(params, size)
    if (refused !== undefined) return { failure: refused }
    const tool = await findProgram(context.host, ['ssh-keygen'])
    if (tool === undefined) return missingProgram('ssh-keygen')
    const [key, pub] = await Promise.all([
      context.host.stat(params.path),
      context.host.stat(`${params.path}.pub`),
    ])
    const files = { path: params.path, key: known(key), pub: known(pub) }
    if (files.key?.type === 'directory') return { failure: `${params.path} is a directory` }
    const isGone = params.state === 'absent'
    // Nothing depends on what goes, or is made anew in any case.
    const isOpen = isGone && context.host.isPlanned([params.path])
    const isRead = files.key !== null && !isOpen && !isForced(params)
    const found = isRead ? await readKey(context.host, params.path) : undefined
    return isGone ? remove(params, size, files, found) : plan(params, size, context, files, found)
  },
})

function isForced({ force, regenerate }: Params): boolean {
  return force || regenerate === 'always'
}

function refusalOf({ type, comment = '' }: Params, size: number): string | undefined {
  if (/[\r\n]/.test(comment)) return 'comment is one line'
  if (type === 'rsa' && size < 1024) return 'an rsa key has 1024 bits or more'
  if (type === 'dsa' && size !== 1024) return 'a dsa key has 1024 bits'
  if (type === 'ecdsa' && ![256, 384, 521].includes(size)) {
    return 'an ecdsa key has 256, 384 or 521 bits'
  }
  return undefined
}

/** What check mode believes of keys that this run makes. */
function plannedKey({ path, type }: Params, size: number, comment: string): Effect {
  return { kind: 'state', key: stateKey(path), value: JSON.stringify({ type, size, comment }) }
}

function stateKey(path: string): string {
  return `openssh_keypair ${path}`
}

/** A key that is there, or one that check mode believes and that has no blob yet. */
type Found = Pick<PublicKey, 'type' | 'size' | 'comment'> & { readonly own?: PublicKey }

/** Undefined when it cannot be read. */
async function readKey(host: Host, path: string): Promise<Found | undefined> {
  const planned = host.planned(stateKey(path))
  if (planned !== undefined) return JSON.parse(planned) as Found
  if (host.isPlanned([path])) known(new Unknown(`${path} is written before`, host.name))
  const words = ['ssh-keygen', '-y', '-P', '', '-f', path]
  const answer = await host.ask(`LC_ALL=C ${quoteWords(words)} </dev/null`)
  const own = answer.rc === 0 ? parsePublicKey(answer.stdout.toString('utf8')) : undefined
  return own === undefined ? undefined : { ...own, own }
}

async function plan(
  params: Params,
  size: number,
  context: ModuleContext,
  files: PairFiles,
  found: Found | undefined,
): Promise<Outcome> {
  const { host } = context
  const isWrong = found !== undefined && (found.type !== params.type || found.size !== size)
  if (files.key !== null && !isForced(params)) {
    if (found === undefined && params.regenerate !== 'full_idempotence') {
      return {
        failure: `${params.path} cannot be read: broken, open to others or with a passphrase`,
      }
    }
    if (isWrong && params.regenerate === 'fail') {
      const words = `${found.type} with ${found.size} bits, not ${params.type} with ${size}`
      return { failure: `${params.path} is ${words}` }
    }
    const isLeft = found !== undefined && (!isWrong || params.regenerate === 'never')
    if (isLeft) return keep(params, size, context, files, found)
  }
  const parent = known(await host.stat(posix.dirname(params.path), { follow: true }))
  if (parent?.type !== 'directory') {
    return { failure: `${posix.dirname(params.path)} is not a directory` }
  }
  const comment = params.comment ?? ''
  const wish = { ...params, size, comment }
  const made = await makeKeys(host, wish, files, plannedKey(params, size, comment))
  return {
    changes: [made],
    result: { ...common(params, size), comment, ...(host.isOverlay ? notYet(host) : {}) },
    finish: (ran) => {
      const key = parsePublicKey(ran.at(-1)?.stdout.toString('utf8') ?? '')
      return key === undefined ? {} : { result: publicFields(key) }
    },
  }
}

function common({ path, type }: Params, size: number): Record<string, unknown> {
  return { filename: path, type, size }
}

function notYet(host: Host): Record<string, unknown> {
  const unknown = new Unknown('the key is not made yet', host.name)
  return { public_key: unknown, fingerprint: unknown }
}

/** The key stays; its comment, public half, owner and mode become as wanted. */
async function keep(
  params: Params,
  size: number,
  context: ModuleContext,
  files: PairFiles,
  found: Found,
): Promise<Outcome> {
  const written =
    found.own === undefined
      ? planComment(params, context.host, files, found)
      : await planPublic(params, context, files, found.own)
  if ('failure' in written) return { failure: written.failure }
  const changes = [...written.changes]
  const diffs = [...written.diffs]
  const states = [
    [files.path, files.key],
    [`${files.path}.pub`, files.pub],
  ] as const
  for (const [at, state] of states) {
    if (state === null) continue
    const plan = await planAttributes(context.host, at, state, params, true)
    if (plan.wish === undefined) continue
    changes.push(setAttributes(plan.wish))
    diffs.push(attributeDiff(at, plan.before, plan.wanted))
  }
  const key = found.own === undefined ? notYet(context.host) : publicFields(found.own)
  return { changes, diffs, result: { ...common(params, size), ...key, comment: written.comment } }
}

type Written =
  | {
      readonly changes: readonly Change[]
      readonly diffs: readonly Diff[]
      readonly comment: string
    }
  | { readonly failure: string }

/** Only keys of OpenSSH's own format hold a comment; for others it is in the public key alone. */
function commentChange(path: string, comment: string, effects: readonly Effect[]): Change {
  const words = ['ssh-keygen', '-q', '-c', '-C', comment, '-P', '', '-f', path]
  const script = `${quoteWords(words)} </dev/null >/dev/null 2>&1 || :`
  return { summary: `write the comment of ${path}`, script, effects }
}

/** The comment of a key that only check mode knows. */
function planComment(params: Params, host: Host, { path, pub }: PairFiles, found: Found): Written {
  if (pub === null) known(new Unknown(`${path}.pub is not made yet`, host.name))
  const { comment = found.comment } = params
  if (comment === found.comment) return { changes: [], diffs: [], comment }
  const effect = plannedKey({ ...params, type: found.type as Params['type'] }, found.size, comment)
  return { changes: [commentChange(path, comment, [effect])], diffs: [], comment }
}

/** The public key of the private one, with its comment. */
async function planPublic(
  params: Params,
  context: ModuleContext,
  { path, pub }: PairFiles,
  own: PublicKey,
): Promise<Written> {
  const file = `${path}.pub`
  const there = parsePublicKey(known(await context.host.read(file))?.toString('utf8') ?? '')
  const isOwn = there?.blob === own.blob
  const comment = params.comment ?? (isOwn ? there.comment : '')
  const isNew = params.comment !== undefined && comment !== (there?.comment ?? '')
  const changes = isNew ? [commentChange(path, comment, [])] : []
  if (isOwn && comment === there.comment) return { changes, diffs: [], comment }
  const text = `${own.algorithm} ${own.blob} ${comment}\n`
  const mode = params.mode ?? (pub === null ? '0644' : undefined)
  const plan = await planTextFile(context, { path: file, text, mode })
  if (plan.failure !== undefined) return { failure: plan.failure }
  return { changes: [...changes, ...plan.changes], diffs: plan.diffs, comment }
}

function remove(
  params: Params,
  size: number,
  { path, key, pub }: PairFiles,
  found: Found | undefined,
): Outcome {
  const changes: Change[] = []
  if (key !== null) changes.push(removePath(path, false))
  if (pub !== null) changes.push(removePath(`${path}.pub`, false))
  const none = { public_key: '', fingerprint: '', comment: '' }
  const fields = found?.own === undefined ? none : publicFields(found.own)
  return { changes, result: { ...common(params, size), ...fields } }
}
