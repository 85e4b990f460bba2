// Whether the machine is a guest or a host, and of what. First sign found names the type; every
// sign is told in the lists of techniques.
import type { Value } from '../value/value.ts'
import { type Fact, oneOf, partsScript, readParts } from './fact.ts'

interface Sign {
  readonly tech: string
  readonly role: 'guest' | 'host'
}

const VENDORS: readonly (readonly [field: string, words: readonly string[], tech: string])[] = [
  ['product_name', ['KVM', 'KVM Server', 'Bochs', 'AHV'], 'kvm'],
  ['sys_vendor', ['oVirt'], 'oVirt'],
  ['product_name', ['RHEV Hypervisor'], 'RHEV'],
  ['product_name', ['VMware Virtual Platform', 'VMware7,1'], 'VMware'],
  ['product_name', ['OpenStack Compute', 'OpenStack Nova'], 'openstack'],
  ['bios_vendor', ['Xen'], 'xen'],
  ['bios_vendor', ['innotek GmbH'], 'virtualbox'],
  ['bios_vendor', ['Amazon EC2', 'DigitalOcean', 'Hetzner'], 'kvm'],
  ['sys_vendor', ['QEMU', 'Amazon EC2', 'DigitalOcean', 'Google', 'Scaleway', 'Nutanix'], 'kvm'],
  ['sys_vendor', ['KubeVirt'], 'KubeVirt'],
  ['sys_vendor', ['Microsoft Corporation'], 'VirtualPC'],
  ['sys_vendor', ['Parallels Software International Inc.'], 'parallels'],
  ['sys_vendor', ['OpenStack Foundation'], 'openstack'],
]

/** Any of these says that the machine is a container. */
const CONTAINERS = new Set(['docker', 'lxc', 'podman', 'openvz', 'containerd'])

export const virtual: Fact = {
  gives: oneOf(
    'ansible_virtualization_type',
    'ansible_virtualization_role',
    'ansible_virtualization_tech_guest',
    'ansible_virtualization_tech_host',
  ),
  subset: 'virtual',
  script: partsScript({
    cgroup: 'cat /proc/1/cgroup',
    environ: `tr '\\0' '\\n' < /proc/1/environ | grep ^container=`,
    container: 'cat /run/systemd/container',
    dockerenv: '[ -e /.dockerenv ] || [ -e /.dockerinit ] && echo yes',
    xen: '[ -d /proc/xen ] && { echo guest; grep control_d /proc/xen/capabilities; }',
    product_name: 'cat /sys/class/dmi/id/product_name',
    sys_vendor: 'cat /sys/class/dmi/id/sys_vendor',
    bios_vendor: 'cat /sys/class/dmi/id/bios_vendor',
    model: 'grep -m1 "^model name.*QEMU Virtual CPU" /proc/cpuinfo',
    modules: 'cut -d" " -f1 /proc/modules | grep -x -e kvm -e vboxdrv -e virtio',
    kvm: '[ -e /dev/kvm ] && echo yes',
  }),
  parse: (printed) => {
    const parts = readParts(printed)
    const signs = [...containerSigns(parts), ...machineSigns(parts)]
    const techs = (role: Sign['role']): string[] => [
      ...new Set(signs.filter((sign) => sign.role === role).map(({ tech }) => tech)),
    ]
    const guest = techs('guest')
    const isContained = guest.some((tech) => CONTAINERS.has(tech))
    if (isContained && !guest.includes('container')) guest.push('container')
    const facts: Record<string, Value> = {
      ansible_virtualization_type: signs[0]?.tech ?? 'NA',
      ansible_virtualization_role: signs[0]?.role ?? 'NA',
      ansible_virtualization_tech_guest: guest,
      ansible_virtualization_tech_host: techs('host'),
    }
    return facts
  },
}

function containerSigns(parts: ReadonlyMap<string, string>): Sign[] {
  const get = (name: string): string => (parts.get(name) ?? '').trim()
  const environ = get('environ')
  return [
    ...guest('docker', /\/docker(\/|-[0-9a-f]+\.scope)/.test(get('cgroup'))),
    ...guest('lxc', /\/lxc\/|\/machine\.slice\/machine-lxc/.test(get('cgroup'))),
    ...guest('containerd', get('cgroup').includes('/system.slice/containerd.service')),
    ...guest('lxc', environ.startsWith('container=lxc')),
    ...guest('podman', environ.startsWith('container=podman')),
    ...guest('container', environ.startsWith('container=')),
    ...guest(get('container'), get('container') !== ''),
    ...guest('docker', get('dockerenv') === 'yes'),
  ]
}

function guest(tech: string, isFound: boolean): Sign[] {
  return isFound ? [{ tech, role: 'guest' }] : []
}

function machineSigns(parts: ReadonlyMap<string, string>): Sign[] {
  const get = (name: string): string => (parts.get(name) ?? '').trim()
  const signs: Sign[] = []
  const xen = get('xen')
  if (xen !== '') signs.push({ tech: 'xen', role: xen.includes('control_d') ? 'host' : 'guest' })
  for (const [field, words, tech] of VENDORS) {
    if (words.includes(get(field))) signs.push({ tech, role: 'guest' })
  }
  if (get('model') !== '') signs.push({ tech: 'kvm', role: 'guest' })
  const modules = get('modules').split('\n')
  if (modules.includes('kvm')) signs.push({ tech: 'kvm', role: 'host' })
  if (modules.includes('vboxdrv')) signs.push({ tech: 'virtualbox', role: 'host' })
  if (modules.includes('virtio')) {
    // A guest's driver, which Ansible counts among the host's.
    signs.push({ tech: 'kvm', role: 'host' })
  }
  if (get('kvm') === 'yes') signs.push({ tech: 'kvm', role: 'host' })
  return signs
}
