// Rules about the text itself: spaces, tabs, ends of lines, how truths and templates are written.
// Not here: what tasks mean.
import { Template } from '../value/value.ts'
import type { ScalarNode, YamlNode } from '../yaml/node.ts'
import type { Draft } from './finding.ts'
import { LINE_COLUMNS_MAX } from './rules.ts'

/** Rules about lines; what stands in block scalars is the author's text. */
export function lineDrafts(file: string, text: string, root: YamlNode | undefined): Draft[] {
  const found: Draft[] = []
  const lines = text.split('\n')
  const inBlocks = blockLines(root, lines)
  for (const [index, raw] of lines.entries()) {
    const line = raw.replace(/\r$/, '')
    if (inBlocks.has(index + 1)) continue
    const place = (column: number) => ({ file, line: index + 1, column })
    const spaces = /[ \t]+$/.exec(line)
    if (spaces !== null) {
      const at = place(spaces.index + 1)
      const edit = { at, length: spaces[0].length, text: '' }
      found.push({ rule: 'yaml[trailing-spaces]', at, edit })
    }
    const tab = /\S[^#'"]*?(\t)\s*\S/.exec(line)
    if (tab !== null) found.push({ rule: 'yaml[tabs]', at: place(line.indexOf('\t') + 1) })
    if (line.length > LINE_COLUMNS_MAX) {
      found.push({ rule: 'yaml[line-length]', at: place(LINE_COLUMNS_MAX + 1) })
    }
  }
  const last = lines.at(-1) ?? ''
  if (last !== '') {
    const at = { file, line: lines.length, column: last.length + 1 }
    const edit = { at, length: 0, text: '\n' }
    found.push({ rule: 'yaml[new-line-at-end-of-file]', at, edit })
  }
  return found
}

/** Rules about scalars, wherever they stand. */
export function scalarDrafts(root: YamlNode, lines: readonly string[]): Draft[] {
  return scalarsOf(root).flatMap((node) => [...truthy(node), ...spacing(node, lines)])
}

function scalarsOf(node: YamlNode): ScalarNode[] {
  if (node.kind === 'scalar') return [node]
  if (node.kind === 'sequence') return node.items.flatMap(scalarsOf)
  return node.entries.flatMap(({ value }) => scalarsOf(value))
}

function truthy(node: ScalarNode): Draft[] {
  if (node.style !== 'plain' || typeof node.value !== 'boolean' || node.tag !== undefined) return []
  const text = String(node.value)
  if (node.text === text) return []
  const edit = { at: node.at, length: node.text.length, text }
  return [{ rule: 'yaml[truthy]', at: node.at, hint: `write ${text}`, edit }]
}

/** A template without a blank within its braces; strings within it are passed over. */
const TIGHT = /\{\{(?![-+{\s])|(?<![-+}\s])\}\}/g

function spacing(node: ScalarNode, lines: readonly string[]): Draft[] {
  if (typeof node.value !== 'string' || node.tag !== undefined) return []
  if (!new Template(node.text, node.at).source.includes('{{')) return []
  const start = node.textAt ?? node.at
  const isBlock = node.style === 'literal' || node.style === 'folded'
  const count = isBlock ? node.text.split('\n').length : 1
  const found: Draft[] = []
  for (let number = start.line; number < start.line + count; number += 1) {
    const from = number === start.line && !isBlock ? start.column - 1 : 0
    const line = (lines[number - 1] ?? '').slice(from)
    for (const { index, 0: braces } of line.matchAll(TIGHT)) {
      const column = from + index + (braces === '{{' ? 3 : 1)
      const at = { file: node.at.file, line: number, column }
      if (!isInTemplate(line, index)) continue
      found.push({ rule: 'jinja[spacing]', at, edit: { at, length: 0, text: ' ' } })
    }
  }
  return found
}

/** Whether the braces open or close a template of this line, rather than a dict or text within. */
function isInTemplate(line: string, index: number): boolean {
  return [...line.matchAll(/\{\{([^{}]*)\}\}(?!\})/g)].some((match) => {
    const inner = match[1] ?? ''
    const isWhole = inner.split("'").length % 2 === 1 && inner.split('"').length % 2 === 1
    return isWhole && (match.index === index || match.index + match[0].length - 2 === index)
  })
}

/** Lines that are the text of block scalars. */
function blockLines(root: YamlNode | undefined, lines: readonly string[]): Set<number> {
  const found = new Set<number>()
  for (const { style, textAt } of root === undefined ? [] : scalarsOf(root)) {
    if (textAt === undefined || (style !== 'literal' && style !== 'folded')) continue
    for (let number = textAt.line; number <= lines.length; number += 1) {
      const line = lines[number - 1] ?? ''
      if (line.trim() !== '' && line.search(/\S/) < textAt.column - 1) break
      found.add(number)
    }
  }
  return found
}
