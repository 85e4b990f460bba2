// Filters to and from JSON, YAML and other encodings of whole values.
import { boundText } from '../../value/budget.ts'
import { int, isFloat, numberText, numeric, toNumber } from '../../value/number.ts'
import { asDict, compare, repr, str, typeError, typeName } from '../../value/python.ts'
import { type Dict, float, Timestamp, type Value } from '../../value/value.ts'
import { dumpYaml } from '../../yaml/dump.ts'
import { parseYaml } from '../../yaml/parse.ts'
import { toValue } from '../../yaml/value.ts'
import type { Arg, Call, Filters } from '../plugin.ts'
import { asText, boolOr, intOr } from './arguments.ts'

interface JsonStyle {
  readonly indent: string | undefined
  readonly item: string
  readonly key: string
  readonly sort: boolean
  readonly ascii: boolean
}

/** JSON as Python's json.dumps prints it. */
export function toJson(value: Value, style: JsonStyle, depth = 0): string {
  if (typeof value === 'string') return jsonText(value, style.ascii)
  if (value === null) return 'null'
  if (typeof value === 'boolean') return String(value)
  const number = numeric(value)
  if (number !== undefined) return jsonNumber(number)
  if (depth > 200) throw typeError('the value is nested too deeply for JSON')
  if (Array.isArray(value)) {
    return bracket(
      '[',
      value.map((item) => toJson(item, style, depth + 1)),
      ']',
      style,
      depth,
    )
  }
  const dict = asDict(value)
  if (dict !== undefined) return bracket('{', jsonEntries(dict, style, depth), '}', style, depth)
  if (value instanceof Timestamp) return JSON.stringify(value.text.replace(' ', 'T'))
  throw typeError(`an object of type ${typeName(value)} is not JSON serializable`)
}

function jsonEntries(dict: Dict, style: JsonStyle, depth: number): string[] {
  const entries = [...dict]
  if (style.sort) entries.sort((a, b) => compare(a[0], b[0]) ?? 0)
  return entries.map(
    ([key, item]) =>
      jsonText(jsonKey(key), style.ascii) + style.key + toJson(item, style, depth + 1),
  )
}

function jsonKey(key: Value): string {
  if (typeof key === 'string') return key
  if (key === null) return 'null'
  return typeof key === 'boolean' ? String(key) : str(key)
}

function jsonNumber(number: NonNullable<ReturnType<typeof numeric>>): string {
  if (!isFloat(number) || Number.isFinite(toNumber(number))) return numberText(number)
  if (Number.isNaN(toNumber(number))) return 'NaN'
  return toNumber(number) > 0 ? 'Infinity' : '-Infinity'
}

function jsonText(text: string, ascii: boolean): string {
  const quoted = JSON.stringify(text)
  if (!ascii) return quoted
  return quoted.replace(/[\u007f-\uffff]/g, (unit) =>
    unit === '\u007f' ? unit : `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function bracket(open: string, items: string[], close: string, style: JsonStyle, depth: number) {
  if (items.length === 0) return open + close
  if (style.indent === undefined) return boundText(open + items.join(style.item) + close)
  const pad = `\n${style.indent.repeat(depth + 1)}`
  const body = items.join(style.item.trimEnd() + pad)
  return boundText(`${open}${pad}${body}\n${style.indent.repeat(depth)}${close}`)
}

function jsonStyle(kwargs: Map<string, Value>, nice: boolean): JsonStyle {
  const indent = kwargs.get('indent') ?? (nice ? 4 : null)
  const separators = kwargs.get('separators')
  const [item, key] = Array.isArray(separators)
    ? separators.map((part) => asText(part))
    : [', ', ': ']
  return {
    indent:
      indent === null
        ? undefined
        : typeof indent === 'string'
          ? indent
          : ' '.repeat(Math.min(intOr(indent, 4), 100)),
    item: item ?? ', ',
    key: key ?? ': ',
    sort: boolOr(kwargs.get('sort_keys'), nice),
    ascii: boolOr(kwargs.get('ensure_ascii'), true),
  }
}

/** JSON text as a value; numbers keep Python's difference of int and float. */
export function fromJson(text: string): Value {
  try {
    const parsed: unknown = JSON.parse(
      text,
      (_key, value: unknown, context?: { source: string }) =>
        typeof value === 'number'
          ? jsonLiteral(context?.source ?? String(value))
          : jsonObject(value),
    )
    return parsed as Value
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw typeError(`the text is no JSON: ${error.message.toLowerCase()}`)
  }
}

function jsonLiteral(source: string): Value {
  return /^-?\d+$/.test(source) ? int(BigInt(source)) : float(Number(source))
}

function jsonObject(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return value.constructor === Object ? new Map(Object.entries(value)) : value
}

const TEXT_FILE = 'text given to from_yaml'

function fromYaml(input: Value): Value {
  if (typeof input !== 'string') return input
  const documents = parseYaml(input, TEXT_FILE)
  const [only] = documents
  if (documents.length > 1) throw typeError('the text holds several YAML documents')
  return only === undefined ? null : toValue(only, { templates: false })
}

function yaml(input: Value, [indent]: Arg[], { kwargs }: Call, nice: boolean): string {
  const flow = kwargs.get('default_flow_style')
  return boundText(
    dumpYaml(input, {
      indent: intOr(indent, nice ? 4 : 2),
      width: intOr(kwargs.get('width'), 80),
      sortKeys: boolOr(kwargs.get('sort_keys'), true),
      flowStyle:
        flow === undefined ? (nice ? false : null) : flow === null ? null : boolOr(flow, false),
      explicitStart: boolOr(kwargs.get('explicit_start'), false),
      explicitEnd: boolOr(kwargs.get('explicit_end'), false),
    }),
  )
}

export const DATA: Filters = {
  to_json: {
    params: '**',
    run: (input, _args, { kwargs }) => toJson(input, jsonStyle(kwargs, false)),
  },
  to_nice_json: {
    params: 'indent **',
    run: (input, [indent], { kwargs }) => {
      const style = new Map(kwargs)
      if (indent !== undefined) style.set('indent', indent)
      return toJson(input, jsonStyle(style, true))
    },
  },
  tojson: {
    params: 'indent',
    run: (input, [indent = null]) => {
      const style = jsonStyle(
        new Map<string, Value>([
          ['indent', indent],
          ['sort_keys', true],
        ]),
        false,
      )
      const text = toJson(input, style)
      return text.replace(/[<>&']/g, (mark) => `\\u00${mark.charCodeAt(0).toString(16)}`)
    },
  },
  from_json: { run: (input) => fromJson(asText(input, 'what from_json reads')) },
  to_yaml: { params: 'indent **', run: (input, args, call) => yaml(input, args, call, false) },
  to_nice_yaml: { params: 'indent **', run: (input, args, call) => yaml(input, args, call, true) },
  from_yaml: { run: fromYaml },
  from_yaml_all: {
    run: (input) =>
      parseYaml(asText(input, 'what from_yaml_all reads'), TEXT_FILE).map((node) =>
        toValue(node, { templates: false }),
      ),
  },
  pprint: { run: (input) => (typeof input === 'string' ? repr(input) : str(input)) },
}
