// Facts that the machine's owner keeps in a folder: `.fact` files of JSON or INI, and programs that
// print either. Not here: which folder (the setup module's fact_path).
import { quoteWord } from '../host/quote.ts'
import { fromPlain } from '../value/plain.ts'
import type { Value } from '../value/value.ts'
import { type Fact, oneOf } from './fact.ts'

const LOCAL_FOLDER = '/etc/ansible/facts.d'

export function localFacts(folder: string = LOCAL_FOLDER): Fact {
  return {
    gives: oneOf('ansible_local'),
    subset: 'min',
    folder,
    script: [
      `for f in ${quoteWord(folder)}/*.fact; do [ -f "$f" ] || continue; n=\${f##*/}`,
      '  if [ -x "$f" ]; then c=$(timeout 10 "$f" </dev/null); r=$?; else c=$(cat "$f"); r=$?; fi',
      '  echo "== $r ${n%.fact}"; printf "%s\\n" "$c" | sed "s/^/|/"; done',
    ].join('\n'),
    parse: (printed) => {
      const found = new Map<Value, Value>()
      // Lines end with newlines alone: to `$` and `.` other separators, which a value may hold, do.
      for (const part of `\n${printed}`.split('\n== ').slice(1)) {
        const [head = '', ...rest] = part.split('\n')
        const [, rc = '', name = ''] = /^(\d+) ([^]*)/.exec(head) ?? []
        const lines = rest.filter((line) => line.startsWith('|'))
        const text = lines.map((line) => line.slice(1)).join('\n')
        const problem = `error: ${name}.fact ended with ${rc}`
        found.set(name, rc === '0' ? readFact(text, name) : problem)
      }
      return { ansible_local: found }
    },
  }
}

function readFact(text: string, name: string): Value {
  try {
    return fromPlain(JSON.parse(text))
  } catch {
    return readIni(text) ?? `error loading facts as JSON or ini: ${name}.fact`
  }
}

/** Sections of `key = value`; keys in lower case, as Python's configparser has them. */
function readIni(text: string): Value | undefined {
  const sections = new Map<Value, Value>()
  let section: Map<Value, Value> | undefined
  for (const line of text.split('\n')) {
    if (/^\s*([#;].*)?$/.test(line)) continue
    const head = /^\[(.*)\]\s*$/.exec(line)?.[1]
    if (head !== undefined) {
      section = new Map()
      sections.set(head, section)
      continue
    }
    const [, key, value] = /^([^=:]+?)\s*[=:]\s*(.*?)\s*$/.exec(line) ?? []
    if (key === undefined || section === undefined) return undefined
    section.set(key.trim().toLowerCase(), value ?? '')
  }
  return sections
}
