// fetch: a file of the host, kept on the controller. Check mode writes nothing there.
import { createHash } from 'node:crypto'
import { posix } from 'node:path'
import * as z from 'zod'
import { str } from '../value/python.ts'
import { defineModule, known, type ModuleContext, type Outcome } from './module.ts'
import { bool, path, text } from './params.ts'

const schema = z.object({
  src: path().describe('the file on the host'),
  dest: text().describe('a folder of the controller; below it HOST/PATH, or with flat the file'),
  flat: bool().default(false).describe('dest is the file itself, or with a slash its folder'),
  fail_on_missing: bool().default(true).describe('fail when the file is not there'),
  validate_checksum: bool().default(true).describe('accepted; what comes is always complete'),
})

type Params = z.output<typeof schema>

export const fetch = defineModule({
  name: 'fetch',
  summary: 'Copy a file of the host to the controller.',
  params: schema,
  effect: 'changes',
  returns: {
    dest: 'the file on the controller',
    checksum: 'SHA-1 of the content',
    remote_checksum: 'the same',
    md5sum: 'MD5 of the content',
    file: 'the file on the host, when it was not written',
  },
  examples: `- fetch:
    src: /var/log/dpkg.log
    dest: logs`,
  notes: ['The file stays below dest whatever path the host has it at.'],
  probe: async (params, context): Promise<Outcome> => {
    const { host, controller } = context
    const state = known(await host.stat(params.src, { follow: true }))
    const refused = refuse(params, state?.type)
    if (refused !== undefined) return refused
    const content = known(await host.read(params.src)) ?? Buffer.alloc(0)
    const { folder, name } = place(params, context)
    const dest = controller.outputPath(folder, name)
    const digest = (kind: string): string => createHash(kind).update(content).digest('hex')
    const checksum = digest('sha1')
    const common = { checksum, dest, md5sum: digest('md5') }
    if (controller.readIfThere(dest)?.equals(content) === true) {
      return { result: { ...common, file: params.src } }
    }
    if (host.isOverlay) controller.planFile(dest, content)
    return {
      isChanged: true,
      result: { ...common, remote_checksum: checksum, remote_md5sum: null },
      finish: () => {
        controller.writeFile(folder, name, content)
        return {}
      },
    }
  },
})

function refuse(params: Params, type: string | undefined): Outcome | undefined {
  if (type === 'file') return undefined
  const words =
    type === undefined
      ? 'the remote file does not exist'
      : type === 'directory'
        ? 'remote file is a directory, fetch cannot work on directories'
        : `the remote file is a ${type}`
  if (params.fail_on_missing) return { failure: words, result: { file: params.src } }
  return { result: { msg: `${words}, not transferring, ignored`, file: params.src } }
}

/** The folder that the author chose, and the path below it that the host's file gets. */
function place(params: Params, { controller }: ModuleContext): { folder: string; name: string } {
  const clean = posix.normalize(`/${params.src}`)
  if (!params.flat) {
    return { folder: params.dest, name: posix.join(str(controller.variable(HOST_NAME)), clean) }
  }
  if (params.dest.endsWith('/')) return { folder: params.dest, name: posix.basename(clean) }
  return { folder: posix.dirname(params.dest), name: posix.basename(params.dest) }
}

const HOST_NAME = 'inventory_hostname'
