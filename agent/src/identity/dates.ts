// Times as operators write and read them: durations such as 7d, and dates in UTC. Not here: what
// is judged by them (book.ts).

const UNITS: Readonly<Record<string, number>> = {
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
  w: 7 * 86_400,
}

/** Longer than any machine lives, and short enough for every date to have a spelling. */
const DURATION_MOST = 100 * 366 * 86_400

/** Seconds of `90s 15m 12h 7d 52w`; undefined for any other text, for none and for 100 years. */
export function parseDuration(text: string): number | undefined {
  const [, digits = '', unit = ''] = /^([1-9][0-9]{0,9})([smhdw])$/.exec(text) ?? []
  const seconds = Number(digits) * (UNITS[unit] ?? 0)
  return seconds > 0 && seconds <= DURATION_MOST ? seconds : undefined
}

/** `2027-01-15 08:00:00 UTC` of seconds since 1970. */
export function utcText(dateS: number): string {
  // Papers of others may hold dates that no calendar has.
  const date = new Date(dateS * 1000)
  if (Number.isNaN(date.getTime())) return `second ${dateS}`
  return `${date
    .toISOString()
    .replace('T', ' ')
    .replace(/\.000Z$/, '')} UTC`
}
