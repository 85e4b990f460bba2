// Names of variables that files of the working folder give, for completion where no inventory is
// named yet. Not here: which of them a host has (inventory/, playbook/).
import { ClusterError } from '../errors.ts'
import { fileKind, listFolder, readText } from '../sys/files.ts'
import { isVault } from '../vault/envelope.ts'
import { parseYaml } from '../yaml/parse.ts'

/** Somebody is typing: more files than this are not worth the wait. */
const FILES_MAX = 200

export function namesNearby(): string[] {
  const roles = listed('roles').flatMap((role) => [`${role}/defaults`, `${role}/vars`])
  const files = ['group_vars', 'host_vars', ...roles].flatMap(filesIn)
  return [...new Set(files.slice(0, FILES_MAX).flatMap(namesIn))]
}

/** Files lie in the folder itself, or in one for each group or host. */
function filesIn(folder: string): string[] {
  const entries = listed(folder)
  return entries.flatMap((entry) => (fileKind(entry) === 'folder' ? listed(entry) : [entry]))
}

function listed(folder: string): string[] {
  return listFolder(folder).map((name) => `${folder}/${name}`)
}

function namesIn(path: string): string[] {
  if (fileKind(path) !== 'file' || !/(?:\.ya?ml|\.json|\/[^./]+)$/.test(path)) return []
  try {
    const text = readText(path)
    const [root] = isVault(text) ? [] : parseYaml(text, path)
    return root?.kind === 'mapping' ? root.entries.map(({ key }) => key.text) : []
  } catch (error) {
    // What is wrong with a file is told when the command runs.
    if (error instanceof ClusterError) return []
    throw error
  }
}
