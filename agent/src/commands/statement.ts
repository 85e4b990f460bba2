// cluster-os statement add FILE...: hands statements that an operator has signed to the agent of
// this machine, which checks them and tells all members. Not here: making them (operator commands).
import { ClusterError } from '../errors.ts'
import { escapeLine } from '../output/escape.ts'
import { readFile } from '../sys/files.ts'
import { STATEMENT_MAX_BYTES } from '../wire/statement.ts'
import { type AskFlags, askOnce } from './asking.ts'
import type { CommandContext } from './context.ts'

/** Statements of one request; a request is 64 KiB at most (sys/unix.ts), 64 of them some 55. */
const AT_ONCE = 64

export async function statementCommand(
  action: string | undefined,
  files: readonly string[],
  flags: AskFlags,
  context: CommandContext,
): Promise<number> {
  if (action !== 'add' || files.length === 0) {
    throw new ClusterError('USAGE', 'statement takes "add" and files', {
      hint: 'cluster-os statement add revocation.statement',
    })
  }
  // All are read before the agent has one of them.
  const papers = files.map((file) => ({ file, bytes: readFile(file) }))
  let isGood = true
  for (let at = 0; at < papers.length; at += AT_ONCE) {
    const some = papers.slice(at, at + AT_ONCE)
    const words = await addAll(
      some.map(({ bytes }) => bytes),
      flags,
      context,
    )
    for (const [index, { file }] of some.entries()) {
      const word = words[index] ?? ''
      isGood &&= word === 'taken' || word === 'known'
      context.write(`${escapeLine(file)}: ${word}\n`)
    }
  }
  return isGood ? 0 : 1
}

/** Of each what became of it; what is too long for a statement is not handed over at all. */
async function addAll(
  papers: readonly Buffer[],
  flags: AskFlags,
  context: CommandContext,
): Promise<string[]> {
  const short = papers.filter(isShort)
  const statements = short.map((bytes) => bytes.toString('base64'))
  const { taken } =
    short.length === 0
      ? { taken: [] }
      : await askOnce<{ taken: readonly string[] }>({ ask: 'add', statements }, flags, context)
  const words = taken.values()
  return papers.map((bytes) => {
    if (isShort(bytes)) return words.next().value ?? 'the agent said nothing of it'
    return `refused: it is no statement: none is longer than ${STATEMENT_MAX_BYTES} bytes`
  })
}

function isShort(bytes: Buffer): boolean {
  return bytes.length <= STATEMENT_MAX_BYTES
}

/** Has the agent read its settings anew. */
export async function reloadCommand(flags: AskFlags, context: CommandContext): Promise<number> {
  await askOnce({ ask: 'reload' }, flags, context)
  return 0
}

/** The agent's figures, as Prometheus reads them. */
export async function metricsCommand(flags: AskFlags, context: CommandContext): Promise<number> {
  const { text } = await askOnce<{ text: string }>({ ask: 'metrics' }, flags, context)
  context.write(text)
  return 0
}
