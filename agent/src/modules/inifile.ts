// ini_file: an option in a section of an INI file, there or not. The lines around it stay as they
// are.
import * as z from 'zod'
import { attributeParams } from './attributes.ts'
import { backupField, backupFinish, encodingOf, inEncoding, linesOf, planEdit } from './editing.ts'
import { defineModule, known, type Outcome } from './module.ts'
import { bool, choice, path, text, unsafeWrites, words } from './params.ts'

const schema = z.object({
  path: path().describe('the file on the host'),
  section: text().optional().describe('the section; none: above the first one'),
  option: text().optional().describe('the option; none: the section itself'),
  value: text().optional().describe('its value'),
  values: words().optional().describe('several values, each in a line of its own'),
  state: choice(['present', 'absent']).default('present').describe('whether it is there'),
  exclusive: bool().default(true).describe('lines of the option with other values go'),
  no_extra_spaces: bool().default(false).describe('no blanks around ='),
  allow_no_value: bool().default(false).describe('the option may stand without a value'),
  create: bool().default(true).describe('make the file when there is none'),
  backup: bool().default(false).describe('keep the old file beside the new one'),
  follow: bool().default(false).describe('write the target of a link, not the link'),
  unsafe_writes: unsafeWrites(),
  ...attributeParams,
})

type Params = z.output<typeof schema>

export const iniFile = defineModule({
  name: 'ini_file',
  summary: 'Make sure that an option is in a section of an INI file, or is not.',
  params: schema,
  aliases: { dest: 'path' },
  effect: 'changes',
  returns: {
    msg: 'what was done: option added, option changed, section removed, OK, ...',
    path: 'the file',
    backup_file: 'name of the old file, with backup',
  },
  examples: `- ini_file:
    path: /etc/php/php.ini
    section: PHP
    option: memory_limit
    value: 256M`,
  probe: async (params, context): Promise<Outcome> => {
    const refused = refuse(params)
    if (refused !== undefined) return { failure: refused }
    const state = known(await context.host.stat(params.path, { follow: true }))
    if (state === null && !params.create) {
      return { failure: `Destination ${params.path} does not exist!`, result: { rc: 257 } }
    }
    if (state?.type === 'directory') return { failure: `${params.path} is a directory` }
    const content = known(await context.host.read(params.path)) ?? Buffer.alloc(0)
    const encoding = encodingOf(content)
    const edit = new Edit(
      linesOf(content.toString(encoding)),
      spelled(params, (word) => inEncoding(word, encoding)),
    )
    const msg = params.state === 'present' ? edit.put() : edit.remove()
    const isNew = state === null
    // As community.general has it, a new file begins with an empty line.
    const text = (isNew ? '\n' : '') + edit.lines.join('')
    const after = msg === '' ? content : Buffer.from(text, encoding)
    if (isNew && msg === '') return { result: { msg: 'OK', path: params.path } }
    const plan = await planEdit(context, {
      ...params,
      state,
      content: after,
      hasBackup: params.backup,
      message: msg,
      isFollowed: params.follow,
    })
    const kept = backupField(plan, 'backup_file')
    const result = { ...plan.fields, msg: msg === '' ? 'OK' : msg, path: params.path, ...kept }
    return { ...plan.outcome, result, finish: backupFinish(params.backup, 'backup_file') }
  },
})

function refuse(params: Params): string | undefined {
  if (params.value !== undefined && params.values !== undefined) {
    return 'value and values exclude each other'
  }
  const hasValue = params.value !== undefined || (params.values ?? []).length > 0
  if (params.state === 'absent' || params.option === undefined) return undefined
  if (hasValue || params.allow_no_value) return undefined
  return 'value or values is needed with state=present unless allow_no_value is true'
}

interface Wish {
  readonly section: string | undefined
  readonly option: string | undefined
  readonly values: readonly string[]
  readonly isExclusive: boolean
  readonly mayLackValue: boolean
  readonly sign: string
}

function spelled(params: Params, own: (word: string) => string): Wish {
  const values = params.values ?? (params.value === undefined ? [] : [params.value])
  return {
    section: params.section === undefined ? undefined : own(params.section),
    option: params.option === undefined ? undefined : own(params.option),
    values: [...new Set(values)].map(own),
    isExclusive: params.exclusive,
    mayLackValue: params.allow_no_value,
    sign: params.no_extra_spaces ? '=' : ' = ',
  }
}

interface OptionLine {
  readonly at: number
  readonly isComment: boolean
  readonly value: string
}

/** The file's lines, with those of the section between `start` and `end`. */
class Edit {
  lines: string[]
  readonly #wish: Wish
  /** -1 when there is no such section. */
  readonly #start: number
  #end: number

  constructor(lines: string[], wish: Wish) {
    this.lines = [...lines]
    const last = this.lines.at(-1)
    if (last !== undefined && !last.endsWith('\n')) this.lines[this.lines.length - 1] = `${last}\n`
    this.#wish = wish
    const heads = lines.flatMap((line, index) => (line.startsWith('[') ? [index] : []))
    const own = heads.find((index) => lines[index]?.startsWith(`[${wish.section ?? ''}]`))
    this.#start = wish.section === undefined ? 0 : own === undefined ? -1 : own + 1
    this.#end = heads.find((index) => index >= this.#start) ?? lines.length
  }

  /** Makes the option be there; the words for what was done, none when it was. */
  put(): string {
    const { section, option, values, mayLackValue } = this.#wish
    if (this.#start < 0) {
      this.lines.push(`[${section}]\n`)
      if (option === undefined) return 'only section added'
      if (values.length === 0 && !mayLackValue) return 'only section added'
      this.lines.push(...this.#fresh(values))
      return 'section and option added'
    }
    if (option === undefined) return ''
    return values.length === 0 ? this.#putBare() : this.#putValues()
  }

  #putBare(): string {
    const { option = '' } = this.#wish
    const found = this.#found(option)[0]
    if (found !== undefined) return this.#write(found.at, `${option}\n`) ? 'option changed' : ''
    this.#insert([`${option}\n`])
    return 'option added'
  }

  /** Lines that have a wanted value are kept first; others are used up, or go. */
  #putValues(): string {
    const { option = '', values, isExclusive, mayLackValue } = this.#wish
    const left = [...values]
    const done = new Set<number>()
    let isChanged = false
    const use = (at: number, value: string): void => {
      const line = value === '' && mayLackValue ? `${option}\n` : this.#line(value)
      if (this.#write(at, line)) isChanged = true
      done.add(at)
      left.splice(left.indexOf(value), 1)
    }
    for (const { at, value } of this.#found(option)) if (left.includes(value)) use(at, value)
    if (isExclusive && !mayLackValue) {
      for (const { at } of this.#found(option)) {
        const next = left[0]
        if (next !== undefined && !done.has(at)) use(at, next)
      }
      const extra = this.#found(option).filter(({ at, isComment }) => !isComment && !done.has(at))
      for (const { at } of extra.toReversed()) this.#drop(at)
      isChanged ||= extra.length > 0
    }
    if (left.length === 0) return isChanged ? 'option changed' : ''
    this.#insert(this.#fresh(left))
    return 'option added'
  }

  remove(): string {
    const { option, values, isExclusive, section } = this.#wish
    if (this.#start < 0) return ''
    if (option === undefined) {
      this.lines.splice(Math.max(this.#start - (section === undefined ? 0 : 1), 0), this.#size())
      return 'section removed'
    }
    const active = this.#found(option).filter(({ isComment }) => !isComment)
    const gone = isExclusive ? active : active.filter(({ value }) => values.includes(value))
    for (const { at } of gone.toReversed()) this.#drop(at)
    return gone.length > 0 ? 'option changed' : ''
  }

  #size(): number {
    return this.#end - this.#start + (this.#wish.section === undefined ? 0 : 1)
  }

  /** Lines of the option, commented ones too. */
  #found(option: string): OptionLine[] {
    const name = option.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&')
    const pattern = new RegExp(`^[ \\t]*([#;]?)[ \\t]*${name}[ \\t]*(?:=|$)[ \\t]*(.*)$`)
    return this.lines.slice(this.#start, this.#end).flatMap((line, index) => {
      const match = pattern.exec(line.replace(/\r?\n$/, ''))
      if (match === null) return []
      return [{ at: this.#start + index, isComment: match[1] !== '', value: match[2] ?? '' }]
    })
  }

  #line(value: string): string {
    return `${this.#wish.option ?? ''}${this.#wish.sign}${value}\n`
  }

  #fresh(values: readonly string[]): string[] {
    return values.length === 0
      ? [`${this.#wish.option ?? ''}\n`]
      : values.map((value) => this.#line(value))
  }

  #write(at: number, line: string): boolean {
    if (this.lines[at] === line) return false
    this.lines[at] = line
    return true
  }

  #drop(at: number): void {
    this.lines.splice(at, 1)
    this.#end -= 1
  }

  /** After the section's last line that is neither blank nor a comment. */
  #insert(fresh: readonly string[]): void {
    let at = this.#end
    while (at > this.#start && /^[ \t]*([#;].*)?\r?\n?$/.test(this.lines[at - 1] ?? '')) at -= 1
    this.lines.splice(at, 0, ...fresh)
  }
}
