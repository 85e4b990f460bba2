// cluster-os doctor: what is wrong with this node's place in its cluster, and how to mend it; also
// where the agent does not run. Exit code 0: nothing was found, 1: something was. Not here: the
// rules for a running agent (daemon/diagnosis.ts).
import type { Diagnosis } from '../daemon/diagnosis.ts'
import { readSettings, SETTINGS_FILE, socketOf } from '../daemon/settings.ts'
import { ClusterError } from '../errors.ts'
import { Store } from '../identity/store.ts'
import { escapeLine } from '../output/escape.ts'
import { fileKind } from '../sys/files.ts'
import { type AskFlags, askOnce } from './asking.ts'
import type { CommandContext } from './context.ts'

export interface DoctorFlags extends AskFlags {
  readonly settings?: string
  readonly json?: boolean
}

export async function doctorCommand(flags: DoctorFlags, context: CommandContext): Promise<number> {
  const found = (await ofAgent(flags, context)) ?? withoutAgent(flags)
  if (flags.json === true) {
    context.write(`${JSON.stringify(found, null, 2)}\n`)
  } else {
    for (const { what, mend } of found) {
      context.write(`${escapeLine(what)}\n  to mend it: ${escapeLine(mend)}\n`)
    }
    if (found.length === 0) context.write('nothing is wrong that can be seen from here\n')
  }
  return found.length === 0 ? 0 : 1
}

async function ofAgent(
  { socket, settings }: DoctorFlags,
  context: CommandContext,
): Promise<readonly Diagnosis[] | undefined> {
  // The settings that are named say which agent is meant, whatever the environment says.
  const path = socket ?? (settings === undefined ? undefined : socketOf(settings))
  const flags: AskFlags = path === undefined ? {} : { socket: path }
  try {
    return (await askOnce<{ found: readonly Diagnosis[] }>({ ask: 'doctor' }, flags, context)).found
  } catch (error) {
    if (error instanceof ClusterError && error.code === 'AGENT') return undefined
    throw error
  }
}

/** The agent does not answer: what would hold it up? */
function withoutAgent(flags: DoctorFlags): Diagnosis[] {
  try {
    const settings = readSettings(flags.settings ?? SETTINGS_FILE)
    const store = new Store(settings.identity)
    if (store.membership() === undefined && fileKind(settings.seed) === undefined) {
      return [
        {
          what: `this machine belongs to no cluster, and there is no seed at ${settings.seed}`,
          mend: 'put a seed there: cluster-os seed create -o seed.yml where the cluster is kept',
        },
      ]
    }
    // For what it throws where the file of the node's key is damaged, or others may read it.
    store.hasIdentity()
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error
    return [{ what: error.message, mend: error.hint ?? 'see docs/ERRORS.md' }]
  }
  return [
    {
      what: 'the agent does not run, or does not answer on its socket',
      mend: 'systemctl start cluster-os; journalctl -u cluster-os says why it ended',
    },
  ]
}
