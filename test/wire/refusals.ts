// Spellings that a decoder refuses, each with the reason and why, written out byte for byte in
// hexadecimal digits as docs/PROTOCOL.md has them. Used by refused.test.ts and by generate.ts.
import type { RefusalReason } from '../../agent/src/wire/refusal.ts'
import { ada, adaRecord, bob, hexOf } from './samples.ts'

export interface RefusedSpelling {
  readonly what: 'statement' | 'pair messages' | 'discovery messages'
  readonly reason: RefusalReason
  readonly why: string
  /** In hexadecimal digits. */
  readonly bytes: string
}

type Row = [reason: RefusalReason, why: string, bytes: string]

const A = hexOf(ada.key)
const B = hexOf(bob.key)
const X = hexOf(ada.gossip.publicKey)
const DIGEST = 'd1'.repeat(32)
const SALT = '5a'.repeat(16)
const SIGNATURE = '00'.repeat(64)
const DATE = '000065000000'
const EARLIER = '000064ffffff'
/** The prime 2^255 - 19 and one more, as keys are spelled. */
const PRIME = `ed${'ff'.repeat(30)}7f`
const PRIME_AND_ONE = `ee${'ff'.repeat(30)}7f`
const ORDER_8 = '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'
const MINUS_ONE = `ec${'ff'.repeat(30)}7f`

const size = (hex: string) => hex.length / 2
const digits = (value: number, bytes: number) => value.toString(16).padStart(2 * bytes, '0')
const statement = (kind: number, body: string) =>
  `${digits(kind, 1)}${digits(size(body), 2)}${body}${SIGNATURE}`
const text = (content: string) => {
  const bytes = Buffer.from(content).toString('hex')
  return digits(size(bytes), 1) + bytes
}

const HEAD = `${A}0000` // node id, boot, incarnation
const PLACE = `${SALT}${X}` // salt, gossip key
const NO_FIELDS = '00'
const record = (addresses: string, fields: string) =>
  statement(1, `${HEAD}000101${PLACE}${addresses}${fields}`)
const field = (number: number, bytes: string) =>
  `${digits(number, 1)}${digits(size(bytes), 1)}${bytes}`
const oneField = (number: number, bytes: string) => record('00', `01${field(number, bytes)}`)
const rolesField = (...names: string[]) =>
  oneField(4, digits(names.length, 1) + names.map(text).join(''))
const certificate = (key: string, rights: string) => statement(2, `${key}${DIGEST}${rights}`)
const operator = (name: string) => statement(4, `${A}${DATE}${DATE}${name}`)
const delegation = (mostJoins: string, roles: string) =>
  statement(3, `${A}${DIGEST}${DATE}${DATE}01${mostJoins}0000${roles}${text('x')}`)
const accusation = (boot: string) => statement(7, `${A}${B}${boot}00${DATE}`)
const revocation = (kind: string, mode: string) => statement(6, `${kind}${A}${DATE}${mode}${B}`)

const STATEMENTS: readonly Row[] = [
  ['truncated', 'no byte', ''],
  ['kind', 'kind 0', statement(0, '')],
  ['kind', 'kind 9', statement(9, '00')],
  ['leftover', 'a byte after the signature', `${accusation('00')}00`],
  ['truncated', 'a signature of 63 bytes', accusation('00').slice(0, -2)],
  ['bound', 'a body of 574 bytes', statement(4, '00'.repeat(574))],
  ['leftover', 'a byte after the last field of a body', statement(7, `${A}${B}0000${DATE}00`)],
  ['truncated', 'a body that lacks its last byte', statement(7, `${A}${B}0000${DATE.slice(2)}`)],
  ['varint', 'a zero in two bytes', accusation('8000')],
  ['varint', 'a one in three bytes', accusation('818000')],
  ['bound', 'a boot of 2^48', accusation('80808080808040')],
  ['bound', 'a boot of 2^63', accusation('80808080808080808001')],
  ['bound', 'a boot in eight bytes', accusation('8080808080808001')],
  ['key', 'a node id of the prime', certificate(PRIME, '00')],
  ['key', 'a node id one above the prime', certificate(PRIME_AND_ONE, '00')],
  ['key', 'the prime with a sign', certificate(`${PRIME.slice(0, -2)}ff`, '00')],
  ['key', 'a node id of order 1', certificate(`01${'00'.repeat(31)}`, '00')],
  ['key', 'a node id of order 2', certificate(MINUS_ONE, '00')],
  ['key', 'a node id of order 4', certificate('00'.repeat(32), '00')],
  ['key', 'a node id of order 8', certificate(ORDER_8, '00')],
  ['key', 'a node id of order 8 with a sign', certificate(`${ORDER_8.slice(0, -2)}85`, '00')],
  ['flag', 'rights 2', certificate(A, '02')],
  ['text', 'a name with a lone byte of UTF-8', operator('0180')],
  ['text', 'a name with a slash in two bytes', operator('02c0af')],
  ['text', 'a name with half a pair', operator('03eda080')],
  ['text', 'a name with NUL', operator(text('a\u0000'))],
  ['text', 'a name with an escape', operator(text('\u001b[31m'))],
  ['text', 'a name with DEL', operator(text('a\u007f'))],
  ['text', 'a name with a control character of two bytes', operator(text('a\u0085'))],
  ['text', 'a name with a line separator', operator(text('a\u2028b'))],
  ['text', 'a name with a paragraph separator', operator(text('a\u2029b'))],
  ['text', 'a name with the Arabic letter mark', operator(text('a\u061cb'))],
  ['text', 'a name with a mark from left to right', operator(text('a\u200eb'))],
  ['text', 'a name with an override of direction', operator(text('a\u202eb'))],
  ['text', 'a name with an isolate', operator(text('a\u2066b'))],
  ['bound', 'a name of 33 bytes', operator(text('a'.repeat(33)))],
  ['truncated', 'a name longer than its body', operator('05616263')],
  ['order', 'roles of a delegation that fall', delegation('00', `02${text('b')}${text('a')}`)],
  ['text', 'a role of a delegation in capitals', delegation('00', `01${text('A')}`)],
  ['varint', 'most joins in a byte too many', delegation('8500', '00')],
  ['flag', 'a target of kind 0', revocation('00', '00')],
  ['flag', 'a target of kind 4', revocation('04', '00')],
  ['flag', 'mode 2', revocation('01', '02')],
  [
    'key',
    'a node id of order 1 with a sign, to which no x belongs',
    certificate(`01${'00'.repeat(30)}80`, '00'),
  ],
  [
    'key',
    'a node id of order 2 with a sign, to which no x belongs',
    certificate(`${MINUS_ONE.slice(0, -2)}ff`, '00'),
  ],
  ['text', 'an operator without a name', operator('00')],
  ['text', 'a stick without a name', statement(3, `${A}${DIGEST}${DATE}${DATE}010000000000`)],
  [
    'bound',
    'an operator that ends a second before it begins',
    statement(4, `${A}${DATE}${EARLIER}${text('x')}`),
  ],
  [
    'bound',
    'a delegation that ends a second before it begins',
    statement(3, `${A}${DIGEST}${DATE}${EARLIER}0100000000${text('x')}`),
  ],
  ['bound', 'rotation number 0', statement(8, `${A}00${SIGNATURE}`)],
]

const RECORDS: readonly Row[] = [
  ['flag', 'status 3', statement(1, `${HEAD}030101${PLACE}0000`)],
  ['bound', 'a lowest protocol above the highest', statement(1, `${HEAD}000201${PLACE}0000`)],
  ['bound', 'a lowest protocol of 0', statement(1, `${HEAD}000001${PLACE}0000`)],
  [
    'key',
    'a gossip key of the prime less one',
    statement(1, `${HEAD}000101${SALT}${MINUS_ONE}0000`),
  ],
  ['address', 'the address 0.0.0.0', record('0104000000001238', NO_FIELDS)],
  ['address', 'an address of 0.0.0.0/8', record('0104000102031238', NO_FIELDS)],
  ['address', 'the first group of IPv4', record('0104e00000001238', NO_FIELDS)],
  ['address', 'the last group of IPv4', record('0104efffffff1238', NO_FIELDS)],
  ['address', 'the broadcast address', record('0104ffffffff1238', NO_FIELDS)],
  ['address', 'the address ::', record(`0106${'00'.repeat(16)}1238`, NO_FIELDS)],
  ['address', 'a group of IPv6', record(`0106ff02${'00'.repeat(13)}011238`, NO_FIELDS)],
  ['key', 'a gossip key of zeros', statement(1, `${HEAD}000101${SALT}${'00'.repeat(32)}0000`)],
  ['key', 'a gossip key of the prime', statement(1, `${HEAD}000101${SALT}${PRIME}0000`)],
  [
    'key',
    'a gossip key with the highest bit',
    statement(1, `${HEAD}000101${SALT}${'11'.repeat(31)}9100${NO_FIELDS}`),
  ],
  ['address', 'an address of family 5', record('01057f0000011238', NO_FIELDS)],
  ['address', 'an address with port 0', record('01047f0000010000', NO_FIELDS)],
  [
    'address',
    'an IPv4 address within IPv6',
    record(`0106${'00'.repeat(10)}ffff7f0000011238`, NO_FIELDS),
  ],
  ['bound', 'nine addresses', record(`09${'047f0000011238'.repeat(9)}`, NO_FIELDS)],
  ['bound', '33 fields', record('00', `21${numbered(33)}`)],
  ['order', 'fields that fall', record('00', `02${field(10, '1238')}${field(6, '0a000001')}`)],
  ['order', 'a field twice', record('00', `02${field(10, '1238')}${field(10, '1238')}`)],
  ['order', 'a field of number 0', oneField(0, '')],
  ['field', 'field 12', oneField(12, '00')],
  ['field', 'field 127', oneField(127, '')],
  ['truncated', 'a field that goes on after its record', record('00', '018005')],
  ['truncated', 'a hostname that goes on after its record', record('00', '010905046162')],
  ['truncated', 'a WireGuard key of 31 bytes', oneField(1, X.slice(2))],
  ['leftover', 'a WireGuard key of 33 bytes', oneField(1, `${X}00`)],
  [
    'key',
    'a WireGuard key of order 8',
    oneField(1, `5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157`),
  ],
  ['key', 'an SSH user key of order 8', oneField(2, ORDER_8)],
  ['key', 'an SSH host key above the prime', oneField(3, PRIME_AND_ONE)],
  ['bound', 'a field of no roles', rolesField()],
  ['order', 'roles that fall', rolesField('b', 'a')],
  ['order', 'a role twice', rolesField('a', 'a')],
  ['text', 'a role that begins with a digit', rolesField('1a')],
  ['text', 'a role without a letter', rolesField('')],
  ['bound', '17 roles', rolesField(...Array.from({ length: 17 }, (_, index) => letter(index)))],
  ['flag', 'a bit of health that has no name', oneField(5, '40')],
  ['leftover', 'a digest of the agent of 17 bytes', oneField(7, `${SALT}00`)],
  ['truncated', 'details without the last byte of the size', oneField(8, `${SALT}000000`)],
  ['bound', 'details of 16,385 bytes', oneField(8, `${SALT}00004001`)],
  ['text', 'a hostname that is an IPv4 address', oneField(9, text('10.0.0.1'))],
  ['text', 'a hostname of digits', oneField(9, text('42'))],
  ['text', 'a hostname that ends with a number in hexadecimal', oneField(9, text('a.0X7f'))],
  ['text', 'a hostname without a letter', oneField(9, text(''))],
  ['text', 'a hostname with an underscore', oneField(9, text('a_b'))],
  ['text', 'a hostname that ends with a dot', oneField(9, text('a.'))],
  ['text', 'a hostname that begins with a hyphen', oneField(9, text('-a'))],
  ['bound', 'a hostname of 64 bytes', oneField(9, text(`${'a'.repeat(32)}.${'a'.repeat(31)}`))],
  ['truncated', 'a date of leaving in five bytes', oneField(11, '0000000000')],
  ['address', 'a WireGuard port of 0', oneField(10, '0000')],
]

function letter(index: number): string {
  return String.fromCodePoint(0x61 + index)
}

function numbered(count: number): string {
  return Array.from({ length: count }, (_, index) => field(128 + index, '')).join('')
}

const VIEW = '0011223344556677'
const [A_SHORT, B_SHORT] = ['00'.repeat(8), '01'.padEnd(16, '0')]
const UNKNOWN_KIND = statement(99, '00')
const KNOWN = hexOf(adaRecord.bytes)

const PAIR: readonly Row[] = [
  ['empty', 'no message', ''],
  ['truncated', 'a ping without its view', '010001'],
  ['truncated', 'a ping and half an ack', `010001${VIEW}02`],
  ['type', 'a beacon in form 1', `1000${A}0000`],
  ['type', 'a hello in form 1', `1100047f0000011238${'00'.repeat(16)}00`],
  ['bound', '17 statements', `0611${UNKNOWN_KIND.repeat(17)}`],
  ['truncated', 'a statement longer than its message', `0601${UNKNOWN_KIND.slice(2)}`],
  ['bound', 'a statement of 641 bytes', `0601${statement(99, '00'.repeat(574))}`],
  ['bound', '33 wants', `0721${DIGEST.repeat(33)}`],
  ['truncated', '15 buckets', `08${VIEW.repeat(15)}`],
  ['bound', 'bucket 16', '0910000000'],
  ['flag', 'before is 2', '0900020000'],
  ['flag', 'more is 2', '0900000200'],
  ['bound', '65 ids', `0900000041${`${VIEW}00000000`.repeat(65)}`],
  ['order', 'ids that fall', `0900000002${B_SHORT}00000000${A_SHORT}00000000`],
  ['order', 'an id twice', `0900000002${`${VIEW}00000000`.repeat(2)}`],
  ['bound', '65 pulls', `0a41${VIEW.repeat(65)}`],
  ['bound', 'a part of 1,025 bytes', `0c${SALT}000000000401${'00'.repeat(1025)}`],
  ['truncated', 'a part that lacks a byte', `0c${SALT}00000000000201`],
]

/** Four statements: one of an unknown kind, a good one, one without a body, the good one again. */
export const passedOver = `0604${UNKNOWN_KIND}${KNOWN}${statement(2, '')}${KNOWN}`

const HELLO_TO = '047f0000011238'
const ZEROS = '00'.repeat(16)
/** Padded to the 1,154 bytes that a datagram of form 2 holds. */
const padded = (hello: string) => hello.padEnd(2 * 1154, '0')

const DISCOVERY: readonly Row[] = [
  ['type', 'a ping in form 2', `010001${VIEW}`],
  ['leftover', 'a byte after a beacon', `1000${A}000000`],
  ['leftover', 'two beacons', `1000${A}0000`.repeat(2)],
  ['flag', 'a beacon that asks twice', `1002${A}0000`],
  ['address', 'a beacon from port 0', `1000${A}0001047f0000010000`],
  ['bound', 'a beacon from nine addresses', `1000${A}0009${'047f0000011238'.repeat(9)}`],
  ['key', 'a beacon of a key of order 8', `1000${ORDER_8}0000`],
  ['flag', 'a hello with flag 4', padded(`1105${HELLO_TO}${ZEROS}00`)],
  ['flag', 'a hello that asks and answers', padded(`1103${HELLO_TO}${SALT}00`)],
  ['flag', 'an answer with an echo of zeros', `1102${HELLO_TO}${ZEROS}00`],
  ['address', 'a beacon from a group', `1000${A}000104e000000112380`.slice(0, -1)],
  ['flag', 'an echo in a hello that is no answer', `1100${HELLO_TO}${SALT}00`],
  ['address', 'a hello sent to port 0', `1100047f0000010000${ZEROS}00`],
  ['bound', 'a hello with nine statements', `1100${HELLO_TO}${ZEROS}09`],
  ['kind', 'a hello with a kind that is not known', `1100${HELLO_TO}${ZEROS}01${UNKNOWN_KIND}`],
  [
    'varint',
    'a hello with a statement that is void',
    `1100${HELLO_TO}${ZEROS}02${KNOWN}${accusation('8000')}`,
  ],
  [
    'padding',
    'padding that is not of zeros',
    padded(`1101${HELLO_TO}${ZEROS}00`).replace(/0$/, '1'),
  ],
  [
    'padding',
    'a question that is one byte short',
    padded(`1101${HELLO_TO}${ZEROS}00`).slice(0, -2),
  ],
  ['padding', 'a question without padding', `1101${HELLO_TO}${ZEROS}00`],
]

function rows(what: RefusedSpelling['what'], table: readonly Row[]): RefusedSpelling[] {
  return table.map(([reason, why, bytes]) => ({ what, reason, why, bytes }))
}

export const refusals: readonly RefusedSpelling[] = [
  ...rows('statement', STATEMENTS),
  ...rows('statement', RECORDS),
  ...rows('pair messages', PAIR),
  ...rows('discovery messages', DISCOVERY),
]
