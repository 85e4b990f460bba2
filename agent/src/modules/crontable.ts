// The lines of a table of cron: jobs under comments with their names, and variables. Pure functions
// on lists of lines. Not here: where a table is kept (cron.ts).

export type CronTable = readonly string[]

/** The comment above a job. It is Ansible's own, so that both find each other's jobs. */
const MARK = '#Ansible: '

const VARIABLE = /^\s*([A-Za-z_]\w*|"[^"]*"|'[^']*')\s*=/

export function parseTable(text: string): CronTable {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines
}

export function tableText(table: CronTable): string {
  return table.map((line) => `${line}\n`).join('')
}

export function jobNames(table: CronTable): string[] {
  return table.filter((line) => line.startsWith(MARK)).map((line) => line.slice(MARK.length))
}

export function envNames(table: CronTable): string[] {
  return table.flatMap((line) => envName(line) ?? [])
}

function envName(line: string): string | undefined {
  return VARIABLE.exec(line)?.[1]?.replaceAll(/^["']|["']$/g, '')
}

/** A job that has no comment yet but the very line is adopted; else it is replaced or ends the table. */
export function setJob(table: CronTable, name: string, line: string): CronTable {
  const mark = `${MARK}${name}`
  const at = table.indexOf(mark)
  if (at >= 0) {
    if (table[at + 1] === line) return table
    return table.toSpliced(at, hasJob(table, at) ? 2 : 1, mark, line)
  }
  const bare = table.indexOf(line)
  const isAdopted = bare >= 0 && !(table[bare - 1] ?? '').startsWith(MARK)
  if (isAdopted) return table.toSpliced(bare, 0, mark)
  return [...table, mark, line]
}

/** Whether the line below a comment is its job, and not another's comment. */
function hasJob(table: CronTable, at: number): boolean {
  const next = table[at + 1]
  return next !== undefined && !next.startsWith(MARK)
}

export function removeJob(table: CronTable, name: string): CronTable {
  const at = table.indexOf(`${MARK}${name}`)
  return at < 0 ? table : table.toSpliced(at, hasJob(table, at) ? 2 : 1)
}

export interface EnvWish {
  readonly name: string
  readonly job?: string | undefined
  readonly insertafter?: string | undefined
  readonly insertbefore?: string | undefined
}

/** The table with the variable, or words why it cannot be. A new one stands at the top. */
export function setEnv(table: CronTable, wish: EnvWish): CronTable | string {
  const line = `${wish.name}="${wish.job ?? ''}"`
  const at = table.findIndex((text) => envName(text) === wish.name)
  if (at >= 0) return table[at] === line ? table : table.with(at, line)
  const other = wish.insertafter ?? wish.insertbefore
  if (other === undefined) return [line, ...table]
  const place = table.findIndex((text) => envName(text) === other)
  if (place < 0) return `there is no variable ${other} to stand beside`
  return table.toSpliced(wish.insertafter === undefined ? place : place + 1, 0, line)
}

export function removeEnv(table: CronTable, name: string): CronTable {
  const at = table.findIndex((text) => envName(text) === name)
  return at < 0 ? table : table.toSpliced(at, 1)
}
