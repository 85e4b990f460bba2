// Facts as far as a plan can rest on them: what moves by itself (clocks, free memory, the port that
// a connection came from) is left out. What a task makes of such a fact shows in its changes. Not
// here: gathering them (facts/).
import { isDict, type Value } from '../value/value.ts'
import { isSecretName } from '../vault/names.ts'
import { canonical, shortDigest, written } from './digest.ts'
import { withoutPrivate } from './private.ts'
import { SHOWN_CHARS_MAX } from './shape.ts'

const MOVING = new Set([
  'ansible_date_time',
  'ansible_loadavg',
  'ansible_memfree_mb',
  'ansible_memory_mb',
  'ansible_swapfree_mb',
  'ansible_uptime_seconds',
])

const MOVING_FIELDS =
  /^(block|inode|size)_(available|used)$|^SSH_(CLIENT|CONNECTION|TTY)$|^(XDG_SESSION_ID|_|SHLVL)$/

/** A fact in short; undefined for one that moves by itself. */
export function factWords(name: string, value: Value): string | undefined {
  if (MOVING.has(name)) return undefined
  const text = canonical(written(still(value)))
  const isShort = text.length <= SHOWN_CHARS_MAX
  if (isShort && !isSecretName(name) && withoutPrivate(text) === text) return text
  return `sha256 ${shortDigest(text)}`
}

function still(value: Value): Value {
  if (Array.isArray(value)) return value.map(still)
  if (!isDict(value)) return value
  const kept = [...value].filter(([key]) => typeof key !== 'string' || !MOVING_FIELDS.test(key))
  return new Map(kept.map(([key, item]) => [key, still(item)]))
}
