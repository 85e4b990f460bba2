// The distribution, its package manager and what starts its services.
import { type Fact, oneOf, readPairs } from './fact.ts'

const FAMILIES: Readonly<Record<string, readonly [distribution: string, family: string]>> = {
  debian: ['Debian', 'Debian'],
  ubuntu: ['Ubuntu', 'Debian'],
  raspbian: ['Debian', 'Debian'],
  linuxmint: ['Linux Mint', 'Debian'],
  fedora: ['Fedora', 'RedHat'],
  rhel: ['RedHat', 'RedHat'],
  centos: ['CentOS', 'RedHat'],
  rocky: ['Rocky', 'RedHat'],
  almalinux: ['AlmaLinux', 'RedHat'],
  'opensuse-leap': ['openSUSE Leap', 'Suse'],
  sles: ['SLES', 'Suse'],
  arch: ['Archlinux', 'Archlinux'],
  alpine: ['Alpine', 'Alpine'],
}

export const system: Fact = {
  gives: oneOf(
    'ansible_distribution',
    'ansible_distribution_version',
    'ansible_distribution_major_version',
    'ansible_distribution_release',
    'ansible_os_family',
    'ansible_pkg_mgr',
    'ansible_service_mgr',
  ),
  subset: 'min',
  script: [
    'cat /etc/os-release',
    'echo "COS_DEBIAN=$(cat /etc/debian_version)"',
    'for p in apt-get dnf yum zypper pacman apk; do',
    '  command -v $p >/dev/null && { echo "COS_PACKAGES=$p"; break; }; done',
    '[ -d /run/systemd/system ] && echo COS_INIT=systemd || echo "COS_INIT=$(cat /proc/1/comm)"',
  ].join('\n'),
  parse: (printed) => {
    const pairs = readPairs(printed)
    const get = (name: string): string => (pairs.get(name) ?? '').replaceAll(/^"|"$/g, '')
    const id = get('ID')
    const [distribution, family] = FAMILIES[id] ?? [get('NAME'), get('NAME')]
    const isDebian = distribution === 'Debian' && /^\d/.test(get('COS_DEBIAN'))
    const version = isDebian ? get('COS_DEBIAN').trim() : get('VERSION_ID')
    const installer = get('COS_PACKAGES')
    return {
      ansible_distribution: distribution,
      ansible_distribution_version: version,
      ansible_distribution_major_version: version.split('.')[0] ?? version,
      ansible_distribution_release: get('VERSION_CODENAME') || 'NA',
      ansible_os_family: family,
      ansible_pkg_mgr: installer === 'apt-get' ? 'apt' : installer,
      ansible_service_mgr: get('COS_INIT'),
    }
  },
}
