// What a host is like, for the paths and names that a case asks about. Not here: what it should be.
import type { Host } from '../../agent/src/host/host.ts'
import { fromPlain, type Plain, toPlain } from '../../agent/src/value/plain.ts'
import { Unknown } from '../../agent/src/value/value.ts'
import type { HostData } from './memory.ts'

async function each(names: object | undefined, look: (name: string) => Promise<unknown>) {
  const found: Record<string, unknown> = {}
  for (const name of Object.keys(names ?? {})) found[name] = await look(name)
  return found
}

/** The state of what `asked` names, in the words of a case. */
export async function afterwards(host: Host, asked: HostData): Promise<Plain> {
  const installed = await host.packages()
  return toPlain(
    fromPlain({
      files: await each(asked.files, (path) => fileAt(host, path)),
      users: await each(asked.users, (name) => host.user(name)),
      groups: await each(asked.groups, (name) => host.group(name)),
      packages: await each(asked.packages, (name) =>
        Promise.resolve(
          installed instanceof Unknown ? installed : (installed.get(name)?.version ?? null),
        ),
      ),
      units: await each(asked.units, (name) => host.unit(name)),
      sysctls: await each(asked.sysctls, (key) => host.sysctl(key)),
    }),
  )
}

async function fileAt(host: Host, path: string): Promise<unknown> {
  const state = await host.stat(path)
  if (state === null || state instanceof Unknown) return state
  const base = {
    type: state.type,
    mode: state.mode.toString(8).padStart(4, '0'),
    owner: state.owner,
    group: state.group,
  }
  if (state.type === 'link') return { ...base, target: state.target }
  if (state.type !== 'file') return base
  const content = await host.read(path)
  const text = content instanceof Buffer ? content.toString('utf8') : content
  return { ...base, content: text }
}
