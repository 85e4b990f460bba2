// Filters on paths, as text only: nothing here looks at a file.
import path from 'node:path'
import { ClusterError } from '../../errors.ts'
import { str } from '../../value/python.ts'
import { Undefined, type Value } from '../../value/value.ts'
import { tuple } from '../operators.ts'
import type { Filters } from '../plugin.ts'
import { asText, textOr } from './arguments.ts'

/** Python's os.path.basename: nothing behind a last slash. */
function basename(text: string): string {
  return text.slice(text.lastIndexOf('/') + 1)
}

function dirname(text: string): string {
  const head = text.slice(0, text.lastIndexOf('/') + 1)
  return /^\/+$/.test(head) ? head : head.replace(/\/+$/, '')
}

function splitext(text: string): Value {
  const name = basename(text)
  const dot = name.lastIndexOf('.')
  const isExtension = dot > 0 && !/^\.*$/.test(name.slice(0, dot))
  if (!isExtension) return tuple([text, ''])
  const cut = text.length - name.length + dot
  return tuple([text.slice(0, cut), text.slice(cut)])
}

/** Python's os.path.join: an absolute part drops everything before it. */
function join(parts: string[]): string {
  let joined = ''
  for (const part of parts) {
    if (part.startsWith('/') || joined === '') joined = part
    else joined += joined.endsWith('/') ? part : `/${part}`
  }
  return joined
}

function normalize(text: string): string {
  const normal = path.posix.normalize(text)
  return normal.length > 1 ? normal.replace(/\/$/, '') : normal
}

function refuse(name: string): Undefined {
  throw new ClusterError(
    'TEMPLATE_REFUSED',
    `the filter '${name}' would look at this machine's files`,
    {
      hint: 'use a path that is complete as it is written',
    },
  )
}

export const PATHS: Filters = {
  basename: { run: (input) => basename(str(input)) },
  dirname: { run: (input) => dirname(str(input)) },
  splitext: { run: (input) => splitext(str(input)) },
  normpath: { run: (input) => normalize(str(input)) },
  path_join: {
    run: (input) => join((Array.isArray(input) ? input : [input]).map((part) => asText(part))),
  },
  commonpath: {
    run: (input) => {
      const parts = (Array.isArray(input) ? input : [input]).map((part) => asText(part).split('/'))
      const [first = []] = parts
      const length = first.findIndex((step, i) => parts.some((other) => other[i] !== step))
      return first.slice(0, length < 0 ? first.length : length).join('/')
    },
  },
  relpath: {
    params: 'start',
    run: (input, [start]) => path.posix.relative(textOr(start, '/'), asText(input)) || '.',
  },
  win_basename: { run: (input) => path.win32.basename(str(input)) },
  win_dirname: { run: (input) => path.win32.dirname(str(input)) },
  win_splitdrive: {
    run: (input) => {
      const drive = /^(?:[A-Za-z]:|[\\/]{2}[^\\/]+[\\/][^\\/]+)/.exec(str(input))?.[0] ?? ''
      return tuple([drive, str(input).slice(drive.length)])
    },
  },
  realpath: { run: () => refuse('realpath') },
  expanduser: { run: (input) => (str(input).startsWith('~') ? refuse('expanduser') : str(input)) },
  expandvars: { run: (input) => (str(input).includes('$') ? refuse('expandvars') : str(input)) },
}
