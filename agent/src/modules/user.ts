// user: accounts of the host. A password is a hash, and goes to the host on standard input of
// chpasswd, never as an argument.
import * as z from 'zod'
import type { Change } from '../host/change.ts'
import type { GroupState, Host, UserState } from '../host/host.ts'
import { quoteWord, quoteWords } from '../host/quote.ts'
import { Unknown } from '../value/value.ts'
import { defineModule, known, type ModuleContext, type Outcome } from './module.ts'
import { bool, choice, float, int, path, text, words } from './params.ts'
import { planAging } from './useraging.ts'
import { keyFile, planKey } from './userkey.ts'

const schema = z.object({
  name: text().describe('name of the account'),
  state: choice(['present', 'absent'])
    .default('present')
    .describe('whether there is such an account'),
  uid: int().optional().describe('its number'),
  group: text().optional().describe('its primary group'),
  groups: words().optional().describe('its other groups'),
  append: bool().default(false).describe('groups are added to those it is in'),
  comment: text().optional().describe('its full name'),
  home: path().optional().describe('its home folder'),
  shell: path().optional().describe('its login shell'),
  password: text().optional().describe('hash of its password'),
  update_password: choice(['always', 'on_create'])
    .default('always')
    .describe('whether the password of an account that is there is set too'),
  password_lock: bool().optional().describe('lock the password'),
  create_home: bool().default(true).describe('make the home folder'),
  move_home: bool().default(false).describe('move the home folder when home changes'),
  skeleton: path().optional().describe('folder that a new home is copied from'),
  system: bool().default(false).describe('number it among the accounts of the system'),
  non_unique: bool().default(false).describe('its number may be another one’s too'),
  remove: bool().default(false).describe('remove its home folder and mail with it'),
  force: bool().default(false).describe('remove it even while it is logged in'),
  generate_ssh_key: bool().default(false).describe('make an SSH key pair where there is none'),
  ssh_key_bits: int().optional().describe('length of the key in bits'),
  ssh_key_type: text().default('rsa').describe('kind of the key'),
  ssh_key_file: path().optional().describe('the key, ~/.ssh/id_TYPE when not given'),
  ssh_key_passphrase: text().optional().describe('words that lock the key'),
  ssh_key_comment: text().optional().describe('comment of the key'),
  umask: text().optional().describe('octal mask of permissions for a new home folder'),
  expires: float().optional().describe('when the account ends, in seconds since 1970; -1 is never'),
  password_expire_max: int().optional().describe('days after which a password has to be changed'),
  password_expire_min: int().optional().describe('days before which it may not be changed'),
  password_expire_warn: int().optional().describe('days of warning before it has to be'),
  local: bool().default(false).describe('accepted; accounts are made in the files of the host'),
})

type Params = z.output<typeof schema>

export const user = defineModule({
  name: 'user',
  summary: 'Make, change or remove accounts.',
  params: schema,
  aliases: { createhome: 'create_home', user: 'name' },
  effect: 'changes',
  returns: {
    name: 'the account',
    uid: 'its number',
    group: 'number of its primary group',
    home: 'its home folder',
    shell: 'its login shell',
    comment: 'its full name',
    groups: 'its other groups, as they were given',
    state: 'present or absent',
    ssh_public_key: 'the public key, with generate_ssh_key',
    ssh_key_file: 'the private key, with generate_ssh_key',
  },
  examples: `- user:
    name: ada
    groups: [video, render]
    append: true
    shell: /bin/bash`,
  probe: async (params, context) => {
    const state = known(await context.host.user(params.name))
    if (params.state === 'absent') return remove(params, state)
    const missing = await missingGroup(params, context.host)
    if (missing !== undefined) return { failure: `Group ${missing} does not exist` }
    const account =
      state === null ? [await create(params, context.host)] : await modify(params, state, context)
    const aging = planAging(params, state, await believedAfter(params, account, context.host))
    const key = params.generate_ssh_key ? await planKey(params, state, context) : []
    return {
      changes: [...account, ...aging, ...key],
      result: state === null ? { name: params.name, state: 'present' } : fields(params, state),
      finish: async () => ({
        result: { ...(await resultAfter(params, context.host)), ...made(params, state) },
      }),
      ...(account.length + aging.length + key.length === 0
        ? {
            result: {
              ...fields(params, state as UserState),
              ...(await keyFields(params, state, context.host)),
            },
          }
        : {}),
    }
  },
})

/** The account as the changes so far will leave it. */
async function believedAfter(
  params: Params,
  changes: readonly Change[],
  host: Host,
): Promise<UserState> {
  const planned = changes.flatMap(({ effects }) => effects).find((effect) => effect.kind === 'user')
  return (planned?.state ?? known(await host.user(params.name))) as UserState
}

/** What is told of an account only when it is made. */
function made(params: Params, state: UserState | null): Record<string, unknown> {
  if (state !== null) return {}
  return { create_home: params.create_home, system: params.system }
}

function fields(params: Params, state: UserState): Record<string, unknown> {
  return {
    name: params.name,
    state: 'present',
    uid: state.uid,
    group: state.gid,
    home: state.home,
    shell: state.shell,
    comment: state.comment,
    append: params.append,
    move_home: params.move_home,
    ...(params.groups === undefined ? {} : { groups: params.groups.join(',') }),
  }
}

async function resultAfter(params: Params, host: Host): Promise<Record<string, unknown>> {
  const state = known(await host.user(params.name))
  if (state === null) return {}
  const base = params.password === undefined ? {} : { password: 'NOT_LOGGING_PASSWORD' }
  return { ...fields(params, state), ...base, ...(await keyFields(params, state, host)) }
}

async function keyFields(params: Params, state: UserState | null, host: Host) {
  if (!params.generate_ssh_key || state === null) return {}
  const file = keyFile(params, state.home)
  const content = await host.read(`${file}.pub`)
  const key = content instanceof Unknown ? content : content?.toString('utf8').trim()
  return { ssh_key_file: file, ssh_public_key: key }
}

async function missingGroup(params: Params, host: Host): Promise<string | undefined> {
  const names = [...(params.group === undefined ? [] : [params.group]), ...(params.groups ?? [])]
  const states = await Promise.all(names.map((name) => host.group(name)))
  return names.find((_, index) => known(states[index] as GroupState | null | Unknown) === null)
}

function remove(params: Params, state: UserState | null): Outcome {
  const result = { name: params.name, state: 'absent', force: params.force, remove: params.remove }
  if (state === null) return { result: { name: params.name, state: 'absent' } }
  const flags = [...(params.force ? ['-f'] : []), ...(params.remove ? ['-r'] : [])]
  const effects: Change['effects'] = [
    { kind: 'user', name: params.name, state: null },
    ...(params.remove ? [{ kind: 'absent', path: state.home } as const] : []),
  ]
  const script = quoteWords(['userdel', ...flags, '--', params.name])
  return { changes: [{ summary: `remove the account ${params.name}`, script, effects }], result }
}

async function create(params: Params, host: Host): Promise<Change> {
  const list = ['useradd']
  const option = (flag: string, value: string | undefined): void => {
    if (value !== undefined) list.push(flag, value)
  }
  option('-u', params.uid === undefined ? undefined : String(params.uid))
  const own = known(await host.group(params.name))
  const primary = params.group === undefined ? null : known(await host.group(params.group))
  option('-g', params.group)
  // A group of the account's name is another one's: useradd would refuse to make it again.
  if (params.group === undefined && own !== null) list.push('-N')
  option(
    '-G',
    params.groups === undefined || params.groups.length === 0 ? undefined : params.groups.join(','),
  )
  option('-c', params.comment)
  option('-d', params.home)
  option('-s', params.shell)
  if (params.umask !== undefined) list.push('-K', `UMASK=${params.umask}`)
  option('-k', params.create_home ? params.skeleton : undefined)
  if (params.non_unique) list.push('-o')
  if (params.system) list.push('-r')
  list.push(params.create_home ? '-m' : '-M', '--', params.name)
  const later = new Unknown('the host numbers new accounts', host.name)
  const home = params.home ?? `/home/${params.name}`
  const state: UserState = {
    name: params.name,
    uid: params.uid ?? later,
    gid: primary?.gid ?? later,
    comment: params.comment ?? '',
    home,
    shell: params.shell ?? '/bin/sh',
    groups: (params.groups ?? []).toSorted(),
    password: passwordAfter(params, params.password ?? '!'),
  }
  const made: GroupState = { name: params.name, gid: later, members: [] }
  return {
    summary: `make the account ${params.name}`,
    script: [quoteWords(list), ...passwordLines(params)].join(' || exit 1\n'),
    effects: [
      { kind: 'user', name: params.name, state },
      ...(params.group === undefined && own === null
        ? [{ kind: 'group', name: params.name, state: made } as const]
        : []),
      ...(params.create_home ? [homeEffect(state, params.group ?? params.name)] : []),
    ],
  }
}

function homeEffect(state: UserState, group: string) {
  const later = new Unknown('set when the account is made', state.name)
  return {
    kind: 'file',
    path: state.home,
    state: {
      type: 'directory',
      mode: 0o755,
      uid: state.uid,
      gid: state.gid,
      owner: state.name,
      group,
      sizeBytes: later,
      accessTime: later,
      modifyTime: later,
      changeTime: later,
      inode: 0,
      links: 2,
      device: 0,
      target: undefined,
    },
  } as const
}

/** The hash afterwards; a lock is an exclamation mark before it. */
function passwordAfter(params: Params, now: string | undefined): string | undefined {
  const isKept = now !== undefined && params.update_password === 'on_create'
  const hash = isKept ? now : (params.password ?? now)
  if (params.password_lock === undefined || hash === undefined) return hash
  const bare = hash.replace(/^!/, '')
  return params.password_lock ? `!${bare}` : bare
}

function passwordLines(params: Params): string[] {
  const lines: string[] = []
  if (params.password !== undefined) {
    // printf is the shell's own: the hash stands in no process's arguments.
    const line = quoteWord(`${params.name}:${params.password}`)
    lines.push(`printf '%s\\n' ${line} | chpasswd -e`)
  }
  if (params.password_lock !== undefined) {
    lines.push(quoteWords(['usermod', params.password_lock ? '-L' : '-U', '--', params.name]))
  }
  return lines
}

async function modify(
  params: Params,
  state: UserState,
  { host }: ModuleContext,
): Promise<Change[]> {
  const list: string[] = []
  let after = state
  const differs = (
    flag: string,
    wish: string | undefined,
    now: string,
    next: Partial<UserState>,
  ): void => {
    if (wish === undefined || wish === now) return
    list.push(flag, wish)
    after = { ...after, ...next }
  }
  if (params.uid !== undefined && params.uid !== state.uid) {
    list.push('-u', String(params.uid), ...(params.non_unique ? ['-o'] : []))
    after = { ...after, uid: params.uid }
  }
  if (params.group !== undefined) {
    const wanted = known(await host.group(params.group))
    if (wanted !== null && wanted.gid !== state.gid) {
      list.push('-g', params.group)
      after = { ...after, gid: wanted.gid }
    }
  }
  await planGroups(params, state, host, (wish, all) => {
    list.push('-G', wish.join(','), ...(params.append ? ['-a'] : []))
    after = { ...after, groups: all }
  })
  differs('-c', params.comment, state.comment, { comment: params.comment ?? '' })
  differs('-s', params.shell, state.shell, { shell: params.shell ?? '' })
  if (params.home !== undefined && params.home !== state.home) {
    list.push('-d', params.home, ...(params.move_home ? ['-m'] : []))
    after = { ...after, home: params.home }
  }
  const isPasswordOff =
    params.password !== undefined &&
    params.update_password === 'always' &&
    state.password !== params.password
  const isLocked = state.password?.startsWith('!') === true
  const isLockOff = params.password_lock !== undefined && params.password_lock !== isLocked
  const script: string[] =
    list.length === 0 ? [] : [quoteWords(['usermod', ...list, '--', params.name])]
  const password = { ...params, password: isPasswordOff ? params.password : undefined }
  script.push(
    ...passwordLines({ ...password, password_lock: isLockOff ? params.password_lock : undefined }),
  )
  if (script.length === 0) return []
  return [
    {
      summary: `change the account ${params.name}`,
      script: script.join(' || exit 1\n'),
      effects: [
        {
          kind: 'user',
          name: params.name,
          state: { ...after, password: passwordAfter(params, state.password) },
        },
      ],
    },
  ]
}

/** Tells the groups to set, when they are not those of the account; its primary one is apart. */
async function planGroups(
  params: Params,
  state: UserState,
  host: Host,
  set: (wish: readonly string[], all: readonly string[]) => void,
): Promise<void> {
  if (params.groups === undefined) return
  const isPrimary = await Promise.all(
    state.groups.map(async (name) => known(await host.group(name))?.gid === state.gid),
  )
  const now = state.groups.filter((_, index) => isPrimary[index] !== true)
  const missing = params.groups.filter((name) => !state.groups.includes(name))
  const extra = params.append ? [] : now.filter((name) => !params.groups?.includes(name))
  if (missing.length + extra.length === 0) return
  const all = params.append ? [...state.groups, ...missing] : [...params.groups]
  set(params.append ? missing : params.groups, all.toSorted())
}
