// What the process was started with. Not here: settings, which callers read from what they get.
import { homedir, userInfo } from 'node:os'

export function environment(name: string): string | undefined {
  return process.env[name]
}

export function homeFolder(): string {
  return process.env['HOME'] ?? homedir()
}

export function userName(): string {
  return userInfo().username
}
