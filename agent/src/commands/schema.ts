// cluster-os schema: playbooks and files of tasks as a JSON schema, draft 2020-12, for editors. It
// is made of the keyword table and the modules' own schemas, so that it cannot tell another story.
// Not here: what an editor cannot check, such as templates and names of files (lint).
import type * as z from 'zod'
import { ClusterError } from '../errors.ts'
import { metaOf } from '../modules/arguments.ts'
import { MODULES, PREFIXES } from '../modules/index.ts'
import type { Module } from '../modules/module.ts'
import { findKeyword, type Keyword, type Level, namesAt } from '../playbook/keywords.ts'
import { META_WORDS, PLAY_ACTIONS, type PlayAction } from '../playbook/playactions.ts'
import type { CommandContext } from './context.ts'
import { SCHEMAS } from './options.ts'

type Schema = { readonly [name: string]: unknown }

export function schemaCommand(kind: string | undefined, context: CommandContext): number {
  const wanted = SCHEMAS.find((each) => each === (kind ?? 'playbook'))
  if (wanted === undefined) {
    throw new ClusterError('USAGE', `there is no schema of ${kind}`, {
      hint: `one of ${SCHEMAS.join(', ')}`,
    })
  }
  context.write(`${JSON.stringify(schemaOf(wanted), null, 2)}\n`)
  return 0
}

/** The schema of a playbook or of a file of tasks. */
export function schemaOf(kind: (typeof SCHEMAS)[number]): Schema {
  const root = kind === 'playbook' ? { type: 'array', items: ref('entry') } : ref('tasks')
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: `Cluster-OS ${kind}`,
    ...root,
    $defs: {
      entry: { anyOf: [ref('play'), ref('import')] },
      play: { ...objectOf(keywordsAt('play')), required: ['hosts'] },
      import: importSchema(),
      tasks: { type: ['array', 'null'], items: ref('item') },
      item: { anyOf: [ref('task'), ref('block')] },
      block: { ...objectOf(keywordsAt('block')), required: ['block'] },
      task: taskSchema(),
      role: roleSchema(),
      template: { type: 'string', pattern: '\\{[{%]' },
      condition: {
        anyOf: [
          { type: ['string', 'boolean', 'number', 'null'] },
          { type: 'array', items: { type: ['string', 'boolean', 'number'] } },
        ],
      },
    },
  }
}

function ref(name: string): Schema {
  return { $ref: `#/$defs/${name}` }
}

function objectOf(properties: Schema): Schema {
  return { type: 'object', properties, additionalProperties: false }
}

function keywordsAt(level: Level): Schema {
  return Object.fromEntries(
    namesAt(level).map((name) => [name, keywordSchema(findKeyword(name, level) as Keyword)]),
  )
}

function keywordSchema(keyword: Keyword): Schema {
  const { summary: description, choices } = keyword
  if (choices === undefined) return { description, ...typeSchema(keyword) }
  const words = [...choices, ...choices.map((choice) => `ansible.builtin.${choice}`)]
  return { description, anyOf: [{ enum: words }, ref('template')] }
}

function typeSchema({ type }: Keyword): Schema {
  switch (type) {
    case 'bool':
      return bool()
    case 'int':
      return { anyOf: [{ type: 'integer' }, digits(), ref('template')] }
    case 'number':
      return { anyOf: [{ type: 'number' }, digits(), ref('template')] }
    case 'text':
      return { type: ['string', 'number', 'boolean', 'null'] }
    case 'list':
      return { type: ['string', 'number', 'array', 'null'] }
    case 'dict':
      return { anyOf: [{ type: ['object', 'null'] }, ref('template')] }
    case 'conditions':
      return ref('condition')
    case 'tasks':
      return ref('tasks')
    case 'roles':
      return { type: 'array', items: ref('role') }
    case 'any':
      return {}
  }
}

function bool(): Schema {
  const words = { type: 'string', pattern: '^(?:[Yy]es|[Nn]o|[Oo]n|[Oo]ff|[Tt]rue|[Ff]alse|0|1)$' }
  return { anyOf: [{ type: 'boolean' }, { enum: [0, 1] }, words, ref('template')] }
}

function digits(): Schema {
  return { type: 'string', pattern: '^\\s*[-+]?\\d+(?:\\.\\d+)?%?\\s*$' }
}

function importSchema(): Schema {
  const names = ['name', 'vars', 'tags']
  const own = Object.fromEntries(
    names.map((name) => [name, keywordSchema(findKeyword(name, 'play') as Keyword)]),
  )
  const file = { type: 'string', description: 'the playbook whose plays stand here' }
  const spellings = ['import_playbook', 'ansible.builtin.import_playbook']
  const files = Object.fromEntries(spellings.map((name) => [name, file]))
  return {
    ...objectOf({ ...own, when: ref('condition'), ...files }),
    anyOf: spellings.map((name) => ({ required: [name] })),
  }
}

function roleSchema(): Schema {
  const keywords = keywordsAt('role')
  const entry = { type: 'object', properties: keywords }
  const named = { ...entry, anyOf: [{ required: ['role'] }, { required: ['name'] }] }
  return { anyOf: [{ type: 'string' }, named] }
}

/** A task's keywords, and one property for each spelling of each action. */
function taskSchema(): Schema {
  const actions: { [name: string]: Schema } = {}
  for (const module of MODULES.values()) {
    for (const name of spellingsOf(module.name)) actions[name] = moduleSchema(module)
  }
  for (const action of PLAY_ACTIONS.values()) {
    for (const prefix of ['', 'ansible.builtin.', 'ansible.legacy.']) {
      actions[`${prefix}${action.name}`] = actionSchema(action)
    }
  }
  return {
    type: 'object',
    properties: { ...keywordsAt('task'), ...keywordsAt('handler'), ...actions },
    patternProperties: { '^with_': {} },
    additionalProperties: false,
  }
}

/** The spellings that are read: short, and with the collections that modules come from. */
function spellingsOf(name: string): string[] {
  return ['', ...PREFIXES].map((prefix) => `${prefix}${name}`)
}

function moduleSchema(module: Module): Schema {
  const { summary, params, aliases = {}, isOpen } = module
  const properties: { [name: string]: Schema } = {}
  for (const [name, schema] of Object.entries(params.shape)) {
    properties[name] = paramSchema(schema as z.ZodType)
  }
  for (const [alias, name] of Object.entries(aliases)) properties[alias] = properties[name] ?? {}
  const dict = { type: 'object', properties, additionalProperties: isOpen === true }
  // The old spelling is a text; what it may hold is for lint.
  return { description: summary, anyOf: [dict, { type: ['string', 'number', 'null'] }] }
}

function paramSchema(schema: z.ZodType): Schema {
  const meta = metaOf(schema)
  const about = schema.description
  const described = about === undefined ? {} : { description: about }
  const choices = meta['choices'] as readonly string[] | undefined
  if (choices !== undefined) {
    return {
      ...described,
      anyOf: [{ enum: [...choices, ...plainSpellings(choices)] }, ref('template')],
    }
  }
  switch (meta['type']) {
    case 'bool':
      return { ...described, ...bool() }
    case 'int':
      return { ...described, anyOf: [{ type: 'integer' }, digits(), ref('template')] }
    case 'float':
      return { ...described, anyOf: [{ type: 'number' }, digits(), ref('template')] }
    case 'str':
    case 'path':
      return { ...described, type: ['string', 'number', 'boolean', 'null'] }
    case 'dict':
      return { ...described, anyOf: [{ type: 'object' }, { type: ['string', 'null'] }] }
    default:
      return described
  }
}

/** `no` and `yes` among the choices may be written as truths and numbers. */
function plainSpellings(choices: readonly string[]): unknown[] {
  return choices.flatMap((choice): unknown[] => {
    if (/^(?:yes|true|True)$/.test(choice)) return [true]
    if (/^(?:no|false|False)$/.test(choice)) return [false]
    return /^\d+$/.test(choice) ? [Number(choice)] : []
  })
}

function actionSchema({ name, summary, params, isOpen }: PlayAction): Schema {
  if (name === 'meta') return { description: summary, enum: Object.keys(META_WORDS) }
  const properties = Object.fromEntries(
    Object.entries(params).map(([param, description]) => [param, { description }]),
  )
  const dict = { type: 'object', properties, additionalProperties: isOpen === true }
  return { description: summary, anyOf: [dict, { type: ['string', 'null'] }] }
}
