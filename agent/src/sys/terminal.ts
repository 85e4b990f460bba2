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
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const reader = createInterface({ input: process.stdin, output: silent, terminal: true })
  process.stderr.write(question)
  return new Promise((resolve) => {
    reader.question('', (answer) => {
      reader.close()
      process.stderr.write('\n')
      resolve(answer)
    })
  })
}
