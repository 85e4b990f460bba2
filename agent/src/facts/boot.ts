// How the kernel was started, and the Linux Standard Base's words about the system.
import type { Value } from '../value/value.ts'
import { dictOf, type Fact, oneOf, readPairs } from './fact.ts'

export const cmdline: Fact = {
  gives: oneOf('ansible_cmdline', 'ansible_proc_cmdline'),
  subset: 'min',
  script: 'cat /proc/cmdline',
  parse: (printed) => {
    const last = new Map<Value, Value>()
    const all = new Map<Value, Value>()
    for (const [word] of printed.trim().matchAll(/(?:"[^"]*"|[^\s"])+/g)) {
      const [name = '', value] = word.replaceAll('"', '').split(/=(.*)/s)
      last.set(name, value ?? true)
      const before = all.get(name)
      if (before === undefined || value === undefined) all.set(name, value ?? true)
      else all.set(name, Array.isArray(before) ? [...before, value] : [before, value])
    }
    return { ansible_cmdline: last, ansible_proc_cmdline: all }
  },
}

const LSB_NAMES: Readonly<Record<string, string>> = {
  'Distributor ID': 'id',
  Description: 'description',
  Release: 'release',
  Codename: 'codename',
  DISTRIB_ID: 'id',
  DISTRIB_DESCRIPTION: 'description',
  DISTRIB_RELEASE: 'release',
  DISTRIB_CODENAME: 'codename',
}

export const lsb: Fact = {
  gives: oneOf('ansible_lsb'),
  subset: 'min',
  script: 'lsb_release -a 2>/dev/null | sed "s/:[[:space:]]*/=/" | grep = || cat /etc/lsb-release',
  parse: (printed) => {
    const dict: Record<string, Value> = {}
    for (const [name, value] of readPairs(printed)) {
      const known = LSB_NAMES[name]
      if (known !== undefined) dict[known] = value.replaceAll(/^"|"$/g, '')
    }
    const release = dict['release']
    if (typeof release === 'string') dict['major_release'] = release.split('.')[0] ?? release
    return { ansible_lsb: dictOf(dict) }
  },
}
