// What guards the machine: SELinux, AppArmor, FIPS, capabilities, and its SSH host keys.
import type { Value } from '../value/value.ts'
import { dictOf, type Fact, oneOf, partsScript, readParts } from './fact.ts'

export const guards: Fact = {
  gives: oneOf(
    'ansible_apparmor',
    'ansible_selinux',
    'ansible_selinux_python_present',
    'ansible_fips',
    'ansible_is_chroot',
    'ansible_system_capabilities',
    'ansible_system_capabilities_enforced',
  ),
  subset: 'min',
  script: partsScript({
    apparmor: '[ -d /sys/kernel/security/apparmor ] && echo enabled',
    selinux: 'cat /sys/fs/selinux/enforce',
    policy:
      'cat /sys/fs/selinux/policyvers; sed -n "s/^SELINUX\\(TYPE\\)*=//p" /etc/selinux/config',
    fips: 'cat /proc/sys/crypto/fips_enabled',
    chroot: 'stat -c "%d %i" / /proc/1/root/.',
    capabilities: 'capsh --print | sed -n "s/^Current: *//p"',
  }),
  parse: (printed) => {
    const parts = readParts(printed)
    const get = (name: string): string => (parts.get(name) ?? '').trim()
    const [own, first] = get('chroot').split('\n')
    return {
      ansible_apparmor: dictOf({ status: get('apparmor') === 'enabled' ? 'enabled' : 'disabled' }),
      ansible_selinux: selinux(get('selinux'), get('policy')),
      ansible_selinux_python_present: true,
      ansible_fips: get('fips') === '1',
      ansible_is_chroot: first !== undefined && own !== first,
      ...capabilities(get('capabilities')),
    }
  },
}

function selinux(enforce: string, policy: string): Value {
  if (enforce === '') return dictOf({ status: 'disabled' })
  const [version = '0', configured = '', type = ''] = policy.split('\n')
  return dictOf({
    status: 'enabled',
    policyvers: Number(version),
    config_mode: configured,
    mode: enforce === '1' ? 'enforcing' : 'permissive',
    type,
  })
}

/** The last `=flags` of capsh's line, as Ansible reads it. */
function capabilities(current: string): Record<string, Value> {
  if (current === '') {
    return { ansible_system_capabilities: 'N/A', ansible_system_capabilities_enforced: 'N/A' }
  }
  if (current === '=ep') {
    return { ansible_system_capabilities: [], ansible_system_capabilities_enforced: 'False' }
  }
  const words = (current.split('=')[1] ?? '').split(',').map((word) => word.trim())
  return { ansible_system_capabilities: words, ansible_system_capabilities_enforced: 'True' }
}

export const hostKeys: Fact = {
  gives: (name) => /^ansible_ssh_host_key_\w+_public(_keytype)?$/.test(name),
  subset: 'min',
  script: [
    'for t in dsa rsa ecdsa ed25519; do',
    '  [ -r /etc/ssh/ssh_host_${t}_key.pub ] && echo "$t $(cat /etc/ssh/ssh_host_${t}_key.pub)"',
    'done',
  ].join('\n'),
  parse: (printed) => {
    const facts: Record<string, Value> = {}
    for (const line of printed.split('\n')) {
      const [kind, type, key] = line.split(' ')
      if (kind === undefined || type === undefined || key === undefined) continue
      facts[`ansible_ssh_host_key_${kind}_public`] = key
      facts[`ansible_ssh_host_key_${kind}_public_keytype`] = type
    }
    return facts
  },
}
