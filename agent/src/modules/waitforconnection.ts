// wait_for_connection: until a shell of the host answers. Not here: ports and files (waitfor.ts).
import * as z from 'zod'
import { ClusterError } from '../errors.ts'
import type { Host } from '../host/host.ts'
import { type Connection, defineModule } from './module.ts'
import { int } from './params.ts'

const schema = z.object({
  delay: int().default(0).describe('seconds before the first try'),
  sleep: int().default(1).describe('seconds between tries'),
  timeout: int().default(600).describe('seconds for all'),
  connect_timeout: int().default(5).describe('seconds that one try may take'),
})

export const waitForConnection = defineModule({
  name: 'wait_for_connection',
  summary: 'Wait until the host can be reached.',
  params: schema,
  effect: 'runs',
  isHostAwaited: true,
  returns: { elapsed: 'seconds waited' },
  examples: `- wait_for_connection:
    delay: 5
    timeout: 300`,
  notes: ['In check mode the host is believed to be there.'],
  probe: (params, { connection }) => ({
    isChanged: false,
    finish: async () => {
      const startMs = connection.now()
      const elapsed = (): number => Math.floor((connection.now() - startMs) / 1000)
      await connection.pause(params.delay * 1000)
      const deadlineMs = startMs + params.timeout * 1000
      const back = await awaitHost(connection, deadlineMs, params, () => Promise.resolve(true))
      if (back === 'back') return { result: { elapsed: elapsed() } }
      const failure = `no connection within ${params.timeout} seconds: ${back}`
      return { result: { elapsed: elapsed() }, failure }
    },
  }),
})

export interface Patience {
  readonly sleep: number
  readonly connect_timeout: number
}

/** Connects anew until the host is as wanted: `back`, or the last words when the time is up. */
export async function awaitHost(
  connection: Connection,
  deadlineMs: number,
  patience: Patience,
  isWanted: (host: Host) => Promise<boolean>,
): Promise<string> {
  for (;;) {
    let words = 'the host is not as it is waited for'
    try {
      if (await isWanted(await connection.reopen(patience.connect_timeout * 1000))) return 'back'
    } catch (error) {
      if (!(error instanceof ClusterError)) throw error
      words = error.message
    }
    if (connection.now() + patience.sleep * 1000 >= deadlineMs) return words
    await connection.pause(patience.sleep * 1000)
  }
}
