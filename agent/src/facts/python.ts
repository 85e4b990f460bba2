// The Python that Ansible would use; this engine needs none.
import { dictOf, type Fact, oneOf } from './fact.ts'

const PROGRAM = [
  'import sys',
  'try:',
  '    from ssl import SSLContext',
  '    has = True',
  'except ImportError:',
  '    has = False',
  'v = sys.version_info',
  'print(sys.executable, sys.implementation.name, has, v.major, v.minor, v.micro, v.releaselevel, v.serial)',
].join('\n')

export const python: Fact = {
  gives: oneOf('ansible_python', 'ansible_python_version'),
  subset: 'min',
  script: `python3 -c '${PROGRAM}'`,
  parse: (printed) => {
    const words = printed.trim().split(' ')
    const [executable, type, hasSsl, major, minor, micro, level = 'final', serial] = words
    if (executable === undefined || type === undefined || major === undefined) return {}
    const [one, two, three] = [Number(major), Number(minor), Number(micro)]
    const version = { major: one, minor: two, micro: three, releaselevel: level }
    return {
      ansible_python_version: `${one}.${two}.${three}`,
      ansible_python: dictOf({
        executable,
        type,
        has_sslcontext: hasSsl === 'True',
        version: dictOf({ ...version, serial: Number(serial) }),
        version_info: [one, two, three, level, Number(serial)],
      }),
    }
  },
}
