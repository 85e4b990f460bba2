// template: an author's template, rendered with the host's variables.
import { basename, posix } from 'node:path'
import * as z from 'zod'
import { Unknown } from '../value/value.ts'
import { attributeParams, modeText } from './attributes.ts'
import { contentOutcome, planContent } from './content.ts'
import { defineModule, type TemplateMarks } from './module.ts'
import { bool, choice, path, text, unsafeWrites } from './params.ts'

const schema = z.object({
  src: text().describe('the template, found in templates/ of the role or beside the playbook'),
  dest: path().describe('the path on the host'),
  backup: bool().default(false).describe('keep the old file beside the new one'),
  force: bool().default(true).describe('write where a file with another content stands'),
  follow: bool().default(false).describe('write the target of a link, not the link'),
  validate: text().optional().describe('a command with %s that must accept the new file'),
  newline_sequence: choice(['\\n', '\\r', '\\r\\n', '\n', '\r', '\r\n'])
    .default('\n')
    .describe('how lines end'),
  trim_blocks: bool().default(true).describe('a newline after a block is dropped'),
  lstrip_blocks: bool().default(false).describe('white space before a block is dropped'),
  block_start_string: text().optional().describe('what begins a block, instead of {%'),
  block_end_string: text().optional().describe('what ends it'),
  variable_start_string: text().optional().describe('what begins a value, instead of {{'),
  variable_end_string: text().optional().describe('what ends it'),
  comment_start_string: text().optional().describe('what begins a comment, instead of {#'),
  comment_end_string: text().optional().describe('what ends it'),
  output_encoding: choice(['utf-8', 'UTF-8', 'utf8']).default('utf-8').describe('utf-8'),
  unsafe_writes: unsafeWrites(),
  ...attributeParams,
})

const NEWLINES: Readonly<Record<string, string>> = {
  '\\n': '\n',
  '\\r': '\r',
  '\\r\\n': '\r\n',
}

export const template = defineModule({
  name: 'template',
  summary: 'Render a template of the controller to a file of the host.',
  params: schema,
  effect: 'changes',
  returns: {
    dest: 'the path written',
    checksum: 'SHA-1 of the content',
    md5sum: 'MD5 of the content, when it was written',
    src: 'the template',
    mode: 'permission bits, as 0644',
    owner: 'name of its owner',
    group: 'name of its group',
    size: 'bytes',
    state: 'file',
  },
  examples: `- name: the configuration of the service
  template:
    src: service.conf.j2
    dest: /etc/service.conf
    mode: "0640"
    validate: service --check %s`,
  probe: async (params, context) => {
    const { controller, host } = context
    const source = controller.findFile(params.src, 'templates')
    const newline = NEWLINES[params.newline_sequence] ?? params.newline_sequence
    const rendered = controller.renderFile(source, {
      trimBlocks: params.trim_blocks,
      lstripBlocks: params.lstrip_blocks,
      newline,
      name: params.src,
      dest: params.dest,
      marks: marksOf(params),
    })
    const content = rendered instanceof Unknown ? rendered : Buffer.from(rendered, 'utf8')
    const there = await host.stat(params.dest, { follow: true })
    const isFolder = !(there instanceof Unknown) && there?.type === 'directory'
    const dest =
      params.dest.endsWith('/') || isFolder
        ? posix.join(params.dest, basename(source))
        : params.dest
    const wish = {
      path: dest,
      content,
      source,
      hasBackup: params.backup,
      validate: params.validate,
      isFollowed: params.follow,
      isForced: params.force,
      mode: params.mode === 'preserve' ? modeText(controller.fileMode(source)) : params.mode,
      owner: params.owner,
      group: params.group,
    }
    return contentOutcome(wish, await planContent(context, wish))
  },
})

/** The marks that the task gives, under the engine's names. */
function marksOf(params: z.output<typeof schema>): TemplateMarks {
  const given = {
    blockStart: params.block_start_string,
    blockEnd: params.block_end_string,
    variableStart: params.variable_start_string,
    variableEnd: params.variable_end_string,
    commentStart: params.comment_start_string,
    commentEnd: params.comment_end_string,
  }
  return Object.fromEntries(Object.entries(given).filter(([, mark]) => mark !== undefined))
}
