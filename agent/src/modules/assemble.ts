// assemble: one file from the fragments in a folder, of the host or of the controller.
import { createHash } from 'node:crypto'
import { posix } from 'node:path'
import * as z from 'zod'
import { compileRegex, matchAll } from '../template/regex.ts'
import { attributeParams } from './attributes.ts'
import { contentOutcome, planContent } from './content.ts'
import { defineModule, known, type ModuleContext, type Outcome } from './module.ts'
import { bool, path, text, unsafeWrites } from './params.ts'

const schema = z.object({
  src: text().describe('the folder with the fragments'),
  dest: path().describe('the file on the host'),
  remote_src: bool().default(true).describe('src is on the host'),
  delimiter: text().optional().describe('what stands between two fragments; \\n is a new line'),
  regexp: text().optional().describe('only fragments whose name it matches'),
  ignore_hidden: bool().default(false).describe('leave out names that begin with a dot'),
  backup: bool().default(false).describe('keep the old file beside the new one'),
  validate: text().optional().describe('a command with %s that must accept the new file'),
  decrypt: bool().default(true).describe('accepted for playbooks that set it'),
  unsafe_writes: unsafeWrites(),
  ...attributeParams,
})

type Params = z.output<typeof schema>

export const assemble = defineModule({
  name: 'assemble',
  summary: 'Put a file together from fragments, in the order of their names.',
  params: schema,
  effect: 'changes',
  returns: {
    dest: 'the file',
    checksum: 'SHA-1 of the content',
    md5sum: 'MD5 of the content',
    msg: 'OK',
    backup_file: 'name of the old file, with backup',
  },
  examples: `- assemble:
    src: /etc/tool.d
    dest: /etc/tool.conf
    delimiter: "# next"`,
  probe: async (params, context): Promise<Outcome> => {
    const fragments = params.remote_src
      ? await ofHost(params, context)
      : ofController(params, context)
    if (typeof fragments === 'string') return { failure: fragments }
    const content = join(fragments, params.delimiter)
    const wish = {
      ...params,
      path: params.dest,
      content,
      source: params.src,
      hasBackup: params.backup,
      validate: params.validate,
      isFollowed: false,
      isForced: true,
    }
    const md5sum = createHash('md5').update(content).digest('hex')
    const plan = await planContent(context, wish)
    return contentOutcome(wish, plan, { msg: 'OK', src: params.src, md5sum })
  },
})

function isWanted({ regexp, ignore_hidden: isHidden }: Params, name: string): boolean {
  if (isHidden && name.startsWith('.')) return false
  return regexp === undefined || matchAll(compileRegex(regexp), name, 1).length > 0
}

async function ofHost(params: Params, { host }: ModuleContext): Promise<Buffer[] | string> {
  const folder = known(await host.stat(params.src, { follow: true }))
  if (folder === null) return `Source (${params.src}) does not exist`
  if (folder.type !== 'directory') return `Source (${params.src}) is not a directory`
  const names = known(await host.list(params.src)).filter((name) => isWanted(params, name))
  const found = names.toSorted().map(async (name) => {
    const file = posix.join(params.src, name)
    const state = known(await host.stat(file, { follow: true }))
    return state?.type === 'file' ? known(await host.read(file)) : null
  })
  return (await Promise.all(found)).filter((content) => content !== null)
}

function ofController(params: Params, { controller }: ModuleContext): Buffer[] | string {
  const folder = controller.findFile(params.src, 'files')
  if (!controller.isFolder(folder)) return `Source (${params.src}) is not a directory`
  return controller
    .listFiles(folder)
    .filter((name) => !name.includes('/') && isWanted(params, name))
    .map((name) => controller.readFile(posix.join(folder, name)))
}

/** A fragment without a last newline gets one before the next begins. */
function join(fragments: readonly Buffer[], delimiter: string | undefined): Buffer {
  const between = delimiter === undefined ? '' : unescaped(delimiter)
  const line = between === '' || between.endsWith('\n') ? between : `${between}\n`
  const parts: Buffer[] = []
  for (const [index, fragment] of fragments.entries()) {
    const before = fragments[index - 1]
    if (before !== undefined) {
      if (before.at(-1) !== 10) parts.push(Buffer.from('\n'))
      parts.push(Buffer.from(line))
    }
    parts.push(fragment)
  }
  return Buffer.concat(parts)
}

const LETTERS: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\\': '\\' }

function unescaped(delimiter: string): string {
  return delimiter.replaceAll(/\\([ntr\\])/g, (_, letter: string) => LETTERS[letter] ?? letter)
}
