// Rules about single tasks: names, order, loops, conditions, what is ignored and what is told.
// Not here: commands and files (commandrules.ts).
import { BRINGING } from '../playbook/playactions.ts'
import { isSecretName } from '../vault/names.ts'
import type { MappingEntry, ScalarNode, YamlNode } from '../yaml/node.ts'
import type { Draft, Edit } from './finding.ts'
import { entryOf, itemsOf, scalarOf, type TaskView } from './view.ts'

type TaskRule = (task: TaskView) => Draft[]

/** Actions that say by themselves what they do. */
const NAMELESS = ['meta', ...BRINGING]

const missingName: TaskRule = ({ node, isBlock, action }) => {
  if (isBlock || action === undefined || NAMELESS.includes(action.name)) return []
  return entryOf(node, 'name') === undefined ? [{ rule: 'name[missing]', at: node.at }] : []
}

/** What a name looks like, of a play or a task. */
export function nameStyle(entry: MappingEntry | undefined, isRenamable: boolean): Draft[] {
  const name = scalarOf(entry?.value)
  if (name === undefined || name.text === '') return []
  const found: Draft[] = []
  const at = name.textAt ?? name.at
  const first = name.text[0] ?? ''
  if (first !== first.toUpperCase()) {
    const edit = { at, length: 1, text: first.toUpperCase() }
    const isOneLine = name.style !== 'literal' && name.style !== 'folded'
    found.push({
      rule: 'name[casing]',
      at: name.at,
      ...(isRenamable && isOneLine ? { edit } : {}),
    })
  }
  if (/\{\{.*\}\}.*[^\s}]\s*$/s.test(name.text)) found.push({ rule: 'name[template]', at: name.at })
  return found
}

// Handlers are notified by their names: another name would be another handler.
const naming: TaskRule = ({ node, isHandler }) => nameStyle(entryOf(node, 'name'), !isHandler)

const keyOrder: TaskRule = ({ node }) => {
  const name = entryOf(node, 'name')
  if (name === undefined || node.entries[0] === name) return []
  return [{ rule: 'key-order[task]', at: name.key.at }]
}

const CONDITIONS = ['when', 'until', 'changed_when', 'failed_when']

const conditions: TaskRule = (task) => {
  const nodes = CONDITIONS.flatMap((name) => itemsOf(entryOf(task.node, name)?.value))
    .map(scalarOf)
    .filter((scalar) => scalar !== undefined)
    .filter(({ value }) => typeof value === 'string')
  // Braces inside of a condition are a mistake, which is told as such.
  const braced = nodes
    .filter(({ text }) => innerOf(text) !== undefined)
    .toSorted((a, b) => a.at.line - b.at.line || a.at.column - b.at.column)
  const [first] = braced
  if (first === undefined) return nodes.flatMap(condition)
  const [edit, ...also] = braced.flatMap((node) => bracelessEdit(node) ?? [])
  const at = first.textAt ?? first.at
  // One finding for all conditions of a task: who mends one of them mends them all.
  const found = { rule: 'no-jinja-when', at, ...(edit === undefined ? {} : { edit, also }) }
  return [found, ...nodes.flatMap(condition)]
}

/** What needs no quotes, wherever it stands. */
const PLAIN = /^[a-z_(][\w.() ><=!-]*$/i

/** What stands in the braces of a condition that is all in braces. */
function innerOf(text: string): string | undefined {
  return /^\s*\{\{-?\s*((?:(?!\{\{|\}\}).)*?)\s*-?\}\}\s*$/.exec(text)?.[1]
}

/** The condition without its braces; undefined where that might mean something else. */
function bracelessEdit(node: ScalarNode): Edit | undefined {
  const { text, style } = node
  const inner = innerOf(text)
  const mark = style === 'single' ? "'" : '"'
  // A text with escapes is longer in the file than it is.
  if (inner === undefined || (style !== 'single' && style !== 'double')) return undefined
  if (text.includes(mark) || /[\\\n]/.test(text)) return undefined
  const isPlain = PLAIN.test(inner) && !inner.includes(': ')
  return { at: node.at, length: text.length + 2, text: isPlain ? inner : mark + inner + mark }
}

function condition(node: ScalarNode): Draft[] {
  const found: Draft[] = []
  const text = node.text
  const at = node.textAt ?? node.at
  const literal = /[=!]=\s*(?:true|false)\b|\bis\s+(?:not\s+)?(?:true|false)\b/i.exec(text)
  if (literal !== null && node.style !== 'folded') {
    found.push({ rule: 'literal-compare', at: shift(at, text, literal.index) })
  }
  const empty = /[=!]=\s*(?:''|"")/.exec(text)
  if (empty !== null) {
    found.push({ rule: 'empty-string-compare', at: shift(at, text, empty.index) })
  }
  return found
}

function shift(at: ScalarNode['at'], text: string, offset: number): ScalarNode['at'] {
  return text.slice(0, offset).includes('\n') ? at : { ...at, column: at.column + offset }
}

const ignoring: TaskRule = ({ node }) => {
  const entry = entryOf(node, 'ignore_errors')
  const value = scalarOf(entry?.value)
  if (entry === undefined || value?.value !== true) return []
  return entryOf(node, 'register') === undefined
    ? [{ rule: 'ignore-errors', at: entry.key.at }]
    : []
}

const passwordLoop: TaskRule = ({ node, action }) => {
  const loop = node.entries.find(({ key }) => key.text === 'loop' || key.text.startsWith('with_'))
  if (loop === undefined || entryOf(node, 'no_log') !== undefined || action === undefined) return []
  const isSecret = [...action.args].some(
    ([name, value]) => /^(?:login_)?pass(?:word|phrase)$/.test(name) && !isTemplateFree(value),
  )
  const over = scalarOf(loop.value)?.text ?? ''
  const isOverSecrets = (over.match(/[\w-]+/g) ?? []).some(isSecretName) && action.name !== 'file'
  return isSecret || isOverSecrets ? [{ rule: 'no-log-password', at: node.at }] : []
}

function isTemplateFree(node: YamlNode): boolean {
  return !(scalarOf(node)?.text.includes('{{') ?? false)
}

const oldSpellings: TaskRule = ({ node }) =>
  node.entries.flatMap(({ key, value }): Draft[] => {
    if (key.text === 'local_action') return [{ rule: 'deprecated-local-action', at: key.at }]
    if (!key.text.startsWith('with_')) return []
    const found: Draft[] = [
      { rule: 'loop-spelling', at: key.at, message: `${key.text} is the old spelling of a loop` },
    ]
    const bare = scalarOf(value)
    const isList = ['with_items', 'with_list', 'with_dict', 'with_flattened'].includes(key.text)
    if (isList && bare !== undefined && /^[a-z_][\w.]*$/i.test(bare.text)) {
      found.push({ rule: 'deprecated-bare-vars', at: bare.at, hint: `write "{{ ${bare.text} }}"` })
    }
    return found
  })

const handlerLike: TaskRule = ({ node, isHandler }) => {
  const when = scalarOf(entryOf(node, 'when')?.value)
  if (isHandler || when === undefined || entryOf(node, 'register') !== undefined) return []
  const isFollowUp = /^\w+(?:\.changed|\s+is\s+changed)$/.test(when.text.trim())
  return isFollowUp ? [{ rule: 'no-handler', at: when.textAt ?? when.at }] : []
}

const becoming: TaskRule = ({ node, play }) => {
  const user = entryOf(node, 'become_user')
  if (user === undefined || entryOf(node, 'become') !== undefined) return []
  // A play or block around it may become; only a play is looked at, and a file of tasks has none.
  if (play === undefined || entryOf(play, 'become') !== undefined) return []
  return [{ rule: 'partial-become', at: user.key.at }]
}

const onceWithFree: TaskRule = ({ node, play }) => {
  const once = entryOf(node, 'run_once')
  const strategy = play === undefined ? undefined : scalarOf(entryOf(play, 'strategy')?.value)
  if (once === undefined || strategy?.text.endsWith('free') !== true) return []
  return [{ rule: 'run-once[play]', at: once.key.at }]
}

export const TASK_RULES: readonly TaskRule[] = [
  missingName,
  naming,
  keyOrder,
  conditions,
  ignoring,
  passwordLoop,
  oldSpellings,
  handlerLike,
  becoming,
  onceWithFree,
]
