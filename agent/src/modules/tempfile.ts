// tempfile: a new empty file or folder under a name that nobody else has.
import * as z from 'zod'
import { quoteWord } from '../host/quote.ts'
import { Unknown } from '../value/value.ts'
import { attributeFields } from './attributes.ts'
import { defineModule, known } from './module.ts'
import { choice, path, text } from './params.ts'

export const tempfile = defineModule({
  name: 'tempfile',
  summary: 'Make a new empty file or folder under a name that is not in use.',
  params: z.object({
    state: choice(['file', 'directory']).default('file').describe('what is made'),
    path: path().optional().describe('the folder it is made in, instead of TMPDIR or /tmp'),
    prefix: text().default('ansible.').describe('how the name begins'),
    suffix: text().default('').describe('how the name ends'),
  }),
  effect: 'runs',
  returns: { path: 'what was made', state: 'file or directory', mode: 'its permission bits' },
  examples: `- tempfile:
    state: directory
    suffix: .build
  register: work
- unarchive:
    src: tool.tar.gz
    dest: "{{ work.path }}"`,
  probe: async (params, { host }) => {
    if (`${params.prefix}${params.suffix}`.includes('/')) {
      return { failure: 'prefix and suffix of a temporary name hold no slash' }
    }
    if (params.path !== undefined) {
      const folder = known(await host.stat(params.path, { follow: true }))
      if (folder?.type !== 'directory') return { failure: `there is no folder ${params.path}` }
    }
    const folder = params.path === undefined ? '"${TMPDIR:-/tmp}"' : quoteWord(params.path)
    const words = [
      params.state === 'directory' ? '-d ' : '',
      `-p ${folder} `,
      params.suffix === '' ? '' : `--suffix=${quoteWord(params.suffix)} `,
      `-- ${quoteWord(`${params.prefix}XXXXXXXX`)}`,
    ].join('')
    const later = new Unknown('named when it is made', host.name)
    return {
      changes: [
        { summary: `make a temporary ${params.state}`, script: `mktemp ${words}`, effects: [] },
      ],
      result: host.isOverlay ? { path: later, state: params.state } : { state: params.state },
      finish: async ([ran]) => {
        const made = ran?.stdout.toString('utf8').replace(/\n$/, '') ?? ''
        const state = known(await host.stat(made))
        return { result: { path: made, ...(state === null ? {} : attributeFields(state)) } }
      },
    }
  },
})
