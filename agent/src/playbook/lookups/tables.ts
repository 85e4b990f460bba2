// Lookups in files that hold many values: csvfile, ini and properties. Not here: finding the file.
import { ClusterError, type Position } from '../../errors.ts'
import { str, truth, typeError } from '../../value/python.ts'
import type { Value } from '../../value/value.ts'
import type { Lookup, LookupCall } from './lookup.ts'

/** `key file=a.csv col=2`: words of a term that name an option win over those of the call. */
function readTerm(term: Value, call: LookupCall, names: readonly string[]) {
  const options = new Map(call.options)
  const words: string[] = []
  for (const word of str(term).split(/\s+/)) {
    const [, name = '', value = ''] = /^(\w+)=(.*)$/s.exec(word) ?? []
    if (names.includes(name)) options.set(name, value)
    else if (word !== '') words.push(word)
  }
  const text = (name: string, otherwise: string): string => {
    const value = options.get(name)
    return value === undefined || value === null ? otherwise : str(value)
  }
  return { key: words.join(' '), options, text }
}

function read(call: LookupCall, name: string): string {
  return call.sources.readText(call.guarded(name, call.need(name, 'files')))
}

/** Rows of a CSV text, with quotes that may hold separators and line ends. */
function readCsv(text: string, separator: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  let cell = ''
  let isQuoted = false
  const endRow = (): void => {
    if (row.length > 0 || cell !== '') rows.push([...row, cell])
    row = []
    cell = ''
  }
  for (let index = 0; index < text.length; index += 1) {
    const mark = text[index] as string
    if (isQuoted) {
      if (mark !== '"') cell += mark
      else if (text[index + 1] === '"') cell += text[(index += 1)]
      else isQuoted = false
    } else if (mark === '"' && cell === '') isQuoted = true
    else if (mark === separator) {
      row.push(cell)
      cell = ''
    } else if (mark === '\n') endRow()
    else if (mark !== '\r' || text[index + 1] !== '\n') cell += mark
  }
  endRow()
  return rows
}

const CSV_OPTIONS = ['file', 'delimiter', 'col', 'default', 'encoding']

function csvfile(call: LookupCall): Value {
  return call.terms.flatMap((term): Value[] => {
    const { key, text, options } = readTerm(term, call, CSV_OPTIONS)
    if (key === '') throw typeError('csvfile needs the value of the first column')
    const given = text('delimiter', 'TAB')
    const separator = given === 'TAB' || given === 't' ? '\t' : given
    const row = readCsv(read(call, text('file', 'ansible.csv')), separator).find(
      ([first]) => first === key,
    )
    const found = row?.[Number(text('col', '1'))]
    const value = found ?? options.get('default')
    return value === undefined ? [] : [value]
  })
}

type Sections = Map<string, Map<string, string | null>>

/** As Python's configparser reads: sections, `=` or `:`, comments, values that go on indented. */
function readIniFile(text: string, isCaseKept: boolean): Sections {
  const sections: Sections = new Map()
  let section = new Map<string, string | null>()
  let last: string | undefined
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*(?:[#;].*)?$/.test(line)) continue
    const [, header] = /^\[(.+)\]/.exec(line) ?? []
    if (header !== undefined) {
      section = sections.get(header) ?? new Map<string, string | null>()
      sections.set(header, section)
      last = undefined
    } else if (/^\s/.test(line) && last !== undefined) {
      section.set(last, `${section.get(last) ?? ''}\n${line.trim()}`)
    } else {
      const [, name = '', value] = /^\s*(.*?)\s*(?:[=:]\s*(.*?)\s*)?$/.exec(line) ?? []
      last = isCaseKept ? name : name.toLowerCase()
      section.set(last, value ?? null)
    }
  }
  return sections
}

const INI_OPTIONS = 'type file section re default encoding case_sensitive allow_no_value'.split(' ')

function ini(call: LookupCall): Value {
  return call.terms.flatMap((term): Value[] => {
    const { key, text, options } = readTerm(term, call, INI_OPTIONS)
    const isCaseKept = truth(options.get('case_sensitive') ?? false)
    const isProperties = text('type', 'ini') === 'properties'
    const content = read(call, text('file', 'ansible.ini'))
    const name = isProperties ? 'java_properties' : text('section', 'global')
    const sections = readIniFile(isProperties ? `[${name}]\n${content}` : content, isCaseKept)
    if (!truth(options.get('allow_no_value') ?? false)) refuseBare(sections, call.at)
    const section = sections.get(name)
    const otherwise: Value = options.get('default') ?? ''
    // Values that stand in DEFAULT are in every section.
    const all = new Map([...(sections.get('DEFAULT') ?? []), ...(section ?? [])])
    if (/^(?:true|yes|1|on)$/i.test(text('re', 'false'))) return matching(all, key)
    if (section === undefined) return [otherwise]
    const found = all.get(isCaseKept ? key : key.toLowerCase())
    return [found === undefined ? otherwise : found]
  })
}

function refuseBare(sections: Sections, where: Position): void {
  for (const section of sections.values()) {
    for (const [name, value] of section) {
      if (value !== null) continue
      throw new ClusterError('TEMPLATE_TYPE', `the line ${JSON.stringify(name)} has no value`, {
        where,
        hint: 'write allow_no_value=true where that is meant',
      })
    }
  }
}

function matching(section: ReadonlyMap<string, string | null>, key: string): Value[] {
  let pattern: RegExp
  try {
    pattern = new RegExp(`^(?:${key})`)
  } catch (cause) {
    throw new ClusterError('TEMPLATE_TYPE', `'${key}' is no regular expression`, { cause })
  }
  return [...section].flatMap(([name, value]) => (pattern.test(name) ? [value] : []))
}

export const TABLE_LOOKUPS: Readonly<Record<string, Lookup>> = { csvfile, ini }
