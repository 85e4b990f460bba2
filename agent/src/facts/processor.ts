// The processors, read from /proc/cpuinfo.
import { type Fact, oneOf, partsScript, readParts } from './fact.ts'

export const processor: Fact = {
  gives: oneOf(
    'ansible_processor',
    'ansible_processor_count',
    'ansible_processor_cores',
    'ansible_processor_threads_per_core',
    'ansible_processor_vcpus',
    'ansible_processor_nproc',
  ),
  subset: 'hardware',
  script: partsScript({ cpuinfo: 'cat /proc/cpuinfo', nproc: 'nproc' }),
  parse: (printed) => {
    const parts = readParts(printed)
    const words: string[] = []
    const cores = new Map<string, number>()
    let socket: string | undefined
    let siblings = 0
    let count = 0
    for (const line of (parts.get('cpuinfo') ?? '').split('\n')) {
      const [name = '', value = ''] = line.split(/\s*:\s*/)
      if (name === 'processor') count += 1
      if (['processor', 'vendor_id', 'model name', 'Processor'].includes(name)) words.push(value)
      if (name === 'physical id') socket = value
      if (name === 'siblings') siblings = Number(value)
      if (name === 'cpu cores' && socket !== undefined) cores.set(socket, Number(value))
    }
    const nproc = Number.parseInt(parts.get('nproc') ?? '', 10) || count
    const [perSocket] = cores.values()
    // Machines that name no sockets (most ARM ones) count each processor as a socket of its own.
    const shape =
      perSocket === undefined
        ? { sockets: count, cores: 1, threads: 1 }
        : { sockets: cores.size, cores: perSocket, threads: Math.floor(siblings / perSocket) || 1 }
    return {
      ansible_processor: words,
      ansible_processor_count: shape.sockets,
      ansible_processor_cores: shape.cores,
      ansible_processor_threads_per_core: shape.threads,
      ansible_processor_vcpus: shape.sockets * shape.cores * shape.threads,
      ansible_processor_nproc: nproc,
    }
  },
}
