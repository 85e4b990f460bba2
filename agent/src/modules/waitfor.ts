// wait_for: until a port answers, a path is there, or a time has passed. The waiting is done on the
// host, in one command.
import * as z from 'zod'
import { quoteWord, quoteWords } from '../host/quote.ts'
import { Unknown } from '../value/value.ts'
import { attributeFields } from './attributes.ts'
import { defineModule } from './module.ts'
import { choice, int, path, text, words } from './params.ts'

const schema = z.object({
  host: text().default('127.0.0.1').describe('name or address, seen from the host'),
  port: int().optional().describe('TCP port'),
  path: path().optional().describe('a path on the host'),
  state: choice(['started', 'present', 'stopped', 'absent', 'drained'])
    .default('started')
    .describe('what is waited for'),
  timeout: int().default(300).describe('seconds'),
  delay: int().default(0).describe('seconds before the first look'),
  sleep: int().default(1).describe('seconds between looks'),
  connect_timeout: int().default(5).describe('seconds that one look may take'),
  search_regex: text().optional().describe('extended regular expression to find in the file'),
  active_connection_states: words()
    .default(['ESTABLISHED', 'FIN_WAIT1', 'FIN_WAIT2', 'SYN_RECV', 'SYN_SENT', 'TIME_WAIT'])
    .describe('states of connections that drained waits for'),
  exclude_hosts: words().default([]).describe('addresses whose connections drained passes over'),
  msg: text().optional().describe('what to say when it did not come'),
})

type Params = z.output<typeof schema>

export const waitFor = defineModule({
  name: 'wait_for',
  summary: 'Wait for a port, a path or a time.',
  params: schema,
  effect: 'runs',
  returns: { elapsed: 'seconds waited', port: 'as given', path: 'as given', state: 'as given' },
  examples: `- wait_for:
    port: 6817
    timeout: 60`,
  probe: (params, { host }) => {
    if (params.port !== undefined && params.path !== undefined) {
      return { failure: 'port and path parameter can not both be passed to wait_for' }
    }
    if (params.state === 'drained' && params.port === undefined) {
      return {
        failure: 'state drained needs a port',
      }
    }
    const result = { port: params.port, path: params.path, state: params.state }
    return {
      run: { script: script(params), limitMs: (params.timeout + params.delay + 30) * 1000 },
      isChanged: false,
      finish: async ([ran]) => {
        const elapsed = Number.parseInt(ran?.stdout.toString('latin1') ?? '', 10) || 0
        const rest = Object.fromEntries(
          Object.entries(result).filter(([, value]) => value !== undefined),
        )
        if (ran?.rc === 0) {
          const there =
            params.path === undefined ? null : await host.stat(params.path, { follow: true })
          const found = there === null || there instanceof Unknown ? {} : attributeFields(there)
          return { result: { ...rest, ...found, elapsed } }
        }
        return { result: { elapsed }, failure: params.msg ?? timeoutMessage(params, host.name) }
      },
    }
  },
})

function timeoutMessage(params: Params, host: string): string {
  if (params.port !== undefined) return `Timeout when waiting for ${params.host}:${params.port}`
  if (params.search_regex !== undefined) {
    return `Timeout when waiting for search string ${params.search_regex} in ${params.path}`
  }
  return params.path === undefined
    ? `Timeout on ${host}`
    : `Timeout when waiting for file ${params.path}`
}

/** Looks, sleeps, looks again; prints the seconds that passed. */
function script(params: Params): string {
  const isWanted = params.state === 'started' || params.state === 'present'
  const begin = 's=$(date +%s); e() { echo $(( $(date +%s) - s )); }'
  if (params.port === undefined && params.path === undefined) {
    return `${begin}; sleep ${params.delay || params.timeout}; e`
  }
  const test =
    params.state === 'drained'
      ? drained(params)
      : isWanted
        ? look(params)
        : `! { ${look(params)}; }`
  return [
    begin,
    `sleep ${params.delay}`,
    `while :; do { ${test}; } >/dev/null 2>&1 && { e; exit 0; }`,
    `[ "$(e)" -ge ${params.timeout} ] && { e; exit 1; }`,
    `sleep ${params.sleep}; done`,
  ].join('\n')
}

function look(params: Params): string {
  if (params.port === undefined) {
    const file = quoteWord(params.path ?? '')
    if (params.search_regex === undefined) return `[ -e ${file} ]`
    return `grep -E -q -e ${quoteWord(params.search_regex)} -- ${file}`
  }
  const [target, port] = [quoteWord(params.host), String(params.port)]
  const limit = `timeout ${params.connect_timeout}`
  // bash has sockets of its own; where there is no bash, nc or python3 serves.
  return [
    `if command -v bash >/dev/null; then ${limit} bash -c 'exec 3<>"/dev/tcp/$0/$1"' ${target} ${port}`,
    `elif command -v nc >/dev/null; then ${limit} nc -z ${target} ${port}`,
    `else ${limit} python3 -c 'import socket,sys; socket.create_connection((sys.argv[1], int(sys.argv[2])))' ${target} ${port}; fi`,
  ].join('; ')
}

/** Numbers of the kernel's table of connections, from <netinet/tcp.h>. */
const CONNECTION_STATES: Readonly<Record<string, string>> = {
  ESTABLISHED: '01',
  SYN_SENT: '02',
  SYN_RECV: '03',
  FIN_WAIT1: '04',
  FIN_WAIT2: '05',
  TIME_WAIT: '06',
  CLOSE_WAIT: '08',
  LAST_ACK: '09',
  CLOSING: '0B',
}

/**
 * True once no connection of the port is in such a state. The table has addresses as hexadecimal
 * numbers in the order of the machine's bytes, which the programs of the image turn.
 */
function drained(params: Params): string {
  const port = (params.port ?? 0).toString(16).toUpperCase().padStart(4, '0')
  const states = params.active_connection_states.map((name) => CONNECTION_STATES[name] ?? name)
  const isAny = ['0.0.0.0', '::', '127.0.0.1'].includes(params.host)
  const own = isAny ? '' : addressHex(params.host)
  const excluded = params.exclude_hosts.map(addressHex)
  const program = [
    'BEGIN { split(S, s, ","); for (i in s) st[s[i]] = 1; split(X, x, ","); for (i in x) ex[x[i]] = 1 }',
    '{ n = split($2, l, ":"); split($3, r, ":") }',
    'l[2] == P && ($4 in st) && !(r[1] in ex) && (H == "" || l[1] == H) { found = 1 }',
    'END { exit found }',
  ].join('\n')
  const values = ['-v', `P=${port}`, '-v', `S=${states.join(',')}`, '-v', `X=${excluded.join(',')}`]
  const words = quoteWords(['awk', ...values, '-v', `H=${own}`, program])
  return `cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | ${words}`
}

/** An IPv4 address as the kernel's table on a little-endian machine has it. */
function addressHex(address: string): string {
  const parts = address.split('.')
  if (parts.length !== 4) return address
  return parts
    .toReversed()
    .map((part) => Number(part).toString(16).toUpperCase().padStart(2, '0'))
    .join('')
}
