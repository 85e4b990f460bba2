// The kernel, the machine and its names.
import { type Fact, oneOf } from './fact.ts'

const BITS: Readonly<Record<string, string>> = {
  x86_64: '64',
  aarch64: '64',
  ppc64le: '64',
  s390x: '64',
  riscv64: '64',
}

export const kernel: Fact = {
  gives: oneOf(
    'ansible_system',
    'ansible_kernel',
    'ansible_kernel_version',
    'ansible_machine',
    'ansible_architecture',
    'ansible_userspace_bits',
    'ansible_userspace_architecture',
    'ansible_nodename',
    'ansible_hostname',
    'ansible_fqdn',
    'ansible_domain',
    'ansible_machine_id',
  ),
  subset: 'min',
  script:
    'uname -s; uname -r; uname -v; uname -m; uname -n; hostname -f || uname -n; cat /etc/machine-id',
  parse: (printed) => {
    const [name = '', release = '', version = '', machine = '', node = '', fqdn = node, id = ''] =
      printed.split('\n')
    return {
      ansible_system: name,
      ansible_kernel: release,
      ansible_kernel_version: version,
      ansible_machine: machine,
      ansible_architecture: machine,
      ansible_userspace_bits: BITS[machine] ?? '32',
      ansible_userspace_architecture: machine,
      ansible_nodename: node,
      ansible_hostname: node.split('.')[0] ?? node,
      ansible_fqdn: fqdn,
      ansible_domain: fqdn.split('.').slice(1).join('.'),
      ansible_machine_id: id,
    }
  },
}
