// A playbook file and all it imports, compiled to plays. Everything that can be refused without a
// host is refused here. Not here: running them (run.ts).
import { dirname, resolve } from 'node:path'
import { ClusterError } from '../errors.ts'
import { compilePlay, type PlayContext } from './compile.ts'
import { listOf, tagsOf, varsOf } from './inherit.ts'
import { parsePlaybook } from './parse.ts'
import { findFirst, type SourceOptions, Sources } from './sources.ts'
import type { Play } from './tree.ts'

export interface Playbook {
  readonly file: string
  readonly plays: readonly Play[]
  readonly sources: Sources
}

const IMPORT_DEPTH_MAX = 20

export function loadPlaybook(path: string, options: SourceOptions): Playbook {
  const file = resolve(path)
  const sources = new Sources(options)
  const plays: Play[] = []
  loadInto(plays, file, sources, { whens: [], tags: [], vars: [] }, 0)
  return { file, plays, sources }
}

function loadInto(
  plays: Play[],
  file: string,
  sources: Sources,
  imported: PlayContext['imported'],
  depth: number,
): void {
  const folder = dirname(file)
  for (const node of parsePlaybook(sources.readYaml(file))) {
    if (node.kind === 'play') {
      sources.beginPlay(folder)
      plays.push(compilePlay(node, { sources, folder, index: plays.length, imported }))
      continue
    }
    if (depth > IMPORT_DEPTH_MAX) {
      throw new ClusterError('PLAYBOOK_SHAPE', 'playbooks import each other in a circle', {
        where: node.at,
        hint: 'remove one of the imports',
      })
    }
    const name = sources.staticText(node.file, 'import_playbook')
    const found = findFirst(name, [folder], node.file.at)
    const vars = varsOf(node.keywords, 'vars of import_playbook')
    const inner = {
      whens: [...imported.whens, ...listOf(node.keywords.get('when'))],
      tags: [...imported.tags, ...tagsOf(node.keywords)],
      vars: [...imported.vars, vars],
    }
    loadInto(plays, found, sources, inner, depth + 1)
  }
}
