// Programs of the host that a module needs. Not here: packages that bring them.
import type { Host } from '../host/host.ts'
import { quoteWord } from '../host/quote.ts'
import { known } from './module.ts'

/** The path of the first program that the host has; in check mode it may come with a package. */
export async function findProgram(
  host: Host,
  names: readonly string[],
): Promise<string | undefined> {
  const script = names.map((name) => `command -v ${quoteWord(name)}`).join(' || ')
  const answer = await host.ask(script)
  const found = answer.stdout.toString('utf8').trim().split('\n')[0] ?? ''
  if (answer.rc === 0 && found !== '') return found
  for (const name of names) {
    const path = name.startsWith('/') ? name : `/usr/bin/${name}`
    const state = known(await host.stat(path, { follow: true }))
    if (state !== null && host.isOverlay) return path
  }
  await settlePackages(host)
  return undefined
}

/** What a host lacks may have come with packages of a task that check mode did not run. */
export async function settlePackages(host: Host): Promise<void> {
  if (host.isOverlay) known(await host.packages())
}

export function missingProgram(name: string): { failure: string } {
  return { failure: `the host has no program ${name}` }
}
