// The person at the terminal. Not here: what is written to them (output/).
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { ClusterError } from '../errors.ts'

/** All of standard input. */
export async function readInput(): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** Asks and reads a line without showing it. USAGE where there is no terminal to ask. */
export function askSecret(question: string): Promise<string> {
  if (!process.stdin.isTTY) {
    return Promise.reject(
      new ClusterError('USAGE', `cannot ask for the ${question.replace(/: $/, '')}`, {
        hint: 'run it on a terminal, or give the password as a variable from a file with -e @file',
      }),
    )
  }
  return readAnswer(question, true)
}

/** Asks for a line, shown or not; undefined where there is no terminal. */
export function terminalAsker():
  | ((question: string, isHidden: boolean) => Promise<string>)
  | undefined {
  if (!process.stdin.isTTY) return undefined
  return (question, isHidden) => readAnswer(`${question}\n`, isHidden)
}

/**
 * Asks and reads the next line of standard input, for answers that were written before; undefined
 * once there are no more.
 */
export function lineAsker(): (question: string) => Promise<string | undefined> {
  let lines: AsyncIterator<string> | undefined
  return async (question) => {
    lines ??= createInterface({ input: process.stdin })[Symbol.asyncIterator]()
    process.stderr.write(question)
    const { done, value } = await lines.next()
    process.stderr.write(done === true ? '\n' : `${value}\n`)
    return done === true ? undefined : value
  }
}

function readAnswer(question: string, isHidden: boolean): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const output = isHidden ? silent : process.stderr
  const reader = createInterface({ input: process.stdin, output, terminal: true })
  process.stderr.write(question)
  return new Promise((resolve) => {
    reader.question('', (answer) => {
      reader.close()
      if (isHidden) process.stderr.write('\n')
      resolve(answer)
    })
  })
}
