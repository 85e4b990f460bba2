// slurp: the content of a file of the host, as base64.
import * as z from 'zod'
import { Unknown } from '../value/value.ts'
import { defineModule } from './module.ts'
import { path } from './params.ts'

export const slurp = defineModule({
  name: 'slurp',
  summary: 'Read a file of the host.',
  params: z.object({ src: path().describe('the file on the host') }),
  aliases: { path: 'src' },
  effect: 'reads',
  returns: { content: 'the content, in base64', encoding: 'base64', source: 'the file' },
  examples: `- slurp:
    src: /etc/machine-id
  register: id
- debug:
    msg: "{{ id.content | b64decode }}"`,
  probe: async (params, { host }) => {
    const state = await host.stat(params.src, { follow: true })
    if (state instanceof Unknown) return { isChanged: state }
    if (state?.type === 'directory') {
      return { failure: `source is a directory and must be a file: ${params.src}` }
    }
    const content = await host.read(params.src)
    if (content === null) return { failure: `file not found: ${params.src}` }
    return {
      result: {
        content: content instanceof Unknown ? content : content.toString('base64'),
        encoding: 'base64',
        source: params.src,
      },
    }
  },
})
