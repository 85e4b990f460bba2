// What the process was started with. Not here: settings, which callers read from what they get.
import { homedir, hostname, userInfo } from 'node:os'
import { join } from 'node:path'

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

export function hostName(): string {
  return hostname()
}
