// Who the tasks work as, and the environment of their shell.
import type { Value } from '../value/value.ts'
import { type Fact, oneOf } from './fact.ts'

export const user: Fact = {
  gives: oneOf(
    'ansible_user_id',
    'ansible_user_uid',
    'ansible_user_gid',
    'ansible_user_gecos',
    'ansible_user_dir',
    'ansible_user_shell',
    'ansible_real_user_id',
    'ansible_effective_user_id',
    'ansible_real_group_id',
    'ansible_effective_group_id',
  ),
  subset: 'min',
  script: 'id -ru; id -u; id -rg; id -g; getent passwd "$(id -un)"',
  parse: (printed) => {
    const [realUser = '', user = '', realGroup = '', group = '', line = ''] = printed.split('\n')
    const [name = '', , uid = '', gid = '', gecos = '', home = '', shell = ''] = line.split(':')
    return {
      ansible_user_id: name,
      ansible_user_uid: Number(uid),
      ansible_user_gid: Number(gid),
      ansible_user_gecos: gecos,
      ansible_user_dir: home,
      ansible_user_shell: shell,
      ansible_real_user_id: Number(realUser),
      ansible_effective_user_id: Number(user),
      ansible_real_group_id: Number(realGroup),
      ansible_effective_group_id: Number(group),
    }
  },
}

export const environment: Fact = {
  gives: oneOf('ansible_env'),
  subset: 'min',
  script: 'PATH=${COS_LOGIN_PATH:-$PATH} env',
  parse: (printed) => {
    const env = new Map<string, string>()
    let last: string | undefined
    for (const line of printed.replace(/\n+$/, '').split('\n')) {
      const found = /^([A-Za-z_]\w*)=(.*)$/.exec(line)
      if (found !== null) {
        last = found[1] as string
        env.set(last, found[2] ?? '')
      } else if (last !== undefined) {
        // A value of several lines goes on.
        env.set(last, `${env.get(last) ?? ''}\n${line}`)
      }
    }
    return { ansible_env: new Map<Value, Value>(env) }
  },
}
