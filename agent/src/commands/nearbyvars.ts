// Names of variables that files of the working folder give, for completion where no inventory is
// named yet. Not here: which of them a host has (inventory/, playbook/).
import { ClusterError } from '../errors.ts'
import { fileKind, listFolder, readText } from '../sys/files.ts'
import { isVault } from '../vault/envelope.ts'
import type { YamlNode } from '../yaml/node.ts'
import { parseYaml } from '../yaml/parse.ts'

/** Somebody is typing: more files than this are not worth the wait. */
const FILES_MAX = 200

export function namesNearby(): string[] {
  const roles = listed('roles').flatMap((role) => [`${role}/defaults`, `${role}/vars`])
  const files = ['group_vars', 'host_vars', ...roles].flatMap(filesIn)
  const playbooks = listFolder('.').filter((name) => /\.ya?ml$/.test(name))
  return [
    ...new Set([
      ...files.slice(0, FILES_MAX).flatMap(namesIn),
      ...playbooks.slice(0, FILES_MAX).flatMap(namesOfPlays),
    ]),
  ]
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
  const root = /(?:\.ya?ml|\.json|\/[^./]+)$/.test(path) ? readFrom(path) : undefined
  return root === undefined ? [] : namesOf(root)
}

/** `vars` of the plays in a file. */
function namesOfPlays(path: string): string[] {
  const root = readFrom(path)
  const plays = root?.kind === 'sequence' ? root.items : []
  return plays.flatMap((play) => {
    const entries = play.kind === 'mapping' ? play.entries : []
    return entries.flatMap(({ key, value }) => (key.text === 'vars' ? namesOf(value) : []))
  })
}

function namesOf(node: YamlNode): string[] {
  return node.kind === 'mapping' ? node.entries.map(({ key }) => key.text) : []
}

function readFrom(path: string): YamlNode | undefined {
  if (fileKind(path) !== 'file') return undefined
  try {
    const text = readText(path)
    return isVault(text) ? undefined : parseYaml(text, path)[0]
  } catch (error) {
    // What is wrong with a file is told when the command runs.
    if (error instanceof ClusterError) return undefined
    throw error
  }
}
