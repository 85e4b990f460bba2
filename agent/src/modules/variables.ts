// set_fact and include_vars: variables made while a play runs.
import * as z from 'zod'
import { compileRegex, matchAll } from '../template/regex.ts'
import { fromPlain } from '../value/plain.ts'
import { isDict, type Value } from '../value/value.ts'
import { type Controller, defineModule } from './module.ts'
import { bool, choice, int, path, text, words } from './params.ts'

export const setFact = defineModule({
  name: 'set_fact',
  summary: 'Set variables of the host, from its values now.',
  params: z.object({ cacheable: bool().default(false).describe('accepted; facts live for a run') }),
  isOpen: true,
  effect: 'none',
  returns: { ansible_facts: 'the variables' },
  examples: `- set_fact:
    cluster_name: "{{ inventory_hostname | regex_replace('[0-9]+$', '') }}"`,
  probe: (params) => {
    const { cacheable: _, ...given } = params as Record<string, unknown>
    const values = new Map<string, Value>()
    for (const [name, value] of Object.entries(given)) {
      if (!/^[A-Za-z_]\w*$/.test(name)) {
        return { failure: `${JSON.stringify(name)} is not a valid name of a variable` }
      }
      values.set(name, fromPlain(value))
    }
    return {
      result: { ansible_facts: Object.fromEntries(values) },
      facts: { values, kind: 'set' },
    }
  },
})

export const includeVars = defineModule({
  name: 'include_vars',
  summary: 'Read variables from files of the controller.',
  params: z.object({
    file: text().optional().describe('a YAML or JSON file'),
    dir: path().optional().describe('a folder whose YAML and JSON files are read, sorted'),
    name: text().optional().describe('put the variables in a dict of this name'),
    files_matching: text().optional().describe('only files of dir whose names match this pattern'),
    ignore_files: words().default([]).describe('names of files in dir that are left out'),
    depth: int().default(0).describe('folders below dir that are read; 0 is all'),
    ignore_unknown_extensions: bool().default(false).describe('pass over other files of dir'),
    hash_behaviour: choice(['replace', 'merge'])
      .optional()
      .describe('whether dicts that are there already are merged with those of the files'),
    extensions: words().default(['yaml', 'yml', 'json']).describe('endings that are read in dir'),
  }),
  freeForm: 'file',
  effect: 'none',
  returns: { ansible_facts: 'the variables', ansible_included_var_files: 'the files' },
  examples: `- include_vars: "{{ ansible_distribution }}.yml"`,
  probe: (params, { controller }) => {
    const files: string[] = []
    if (params.dir !== undefined) {
      const folder = controller.findFile(params.dir, 'vars')
      const wanted = controller.listFiles(folder).filter((name) => isWanted(name, params))
      for (const name of wanted) {
        if (params.extensions.some((ending) => name.endsWith(`.${ending}`))) {
          files.push(`${folder}/${name}`)
        } else if (!params.ignore_unknown_extensions) {
          return { failure: `${folder}/${name} does not have a valid extension` }
        }
      }
    } else if (params.file === undefined) {
      return { failure: 'include_vars needs a file or a dir' }
    } else {
      files.push(controller.findFile(params.file, 'vars'))
    }
    const read = new Map<string, Value>()
    for (const file of files) {
      for (const [name, value] of controller.readVariables(file)) read.set(name, value)
    }
    const named =
      params.name === undefined ? read : new Map<string, Value>([[params.name, new Map(read)]])
    const included = params.hash_behaviour === 'merge' ? mergedWithOld(named, controller) : named
    return {
      result: { ansible_included_var_files: files, ansible_facts: Object.fromEntries(included) },
      includedVars: included,
    }
  },
})

/** Dicts are merged with those that the host has by these names, all the way down. */
function mergedWithOld(
  named: ReadonlyMap<string, Value>,
  controller: Controller,
): ReadonlyMap<string, Value> {
  return new Map(
    [...named].map(([name, value]) => {
      const old = isDict(value) ? controller.variable(name) : undefined
      return [name, merge(old, value)]
    }),
  )
}

function merge(old: Value | undefined, value: Value): Value {
  if (!isDict(old) || !isDict(value)) return value
  const all = new Map(old)
  for (const [key, item] of value) all.set(key, merge(old.get(key), item))
  return all
}

interface Choice {
  readonly files_matching?: string | undefined
  readonly ignore_files: readonly string[]
  readonly depth: number
}

function isWanted(name: string, wish: Choice): boolean {
  const parts = name.split('/')
  const base = parts.at(-1) ?? name
  if (wish.depth > 0 && parts.length > wish.depth) return false
  if (wish.ignore_files.some((file) => isMatch(file, base))) return false
  return wish.files_matching === undefined || isMatch(wish.files_matching, base)
}

function isMatch(pattern: string, name: string): boolean {
  return matchAll(compileRegex(pattern), name, 1).length > 0
}
