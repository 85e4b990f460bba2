// What a node is like, as lines that can be compared: files with mode, owner and content, packages,
// units, users, sysctls. Not here: times, logs and what a daemon writes while it runs.
import type { TestNode } from '../lab/nodes.ts'

/** What a thing is, by its name. */
export type State = ReadonlyMap<string, string>

const FOLDERS = '/etc /usr/local /opt /root /home /srv /var/spool/cron /usr/share/pam-configs'

/** Each line is `NAME<tab>VALUE`. */
const SCRIPT = [
  `find ${FOLDERS} -xdev -printf 'path %p\\t%y %#m %u:%g %l\\n'`,
  `find /var/lib /boot -xdev -maxdepth 1 -printf 'path %p\\t%y %#m %u:%g %l\\n'`,
  `find / -xdev -perm /6000 -printf 'special %p\\t%#m %u:%g\\n'`,
  `find ${FOLDERS} -xdev -type f -exec sha256sum {} + | sed -E 's/^(\\S+)  (.*)/content \\2\\t\\1/'`,
  `dpkg-query -W -f 'package \${binary:Package}\\t\${Version} \${Status}\\n'`,
  `systemctl list-unit-files --no-legend --plain | awk '{print "unit file "$1"\\t"$2}'`,
  'systemctl list-units -a --no-legend --plain -t service,socket,timer | ' +
    `awk '{print "unit "$1"\\t"$2" "$3" "$4}'`,
  'for d in passwd group shadow; do getent $d | sed "s/^\\([^:]*\\):/$d \\1\\t/"; done',
  `sysctl -a 2>/dev/null | grep -vE 'random|state|count|nr|_ns|dentry|rate|ns_last' | ` +
    `sed 's/^/sysctl /; s/ = /\\t/'`,
].join('\n')

export async function stateOf(node: TestNode): Promise<State> {
  const { stdout } = await node.sh(SCRIPT)
  const lines = stdout.replaceAll(node.name, 'NODE').replaceAll(node.ipv4, 'ADDRESS').split('\n')
  // What ansible leaves for itself, and a daemon that runs only while it is asked.
  const own = /^path \/root\/\.ansible|systemd-timedated/
  return new Map(
    lines
      .filter((line) => !own.test(line))
      .map((line) => line.split(/\t(.*)/s))
      .map(([name, value]) => [name ?? '', value ?? '']),
  )
}

/** `NAME: VALUE | VALUE` for all that is not the same on both. */
export function differences([left]: readonly State[], [right]: readonly State[]): string[] {
  if (left === undefined || right === undefined) throw new Error('two states are compared')
  const names = [...new Set([...left.keys(), ...right.keys()])].toSorted()
  return names
    .filter((name) => left.get(name) !== right.get(name))
    .map((name) => `${name}: ${left.get(name) ?? 'none'} | ${right.get(name) ?? 'none'}`)
}
