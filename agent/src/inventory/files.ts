// The files of group_vars and host_vars: which belong to a name, and what they say. Not here: the
// order in which groups win (layers.ts).
import { extname, join } from 'node:path'
import { ClusterError, formatWhere } from '../errors.ts'
import { fileKind, listFolder, readText } from '../sys/files.ts'
import { parseYaml, type VaultReader } from '../yaml/parse.ts'
import { toValue } from '../yaml/value.ts'
import type { Vars } from './inventory.ts'
import { refuseOddName } from './yaml.ts'

/** The first of these that is there is taken, be it a file or a folder. */
const ENDINGS = ['', '.yml', '.yaml', '.json']

/** `folder/kind/name` as one set of variables; later files of a folder win. */
export function readVarsOf(
  folder: string,
  kind: 'group_vars' | 'host_vars',
  name: string,
  vault?: VaultReader,
): Vars {
  const vars: Vars = new Map()
  for (const path of filesOf(join(folder, kind), name)) {
    for (const [key, placed] of readVarsFile(path, vault)) vars.set(key, placed)
  }
  return vars
}

function filesOf(folder: string, name: string): string[] {
  for (const ending of ENDINGS) {
    const path = join(folder, name + ending)
    const found = fileKind(path)
    if (found === 'folder') return filesIn(path)
    if (found === 'file') return [path]
  }
  return []
}

/** Every file of variables below a folder, in the order of their names. */
function filesIn(folder: string): string[] {
  return listFolder(folder).flatMap((name) => {
    if (name.startsWith('.') || name.endsWith('~')) return []
    const path = join(folder, name)
    const found = fileKind(path)
    const ending = extname(name)
    if (found === 'folder') return ending === '' ? filesIn(path) : []
    return found === 'file' && ENDINGS.includes(ending) ? [path] : []
  })
}

/** The variables of one YAML or JSON file, each with its place. */
function readVarsFile(path: string, vault: VaultReader | undefined): Vars {
  const vars: Vars = new Map()
  for (const root of parseYaml(readText(path), path, vault)) {
    if (root.kind === 'scalar' && root.value === null) continue
    if (root.kind !== 'mapping') {
      throw new ClusterError('INVENTORY', `${path} does not hold variables`, {
        where: root.at,
        hint: 'write "name: value", one a line',
      })
    }
    for (const { key, value } of root.entries) {
      refuseOddName(key)
      const origin = formatWhere(value.at)
      vars.set(key.text, { value: toValue(value, { templates: true }), origin })
    }
  }
  return vars
}
