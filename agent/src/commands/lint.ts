// cluster-os lint: mistakes and habits in playbooks, roles, files of tasks and of variables, found
// without any host, and mended where that is safe. Not here: the rules (lint/).
import { ClusterError, formatWhere } from '../errors.ts'
import { type Edit, type Finding, type Severity } from '../lint/finding.ts'
import { mend } from '../lint/fix.ts'
import { lint } from '../lint/lint.ts'
import { isMeant, RULES } from '../lint/rules.ts'
import { escapeJson, escapeText } from '../output/escape.ts'
import type { Colour } from '../output/paint.ts'
import { readText, writeAtomic } from '../sys/files.ts'
import { nearest } from '../value/nearest.ts'
import type { CommandContext } from './context.ts'
import { type Flags, keyringOf, sourceOptionsOf } from './flags.ts'

export interface LintFlags extends Flags {
  readonly fix?: boolean
  readonly listRules?: boolean
}

/** The same as ansible-lint's, which scripts may ask for. */
const EXIT_FOUND = 2

/** Mending one thing may show another; a file settles long before. */
const ROUNDS_MAX = 5

const COLOURS: Readonly<Record<Severity, Colour>> = {
  error: 'red',
  warning: 'yellow',
  info: 'blue',
}

export async function lintCommand(
  paths: readonly string[],
  flags: LintFlags,
  context: CommandContext,
): Promise<number> {
  if (flags.listRules === true) {
    context.write(ruleList())
    return 0
  }
  const format = flags.output ?? 'text'
  if (format !== 'text' && format !== 'json') {
    throw new ClusterError('USAGE', `lint has no output ${format}`, { hint: 'text or json' })
  }
  if (paths.length === 0) {
    throw new ClusterError('USAGE', 'lint needs a playbook, a role or a folder', {
      hint: 'cluster-os lint site.yml, or cluster-os lint .',
    })
  }
  const keyring = await keyringOf(flags, context)
  const options = {
    sources: sourceOptionsOf(flags, keyring),
    skip: ruleWords(flags.skipRule),
    enable: ruleWords(flags.enableRule),
  }
  let linted = lint(paths, options)
  let mended = 0
  for (let round = 0; flags.fix === true && round < ROUNDS_MAX; round += 1) {
    const count = mendAll(linted.findings)
    if (count === 0) break
    mended += count
    linted = lint(paths, options)
  }
  const { findings, files } = linted
  if (format === 'json') context.write(asJson(findings, files.length, mended))
  else context.write(asText(findings, files.length, mended, context))
  return findings.some(({ severity }) => severity === 'error') ? EXIT_FOUND : 0
}

/** `a,b` given once or several times, or in the settings. */
function ruleWords(given: string | readonly string[] | undefined): string[] {
  const words = (typeof given === 'string' ? [given] : (given ?? []))
    .flatMap((text) => text.split(','))
    .map((word) => word.trim())
    .filter((word) => word !== '')
  for (const word of words) {
    if ([...RULES.keys()].some((id) => isMeant(word, id))) continue
    const close = nearest(word, RULES.keys())
    throw new ClusterError('USAGE', `lint has no rule ${word}`, {
      hint: close === undefined ? 'see: cluster-os lint --list-rules' : `did you mean ${close}?`,
    })
  }
  return words
}

/** Writes each file once, whole or not at all; answers how many findings are gone. */
function mendAll(findings: readonly Finding[]): number {
  const byFile = new Map<string, Edit[]>()
  for (const { at, edit, also = [] } of findings) {
    if (at === undefined || edit === undefined) continue
    byFile.set(at.file, [...(byFile.get(at.file) ?? []), edit, ...also])
  }
  let count = 0
  for (const [file, edits] of byFile) {
    const text = readText(file)
    const { text: better, made } = mend(file, text, edits)
    if (better === text) continue
    writeAtomic(file, Buffer.from(better, 'utf8'), 0o644)
    count += findings.filter(({ edit }) => edit !== undefined && made.includes(edit)).length
  }
  return count
}

function asText(
  findings: readonly Finding[],
  files: number,
  mended: number,
  { paint }: CommandContext,
): string {
  const parts = findings.map(({ rule, severity, message, hint, at, code }) => {
    const place = at === undefined ? '' : `${escapeText(formatWhere(at))}: `
    const name = paint('dim', `[${code ?? rule}]`)
    const first = `${place}${paint(COLOURS[severity], severity)}: ${escapeText(message)} ${name}\n`
    return hint === undefined ? first : `${first}  ${paint('blue', 'hint:')} ${escapeText(hint)}\n`
  })
  const count = (severity: Severity): number =>
    findings.filter((finding) => finding.severity === severity).length
  const read = `${files} ${files === 1 ? 'file' : 'files'}`
  const told =
    findings.length === 0
      ? 'nothing to complain about'
      : `errors: ${count('error')}, warnings: ${count('warning')}, infos: ${count('info')}`
  const done = mended === 0 ? '' : `; mended: ${mended}`
  const fixable = findings.filter(({ edit }) => edit !== undefined).length
  const more = fixable === 0 ? '' : `; --fix mends ${fixable} of them`
  return `${parts.join('')}${read}: ${told}${done}${more}\n`
}

function asJson(findings: readonly Finding[], files: number, mended: number): string {
  const list = findings.map(({ edit, at, rule, severity, message, hint, code }) => ({
    rule,
    severity,
    message,
    hint,
    code,
    ...at,
    fixable: edit !== undefined,
  }))
  return `${escapeJson(JSON.stringify({ files, mended, findings: list }, null, 2))}\n`
}

function ruleList(): string {
  const width = Math.max(...[...RULES.keys()].map((id) => id.length)) + 2
  return [...RULES.values()]
    .map(({ id, severity, summary, isOptional, isFixable }) => {
      const marks = [isOptional === true ? 'off' : '', isFixable === true ? 'fix' : '']
      const shown = marks.filter((mark) => mark !== '').join(', ')
      const more = shown === '' ? '' : ` (${shown})`
      return `${id.padEnd(width)}${severity.padEnd(9)}${summary}${more}\n`
    })
    .join('')
}

const PAGE = `# Lint

    cluster-os lint site.yml roles/ group_vars/
    cluster-os lint .  --fix
    cluster-os lint site.yml --output json

\`lint\` needs no host. It tells every mistake that a run would refuse, in all files that
a playbook brings in, and not only the first; then what the rules below find. Files of tasks, roles
and variables may be given by themselves or as folders.

It ends with 2 when there is an error, otherwise with 0. \`--fix\` mends what can be mended without
changing what the playbook means; all other bytes of the file stay, and a file is written whole or
not at all. Names of rules are ansible-lint's where it has the rule.

A rule is passed over with \`--skip-rule RULE\`, for good with \`lint_skip: [RULE, RULE]\` in
\`cluster-os.yml\`, and on one line with a comment, \`# noqa RULE\`. Rules that are off are asked for
with \`--enable-rule RULE\` or \`lint_enable\`. A mistake cannot be passed over.

`

/** docs/lint.md. */
export function lintPage(): string {
  const rows = [...RULES.values()].map(({ id, severity, summary, hint, isOptional, isFixable }) => {
    const cells = [
      id,
      severity,
      isOptional === true ? 'off' : 'on',
      isFixable === true ? 'yes' : '',
    ]
    return `| ${[...cells, summary, hint].join(' | ')} |\n`
  })
  const head = '| rule | severity | | --fix | what it finds | what to do |'
  return `${PAGE}${head}\n|---|---|---|---|---|---|\n${rows.join('')}`
}
