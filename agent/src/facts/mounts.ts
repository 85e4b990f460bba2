// Mounted file systems with their sizes.
import type { Value } from '../value/value.ts'
import { dictOf, type Fact, oneOf, partsScript, readParts } from './fact.ts'

/** Devices, and shares of other machines: what has a path or a host before its colon. */
const CHOICE = `'$1 ~ /^\\// || $1 ~ /:\\// { print $2 }'`

export const mounts: Fact = {
  gives: oneOf('ansible_mounts'),
  subset: 'hardware',
  // The limit keeps a share whose server is away from holding up the answer.
  script: partsScript({
    mounts: 'cat /proc/mounts',
    sizes: [
      `awk ${CHOICE} /proc/mounts | while read -r m; do p=$(printf %b "$m")`,
      '  timeout 5 stat -f -c "%S %s %b %a %c %d $m" -- "$p"; done',
    ].join('\n'),
    uuids: 'lsblk -n -r -o PATH,UUID',
    binds: `findmnt -n -r -o TARGET,SOURCE | awk '/\\[/ { print $1 }'`,
  }),
  parse: (printed) => {
    const parts = readParts(printed)
    const lines = (name: string): string[][] =>
      (parts.get(name) ?? '').split('\n').map((line) => line.split(' '))
    const sizes = new Map(lines('sizes').map((words) => [words[6] ?? '', words.map(Number)]))
    const uuids = new Map(lines('uuids').map(([path = '', uuid = '']) => [path, uuid]))
    const binds = new Set(lines('binds').map(([target]) => unescaped(target ?? '')))
    const found: Value[] = []
    for (const [device = '', mount = '', fstype = '', options = ''] of lines('mounts')) {
      if (!/^\/|:\//.test(device) || fstype === 'none') continue
      const bind = binds.has(unescaped(mount)) && !/(^|,)bind(,|$)/.test(options) ? ',bind' : ''
      found.push(
        dictOf({
          mount: unescaped(mount),
          device: unescaped(device),
          fstype,
          options: options + bind,
          uuid: uuids.get(device) || 'N/A',
          ...sizeFields(sizes.get(mount)),
        }),
      )
    }
    return { ansible_mounts: found }
  },
}

function sizeFields(numbers: readonly number[] | undefined): Record<string, Value> {
  if (numbers === undefined) return {}
  const [unit = 0, block = 0, total = 0, free = 0, inodes = 0, inodesFree = 0] = numbers
  return {
    size_total: unit * total,
    size_available: unit * free,
    block_size: block,
    block_total: total,
    block_available: free,
    block_used: total - free,
    inode_total: inodes,
    inode_available: inodesFree,
    inode_used: inodes - inodesFree,
  }
}

/** The kernel writes blanks and the like as octal numbers. */
function unescaped(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  )
}
