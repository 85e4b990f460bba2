// What the process was started with. Not here: settings, which callers read from what they get.
import { homedir, hostname, userInfo } from 'node:os'
import { join } from 'node:path'
import { readTextIfThere } from './files.ts'

export function environment(name: string): string | undefined {
  return process.env[name]
}

export function homeFolder(): string {
  return process.env['HOME'] ?? homedir()
}

/** Where this user's programs keep what they have to remember. */
export function stateFolder(): string {
  const given = process.env['XDG_STATE_HOME']
  const base = given === undefined || given === '' ? join(homeFolder(), '.local/state') : given
  return join(base, 'cluster-os')
}

export function userName(): string {
  return userInfo().username
}

/** The name of an account of this machine; its number where it has none. */
export function accountName(uid: number): string {
  const lines = readTextIfThere('/etc/passwd')?.split('\n') ?? []
  const line = lines.find((text) => text.split(':')[2] === String(uid))
  return line?.split(':')[0] ?? String(uid)
}

export function hostName(): string {
  return hostname()
}
