// ping: whether the host answers.
import * as z from 'zod'
import { defineModule } from './module.ts'
import { text } from './params.ts'

export const ping = defineModule({
  name: 'ping',
  summary: 'Ask the host for an answer.',
  params: z.object({ data: text().default('pong').describe('the answer wanted') }),
  effect: 'reads',
  returns: { ping: 'the data' },
  examples: '- ping:',
  probe: async (params, { host }) => {
    await host.identity()
    return { result: { ping: params.data } }
  },
})
