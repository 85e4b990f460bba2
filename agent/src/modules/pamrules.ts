// The lines of a PAM service as rules, and rules as lines (pam.conf(5)). Not here: what is done to
// them (pamd.ts).

export interface Rule {
  readonly type: string
  readonly control: string
  readonly module: string
  readonly args: readonly string[]
  /** With its #, or empty. */
  readonly comment: string
}

export interface Entry {
  /** As it stands in the file, with its line ends: a backslash before one goes on with the rule. */
  readonly raw: string
  /** Undefined for comments, blank lines and @include. */
  readonly rule: Rule | undefined
}

export function entriesOf(text: string): Entry[] {
  const raws = text.match(/(?:[^\\\n]|\\(?!\n)|\\\n)*\n|(?:[^\\\n]|\\(?!\n)|\\\n)+$/g) ?? []
  return raws.map((raw) => ({ raw, rule: parse(raw) }))
}

function parse(raw: string): Rule | undefined {
  if (/^\s*(#|@|$)/.test(raw)) return undefined
  const line = raw.replaceAll(/\\\n\s*/g, ' ').trim()
  const [body = '', comment = ''] = line.split(/(?=#)(.*)/s)
  const [, type, control, module, rest = ''] =
    /^(-?[a-z]+)\s+(\[[^\]]*\]|\S+)\s+(\S+)\s*(.*)$/.exec(body) ?? []
  if (type === undefined || control === undefined || module === undefined) return undefined
  const spelled = control.replaceAll(/\s+/g, ' ')
  return { type, control: spelled, module, args: wordsOf(rest), comment }
}

/** Arguments; one in brackets may hold blanks. */
export function wordsOf(text: string): string[] {
  return text.match(/\[[^\]]*\]|\S+/g) ?? []
}

export function spell({ type, control, module, args, comment }: Rule): string {
  const more = [module, ...args, comment].filter((word) => word !== '')
  return `${type.padEnd(10)} ${control} ${more.join(' ')}\n`
}

export function isSameRule(
  rule: Pick<Rule, 'type' | 'control' | 'module'>,
  other: Pick<Rule, 'type' | 'control' | 'module'>,
): boolean {
  return rule.type === other.type && rule.control === other.control && rule.module === other.module
}
