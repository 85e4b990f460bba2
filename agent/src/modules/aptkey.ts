// apt_key: keys that apt trusts for every source, by the program apt-key, which newer systems no
// longer have. Not here: keys of one source (deb822.ts).
import * as z from 'zod'
import type { Change } from '../host/change.ts'
import type { Host } from '../host/host.ts'
import { quoteWord, quoteWords } from '../host/quote.ts'
import { fetchScript } from './fetching.ts'
import { defineModule, type Outcome } from './module.ts'
import { bool, choice, path, text } from './params.ts'
import { findProgram } from './programs.ts'

const schema = z.object({
  id: text().optional().describe('id or fingerprint of the key'),
  data: text().optional().describe('the key itself, in ASCII'),
  file: path().optional().describe('a file on the host that holds the key'),
  url: text().optional().describe('where the host fetches the key'),
  keyserver: text().optional().describe('server that the host asks for id'),
  keyring: path().optional().describe('file that holds the keys'),
  validate_certs: bool().default(true).describe('whether the certificate of url is checked'),
  state: choice(['present', 'absent']).default('present').describe('whether the key is trusted'),
})

type Params = z.output<typeof schema>

export const aptKey = defineModule({
  name: 'apt_key',
  summary: 'Add or remove keys that apt trusts.',
  params: schema,
  effect: 'changes',
  returns: {
    id: 'id of the key as it was given',
    key_id: 'long id of the key',
    short_id: 'its last eight digits',
    fp: 'its fingerprint, where it was given',
    before: 'ids of the keys before',
    after: 'ids of the keys afterwards',
  },
  examples: `- apt_key:
    url: https://example.org/key.asc
    state: present`,
  notes: [
    'Works where apt-key is; Debian 13 has none, and deb822_repository with signed_by is the way.',
  ],
  probe: async (params, { host }) => {
    const given = [params.data, params.file, params.url, params.keyserver]
    if (given.filter((value) => value !== undefined).length > 1) {
      return { failure: 'data, file, url and keyserver exclude each other' }
    }
    if ((await findProgram(host, ['apt-key'])) === undefined) {
      return {
        failure: `${host.name} has no apt-key; use deb822_repository with signed_by, or copy the key to /etc/apt/keyrings`,
      }
    }
    if (params.id !== undefined && !/^(0x)?[0-9a-f]+$/i.test(params.id)) {
      return { failure: `id is no hexadecimal number: ${params.id}` }
    }
    return params.state === 'present' ? add(params, host) : remove(params, host)
  },
})

/** Full ids of the keys that are trusted now, main keys and their fingerprints. */
async function trusted(params: Params, host: Host): Promise<readonly string[]> {
  const planned = host.planned(stateKey(params))
  if (planned !== undefined) return planned.split(' ').filter((id) => id !== '')
  const answer = await host.ask(
    `LC_ALL=C apt-key ${keyringWords(params)}adv --with-colons --list-public-keys --keyid-format=long 2>/dev/null`,
  )
  return keysIn(answer.stdout.toString('utf8'))
}

function stateKey(params: Params): string {
  return `apt-key ${params.keyring ?? ''}`
}

function keyringWords(params: Params): string {
  return params.keyring === undefined ? '' : `--keyring ${quoteWord(params.keyring)} `
}

/** Fingerprints, of which the last 16 and 8 digits are the ids; of subkeys too. */
function keysIn(listing: string): string[] {
  return [...listing.matchAll(/^fpr:+([0-9A-F]+):/gm)].map(([, id = '']) => id)
}

function has(keys: readonly string[], id: string): boolean {
  return keys.some((key) => key.endsWith(id))
}

function plainId(id: string): string {
  return id.toUpperCase().replace(/^0X/, '')
}

async function add(params: Params, host: Host): Promise<Outcome> {
  const now = await trusted(params, host)
  const own = params.id === undefined ? undefined : plainId(params.id)
  if (own !== undefined && has(now, own)) return { result: fields(own, now, now) }
  if (params.keyserver !== undefined) {
    if (own === undefined) return { failure: 'keyserver needs id' }
    const script = `apt-key ${keyringWords(params)}adv --no-tty --keyserver ${quoteWord(params.keyserver)} --recv ${quoteWord(own)}`
    return planned(params, script, own, now, [...now, own])
  }
  const source = sourceScript(params)
  if (source === undefined) return { failure: 'one of data, file, url and keyserver is required' }
  const shown = await host.ask(
    `${source} | LC_ALL=C gpg --batch --with-colons --import-options show-only --import 2>/dev/null`,
    60_000,
  )
  const found = keysIn(shown.stdout.toString('utf8'))
  const id = own ?? found[0]
  if (id === undefined) return { failure: 'no key could be read from what was given' }
  if (own !== undefined && !has(found, own)) {
    return { failure: `the key that was given is not ${own}`, result: { key_id: own } }
  }
  if (found.every((key) => now.includes(key))) return { result: fields(id, now, now) }
  const script = `${source} | apt-key ${keyringWords(params)}add -`
  return planned(params, script, id, now, [...now, ...found])
}

function sourceScript(params: Params): string | undefined {
  if (params.data !== undefined) return `printf '%s\\n' ${quoteWord(params.data)}`
  if (params.file !== undefined) return `cat < ${quoteWord(params.file)}`
  return params.url === undefined ? undefined : fetchScript(params.url, params.validate_certs)
}

async function remove(params: Params, host: Host): Promise<Outcome> {
  if (params.id === undefined) return { failure: 'id is required to remove a key' }
  const id = plainId(params.id)
  const now = await trusted(params, host)
  if (!has(now, id)) return { result: fields(id, now, now) }
  const script = quoteWords(['apt-key', ...ringOf(params), 'del', id.slice(-16)])
  return planned(
    params,
    script,
    id,
    now,
    now.filter((key) => !key.endsWith(id)),
  )
}

function ringOf(params: Params): string[] {
  return params.keyring === undefined ? [] : ['--keyring', params.keyring]
}

function planned(
  params: Params,
  script: string,
  id: string,
  now: readonly string[],
  after: readonly string[],
): Outcome {
  const verb = params.state === 'present' ? 'trust' : 'forget'
  const change: Change = {
    summary: `${verb} the key ${id}`,
    script: `export APT_KEY_DONT_WARN_ON_DANGEROUS_USAGE=1 LC_ALL=C\n${script}`,
    effects: [{ kind: 'state', key: stateKey(params), value: after.join(' ') }],
  }
  return { changes: [change], result: fields(id, now, after) }
}

function fields(id: string, before: readonly string[], after: readonly string[]) {
  return {
    id,
    key_id: id.slice(-16),
    short_id: id.slice(-8),
    ...(id.length === 40 ? { fp: id } : {}),
    before,
    after,
  }
}
