// known_hosts: the keys by which SSH knows a host again.
import { createHmac } from 'node:crypto'
import * as z from 'zod'
import { namesMatch } from '../host/known-hosts.ts'
import { randomToken } from '../sys/random.ts'
import { linesOf, planEdit } from './editing.ts'
import { defineModule, known, type Outcome } from './module.ts'
import { bool, choice, path, text } from './params.ts'

const schema = z.object({
  name: text().describe('the host, as [NAME]:PORT for a port of its own'),
  key: text().optional().describe('the line of the file: names, type and key'),
  path: path().default('~/.ssh/known_hosts').describe('the file on the host'),
  hash_host: bool().default(false).describe('keep the name as a digest'),
  state: choice(['present', 'absent']).default('present').describe('whether the key is there'),
})

type Params = z.output<typeof schema>

export const knownHosts = defineModule({
  name: 'known_hosts',
  summary: 'Manage the keys by which SSH knows a host again.',
  params: schema,
  aliases: { host: 'name' },
  effect: 'changes',
  returns: { name: 'as given', key: 'as given', path: 'the file', state: 'as given' },
  examples: `- known_hosts:
    name: git.example.org
    key: "git.example.org ssh-ed25519 AAAAC3..."
    path: /etc/ssh/ssh_known_hosts`,
  probe: async (params, context): Promise<Outcome> => {
    const { host } = context
    const file = params.path.replace(/^~(?=\/)/, (await host.identity()).home)
    const key = params.key === undefined ? undefined : parseLine(params.key.trim())
    const refused = refuse(params, key)
    if (refused !== undefined) return { failure: refused }
    const state = known(await host.stat(file, { follow: true }))
    const content = known(await host.read(file)) ?? Buffer.alloc(0)
    const before = content.toString('utf8')
    const after =
      params.state === 'absent' ? without(params, key, before) : put(params, key, before)
    const result = { ...params, path: file, key: params.key ?? null }
    if (state === null && after === before) return { result }
    const wish = { path: file, state, content: Buffer.from(after, 'utf8'), hasBackup: false }
    const { outcome, fields } = await planEdit(context, { ...wish, message: '' })
    return { ...outcome, result: { ...result, ...fields } }
  },
})

interface Line {
  readonly marker: string
  readonly names: string
  readonly type: string
  readonly blob: string
  readonly rest: string
}

function parseLine(line: string): Line | undefined {
  const words = line.trim().split(/\s+/)
  const marker = words[0]?.startsWith('@') === true ? (words.shift() ?? '') : ''
  const [names, type, blob, ...rest] = words
  if (names === undefined || type === undefined || blob === undefined) return undefined
  if (names.startsWith('#')) return undefined
  return { marker, names, type, blob, rest: rest.join(' ') }
}

function refuse(params: Params, key: Line | undefined): string | undefined {
  if (params.key === undefined) {
    return params.state === 'present' ? 'No key specified when adding a host' : undefined
  }
  if (key === undefined) return `key is a line with names, type and key, not ${params.key}`
  if (/[\r\n]/.test(params.key.trim())) return 'key is one line'
  return namesMatch(key.names, params.name.toLowerCase())
    ? undefined
    : `Host parameter "${params.name}" does not match hashed host field "${key.names}"`
}

function isOf(params: Params, line: Line | undefined): line is Line {
  return line !== undefined && namesMatch(line.names, params.name.toLowerCase())
}

function without(params: Params, key: Line | undefined, before: string): string {
  const isGone = (line: Line | undefined): boolean =>
    isOf(params, line) && (key === undefined || line.blob === key.blob)
  return linesOf(before)
    .filter((line) => !isGone(parseLine(line)))
    .join('')
}

/** The key takes the place of another one of its type; a name in clear text is hashed if wanted. */
function put(params: Params, key: Line | undefined, before: string): string {
  if (key === undefined) return before
  const lines = linesOf(before)
  const at = lines.findIndex((text) => {
    const line = parseLine(text)
    return isOf(params, line) && line.type === key.type && line.marker === key.marker
  })
  const found = parseLine(lines[at] ?? '')
  const isHashed = found?.names.startsWith('|1|') === true
  if (found?.blob === key.blob && isHashed === params.hash_host) return before
  const kept = lines.filter((_, index) => index !== at)
  const last = kept.at(-1)
  if (last !== undefined && !last.endsWith('\n')) kept[kept.length - 1] = `${last}\n`
  return `${kept.join('')}${spelled(params, key)}\n`
}

function spelled(params: Params, key: Line): string {
  const names = params.hash_host && !key.names.startsWith('|1|') ? hashed(params.name) : key.names
  return [key.marker, names, key.type, key.blob, key.rest].filter((word) => word !== '').join(' ')
}

/** `|1|salt|digest`, as ssh-keygen -H writes a name. */
function hashed(name: string): string {
  const salt = Buffer.from(randomToken(20), 'hex')
  const digest = createHmac('sha1', salt).update(name.toLowerCase()).digest('base64')
  return `|1|${salt.toString('base64')}|${digest}`
}
