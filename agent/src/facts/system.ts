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
    'ansible_distribution_minor_version',
    'ansible_distribution_file_parsed',
    'ansible_distribution_file_path',
    'ansible_distribution_file_variety',
    'ansible_os_family',
    'ansible_pkg_mgr',
    'ansible_service_mgr',
  ),
  subset: 'min',
  script: [
    'cat /etc/os-release',
    'echo "COS_DEBIAN=$(cat /etc/debian_version)"',
    'command -v lsb_release >/dev/null && echo COS_LSB=yes',
    'for p in apt-get dnf yum zypper pacman apk; do',
    '  command -v $p >/dev/null && { echo "COS_PACKAGES=$p"; break; }; done',
    '[ -d /run/systemd/system ] && echo COS_INIT=systemd || echo "COS_INIT=$(cat /proc/1/comm)"',
  ].join('\n'),
  parse: (printed) => {
    const pairs = readPairs(printed)
    const get = (name: string): string => (pairs.get(name) ?? '').replaceAll(/^"|"$/g, '')
    const id = get('ID')
    const [distribution, family] = FAMILIES[id] ?? [get('NAME'), get('NAME')]
    const point = get('COS_DEBIAN').trim()
    // Ansible's answer is the finer number only where lsb_release stands beside os-release.
    const isFine = distribution === 'Debian' && /^\d/.test(point) && get('COS_LSB') === 'yes'
    const version = isFine ? point : get('VERSION_ID')
    const minor = distribution === 'Debian' ? point.split('.')[1] : version.split('.')[1]
    const installer = get('COS_PACKAGES')
    return {
      ansible_distribution: distribution,
      ansible_distribution_version: version,
      ansible_distribution_major_version: version.split('.')[0] ?? version,
      ansible_distribution_release: get('VERSION_CODENAME') || 'NA',
      ...(minor === undefined ? {} : { ansible_distribution_minor_version: minor }),
      ansible_distribution_file_parsed: true,
      ansible_distribution_file_path: '/etc/os-release',
      ansible_distribution_file_variety: distribution,
      ansible_os_family: family,
      ansible_pkg_mgr: installer === 'apt-get' ? 'apt' : installer,
      ansible_service_mgr: get('COS_INIT'),
    }
  },
}
