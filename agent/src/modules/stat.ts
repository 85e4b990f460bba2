// stat: what stands at a path.
import { posix } from 'node:path'
import * as z from 'zod'
import { ClusterError } from '../errors.ts'
import type { Algorithm, FileState, Host } from '../host/host.ts'
import { Unknown } from '../value/value.ts'
import { defineModule, known } from './module.ts'
import { bool, choice, path } from './params.ts'

const schema = z.object({
  path: path().describe('the path on the host'),
  follow: bool().default(false).describe('look at the target of a link'),
  get_checksum: bool().default(true).describe('digest of a file'),
  checksum_algorithm: choice(['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'])
    .default('sha1')
    .describe('how the digest is made'),
  get_mime: bool().default(true).describe('accepted; types are not guessed'),
  get_attributes: bool().default(true).describe('accepted; file system flags are not read'),
})

export const stat = defineModule({
  name: 'stat',
  summary: 'Tell what stands at a path.',
  params: schema,
  aliases: {
    dest: 'path',
    name: 'path',
    checksum: 'checksum_algorithm',
    checksum_algo: 'checksum_algorithm',
    mime: 'get_mime',
    mime_type: 'get_mime',
    'mime-type': 'get_mime',
    attributes: 'get_attributes',
    attr: 'get_attributes',
  },
  effect: 'reads',
  returns: { stat: 'exists, isreg, isdir, islnk, mode, size, uid, gid, checksum, ...' },
  examples: `- stat:
    path: /etc/motd
  register: motd
- debug:
    msg: "it is {{ motd.stat.size }} bytes long"
  when: motd.stat.exists`,
  probe: async (params, { host }) => {
    const [state, digest] = await Promise.all([
      host.stat(params.path, { follow: params.follow }),
      params.get_checksum ? digestOf(host, params.path, params.checksum_algorithm) : null,
    ])
    if (state instanceof Unknown) return { result: { stat: state } }
    if (state === null) return { result: { stat: { exists: false } } }
    const link = state.type === 'link' ? await linkFields(host, params.path, state) : {}
    const checksum = state.type === 'file' && digest !== null ? { checksum: digest } : {}
    const target = state.type === 'link' ? await host.stat(params.path, { follow: true }) : state
    const access = await accessFields(host, target)
    return {
      result: { stat: { ...statFields(params.path, state), ...link, ...checksum, ...access } },
    }
  },
})

/** A folder, or a file that may not be read, has no digest. */
async function digestOf(host: Host, path: string, algorithm: Algorithm) {
  try {
    return await host.checksum(path, algorithm)
  } catch (error) {
    if (error instanceof ClusterError && error.code === 'HOST_STATE') return null
    throw error
  }
}

async function linkFields(host: Host, path: string, state: FileState) {
  const folder = path.replace(/[^/]*$/, '')
  const target = state.target ?? ''
  const there = known(await host.stat(path, { follow: true }))
  return {
    lnk_target: target,
    lnk_source:
      there?.target?.startsWith('/') === true ? there.target : posix.resolve(folder, target),
  }
}

/** What the user that the task works as may do, from the permission bits. */
async function accessFields(host: Host, state: FileState | null | Unknown) {
  if (state instanceof Unknown) return { readable: state, writeable: state, executable: state }
  if (state === null) return { readable: false, writeable: false, executable: false }
  const { uid, gid } = await host.identity()
  const isRoot = uid === 0
  const shift = state.uid === uid ? 6 : state.gid === gid ? 3 : 0
  const may = (bit: number): boolean => ((state.mode >> shift) & bit) !== 0
  return {
    readable: isRoot || may(4),
    writeable: isRoot || may(2),
    executable: isRoot ? (state.mode & 0o111) !== 0 : may(1),
  }
}

/** The fields of `stat` and of each file that `find` tells of. */
export function statFields(path: string, state: FileState): Record<string, unknown> {
  const bit = (mask: number): boolean => (state.mode & mask) !== 0
  // A file that this run would make has no number before it is made.
  const later = new Unknown('set when the change is made', 'the host')
  return {
    exists: true,
    path,
    mode: state.mode.toString(8).padStart(4, '0'),
    isdir: state.type === 'directory',
    ischr: state.type === 'char',
    isblk: state.type === 'block',
    isreg: state.type === 'file',
    isfifo: state.type === 'fifo',
    islnk: state.type === 'link',
    issock: state.type === 'socket',
    uid: state.uid,
    gid: state.gid,
    size: state.sizeBytes,
    inode: state.inode === 0 ? later : state.inode,
    dev: state.inode === 0 ? later : state.device,
    nlink: state.links,
    atime: state.accessTime,
    mtime: state.modifyTime,
    ctime: state.changeTime,
    wusr: bit(0o200),
    rusr: bit(0o400),
    xusr: bit(0o100),
    wgrp: bit(0o020),
    rgrp: bit(0o040),
    xgrp: bit(0o010),
    woth: bit(0o002),
    roth: bit(0o004),
    xoth: bit(0o001),
    isuid: bit(0o4000),
    isgid: bit(0o2000),
    pw_name: state.owner,
    gr_name: state.group,
  }
}
