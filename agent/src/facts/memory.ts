// Main memory and swap, in MiB, each rounded down before sums are made, as Ansible does.
import { dictOf, type Fact, oneOf } from './fact.ts'

export const memory: Fact = {
  gives: oneOf(
    'ansible_memtotal_mb',
    'ansible_memfree_mb',
    'ansible_swaptotal_mb',
    'ansible_swapfree_mb',
    'ansible_memory_mb',
  ),
  subset: 'hardware',
  script: 'cat /proc/meminfo',
  parse: (printed) => {
    const found = new Map<string, number>()
    for (const [, name = '', kib = ''] of printed.matchAll(/^(\w+):\s+(\d+) kB/gm)) {
      found.set(name, Math.floor(Number(kib) / 1024))
    }
    const get = (name: string): number => found.get(name) ?? 0
    const [total, free] = [get('MemTotal'), get('MemFree')]
    const [swapTotal, swapFree] = [get('SwapTotal'), get('SwapFree')]
    const unused = free + get('Cached') + get('Buffers')
    const swap = { total: swapTotal, free: swapFree, used: swapTotal - swapFree }
    return {
      ansible_memtotal_mb: total,
      ansible_memfree_mb: free,
      ansible_swaptotal_mb: swapTotal,
      ansible_swapfree_mb: swapFree,
      ansible_memory_mb: dictOf({
        real: dictOf({ total, used: total - free, free }),
        nocache: dictOf({ free: unused, used: total - unused }),
        swap: dictOf({ ...swap, cached: get('SwapCached') }),
      }),
    }
  },
}
