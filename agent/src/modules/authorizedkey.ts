// authorized_key: public keys that may log in as a user. Lines that are no keys stay as they are.
import { posix } from 'node:path'
import * as z from 'zod'
import type { Change } from '../host/change.ts'
import { makeFolder, setAttributes } from '../host/files.ts'
import type { UserState } from '../host/host.ts'
import { attributeFields, planAttributes } from './attributes.ts'
import { planContent, stage } from './content.ts'
import { linesOf } from './editing.ts'
import { defineModule, known, type ModuleContext, type Outcome } from './module.ts'
import { bool, choice, path, text } from './params.ts'

const schema = z.object({
  user: text().describe('the account that the keys are for'),
  key: text().describe('a public key, or several, each in a line'),
  state: choice(['present', 'absent']).default('present').describe('whether the keys are there'),
  exclusive: bool().default(false).describe('all other keys go'),
  key_options: text().optional().describe('options before the key, such as from="10.0.0.0/8"'),
  comment: text().optional().describe('the comment after the key, instead of its own'),
  path: path().optional().describe('the file, instead of ~/.ssh/authorized_keys of the user'),
  manage_dir: bool().default(true).describe('make the folder of the file, and set its mode'),
  follow: bool().default(false).describe('write the target of a link, not the link'),
  validate_certs: bool().default(true).describe('accepted; an address as key is refused'),
})

type Params = z.output<typeof schema>

export const authorizedKey = defineModule({
  name: 'authorized_key',
  summary: 'Manage the public keys that may log in as a user.',
  params: schema,
  effect: 'changes',
  returns: { keyfile: 'the file', user: 'as given', key: 'as given', state: 'as given' },
  examples: `- authorized_key:
    user: deploy
    key: "{{ lookup('file', 'deploy.pub') }}"
    exclusive: true`,
  probe: async (params, context): Promise<Outcome> => {
    if (/^\s*(https?|ftp|file):\/\//.test(params.key)) {
      return { failure: 'key cannot be an address: fetch the keys first, and give their text' }
    }
    const wanted = keysIn(params)
    const wrong = wanted.find((key) => typeof key === 'string')
    if (typeof wrong === 'string') return { failure: `invalid key specified: ${wrong}` }
    const user = known(await context.host.user(params.user))
    if (user === null) return { failure: `Failed to lookup user ${params.user}` }
    const file = params.path ?? posix.join(user.home, '.ssh/authorized_keys')
    const content = known(await context.host.read(file))?.toString('utf8') ?? ''
    const after = edit(params, content, wanted as PublicKey[])
    const result = { ...params, keyfile: file }
    if (after === content) {
      const there = known(await context.host.stat(file))
      return { result: { ...result, ...(there === null ? {} : attributeFields(there)) } }
    }
    return write(params, context, { file, after, user, result })
  },
})

interface PublicKey {
  readonly options: string
  readonly type: string
  readonly blob: string
  readonly comment: string
}

const TYPES = /^(ssh-(ed25519|rsa|dss)|ecdsa-sha2-nistp\d+|(sk-)?(ssh|ecdsa)-[\w-]+@openssh\.com)$/

/** Options may hold blanks within quotes, so the type is the first word that is one. */
function parseKey(line: string): PublicKey | undefined {
  const words = line.trim().match(/(?:"(?:\\.|[^"\\])*"|[^\s"])+/g) ?? []
  const at = words.findIndex((word) => TYPES.test(word))
  const type = words[at]
  const blob = words[at + 1]
  if (at < 0 || at > 1 || type === undefined || blob === undefined) return undefined
  if (!/^[A-Za-z0-9+/]+=*$/.test(blob)) return undefined
  const options = at === 0 ? '' : (words[0] ?? '')
  return { options, type, blob, comment: words.slice(at + 2).join(' ') }
}

function keysIn(params: Params): (PublicKey | string)[] {
  const lines = params.key.split('\n').map((line) => line.trim())
  return lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const key = parseKey(line)
      if (key === undefined) return line
      const { key_options: options = key.options, comment = key.comment } = params
      return { ...key, options, comment }
    })
}

function lineOf({ options, type, blob, comment }: PublicKey): string {
  return `${[options, type, blob, comment].filter((word) => word !== '').join(' ')}\n`
}

function isSame(a: PublicKey, b: PublicKey): boolean {
  return lineOf(a) === lineOf(b)
}

function edit(params: Params, before: string, wanted: readonly PublicKey[]): string {
  const has = (key: PublicKey | undefined, among: readonly PublicKey[]): boolean =>
    key !== undefined && among.some(({ type, blob }) => type === key.type && blob === key.blob)
  const lines = linesOf(before)
  if (params.state === 'absent') {
    return lines.filter((line) => !has(parseKey(line), wanted)).join('')
  }
  const left = [...wanted]
  const kept: string[] = []
  for (const line of lines) {
    const key = parseKey(line)
    const at = left.findIndex((wish) => key !== undefined && has(key, [wish]))
    const wish = left[at]
    if (key === undefined) kept.push(line)
    else if (wish !== undefined) {
      kept.push(isSame(key, wish) ? line : lineOf(wish))
      left.splice(at, 1)
    } else if (has(key, wanted)) continue
    else if (!params.exclusive) kept.push(line)
  }
  const last = kept.at(-1)
  if (left.length > 0 && last !== undefined && !last.endsWith('\n')) kept.push('\n')
  return [...kept, ...left.map(lineOf)].join('')
}

interface Writing {
  readonly file: string
  readonly after: string
  readonly user: UserState
  readonly result: Record<string, unknown>
}

/** The file belongs to the user and is nobody else's to read; so is its folder when managed. */
async function write(
  params: Params,
  context: ModuleContext,
  { file, after, user, result }: Writing,
): Promise<Outcome> {
  const { host } = context
  const above: Change[] = []
  const folder = posix.dirname(file)
  const state = known(await host.stat(folder, { follow: true }))
  const team = known(await host.group(String(known(user.gid))))?.name ?? String(known(user.gid))
  const owner = { owner: user.name, group: team }
  if (params.manage_dir) {
    const ids = { uid: user.uid, gid: user.gid, ...owner }
    const identity = await host.identity()
    if (state === null) above.push(makeFolder({ ...ids, path: folder, mode: 0o700, identity }))
    else {
      const wish = { ...owner, mode: '0700' }
      const plan = await planAttributes(host, folder, state, wish, true)
      if (plan.wish !== undefined) above.push(setAttributes(plan.wish))
    }
  } else if (state === null) return { failure: `the folder ${folder} does not exist` }
  const wish = {
    ...owner,
    mode: '0600',
    path: file,
    content: Buffer.from(after, 'utf8'),
    source: file,
    hasBackup: false,
    validate: undefined,
    isFollowed: params.follow,
    isForced: true,
  }
  const plan = await planContent(await stage(context, above), wish)
  if (plan.failure !== undefined) return { failure: plan.failure }
  const fields = attributeFields(plan.after)
  return {
    changes: [...above, ...plan.changes],
    diffs: plan.diffs,
    result: { ...result, ...fields },
  }
}
