// Why bytes of another were not taken. A refusal is a value and never thrown: whoever reads counts
// it by its reason and goes on. Not here: who counts, and what is refused for other reasons than
// its spelling (gossip/).

/** Each reason with what it says of the bytes. */
const REASONS = {
  length: 'a datagram shorter or longer than any',
  version: 'another version of the protocol',
  form: 'a form that does not exist',
  tag: 'of a stranger, or changed under way',
  seal: 'sealed by another key, or changed under way',
  empty: 'a datagram without a message',
  truncated: 'ends before it is whole',
  leftover: 'goes on after its end',
  varint: 'a number in more bytes than it needs',
  bound: 'a count, length or number above or below its bound',
  order: 'a list that is not in its order',
  flag: 'a bit or a choice that means nothing',
  text: 'no UTF-8, or with characters that are not for printing, or not of the spelling',
  key: 'no public key, not its canonical spelling, or of small order',
  address: 'no canonical address, port 0, or none that a node can have',
  field: 'a field of a record that must be known and is not',
  kind: 'a kind of statement that is not known',
  type: 'a type of message that has no place in this form',
  padding: 'padding that is not of zeros, or a question that is not padded',
} as const

export type RefusalReason = keyof typeof REASONS

export interface Refused {
  readonly refused: RefusalReason
}

/** One object for each reason, so that a flood of refusals allocates nothing. */
const REFUSALS: Readonly<Record<string, Refused>> = Object.fromEntries(
  Object.keys(REASONS).map((reason) => [reason, { refused: reason as RefusalReason }]),
)

export function refuse(reason: RefusalReason): Refused {
  return REFUSALS[reason] as Refused
}

export function isRefused(value: unknown): value is Refused {
  return typeof value === 'object' && value !== null && 'refused' in value
}
