// One golden case carried out: the module's probe on a host in memory, its changes believed by an
// overlay, the state afterwards and a second probe. Not here: what the cases expect (*.yml).
import { ClusterError } from '../../agent/src/errors.ts'
import type { Change } from '../../agent/src/host/change.ts'
import type { ExecResult, Host } from '../../agent/src/host/host.ts'
import { OverlayHost } from '../../agent/src/host/overlay.ts'
import { parseArguments } from '../../agent/src/modules/arguments.ts'
import { AttributeFailure } from '../../agent/src/modules/attributes.ts'
import { findModule } from '../../agent/src/modules/index.ts'
import {
  type Completion,
  type Connection,
  type Controller,
  type JobReport,
  type Module,
  type Outcome,
  UnknownVerdict,
} from '../../agent/src/modules/module.ts'
import { render, renderFile, truth3 } from '../../agent/src/template/template.ts'
import { fromPlain, keyText, type Plain, toPlain } from '../../agent/src/value/plain.ts'
import {
  type Dict,
  isDict,
  OMIT,
  Template,
  Undefined,
  Unknown,
  type Value,
} from '../../agent/src/value/value.ts'
import type { YamlNode } from '../../agent/src/yaml/node.ts'
import { parseYaml } from '../../agent/src/yaml/parse.ts'
import { toValue } from '../../agent/src/yaml/value.ts'
import { type Answer, type HostData, MemoryHost } from './memory.ts'

const AT = { file: 'case.yml', line: 1, column: 1 }

/** What a case's words stand for where a command was not run. */
const UNKNOWN = new Unknown('a command was not run', 'memory')

export interface Trial {
  status: 'ok' | 'changed' | 'unknown' | 'failed' | 'skipped' | 'refused'
  message: string | undefined
  result: Plain
  facts: Plain
  changes: string[]
  script: string
  diffs: { before: string; after: string }[]
  run: Plain
  host: OverlayHost
  outcome: Outcome | undefined
}

/** A host that is there again: what it answers, or that it cannot be reached. */
export interface Back {
  readonly asks?: Answer[]
  readonly isGone?: boolean
}

export interface CaseSource {
  readonly module: string
  readonly params: Value
  readonly vars: Dict
  /** Files of the controller, by name. */
  readonly controller: Dict
  /** What the real host would say to the changes and the command, in order. */
  readonly answers: readonly ExecResult[] | undefined
  /** What each new connection comes to: an answer to every question, or none. */
  readonly back?: readonly Back[]
  readonly isDiff: boolean
  readonly verbosity: number
}

export function readCases(text: string, file: string): YamlNode[] {
  const [root] = parseYaml(text, file)
  if (root?.kind !== 'sequence') throw new Error(`${file} is no list of cases`)
  return [...root.items]
}

/** A member of a case: with templates for what the author of a playbook writes. */
export function member(node: YamlNode, name: string, templates = false): Value | undefined {
  if (node.kind !== 'mapping') throw new Error('a case is a mapping')
  const entry = node.entries.find(({ key }) => key.text === name)
  return entry === undefined ? undefined : withUnknowns(toValue(entry.value, { templates }))
}

function withUnknowns(value: Value): Value {
  if (value === '<unknown>') return UNKNOWN
  if (value === '<omit>') return OMIT
  if (Array.isArray(value)) return value.map(withUnknowns)
  if (!isDict(value)) return value
  return new Map([...value].map(([key, item]) => [key, withUnknowns(item)]))
}

export function makeHost(data: HostData): OverlayHost {
  return new OverlayHost(new MemoryHost(data))
}

/** Probes, applies to the overlay, and tells what came of it. */
export async function tryModule(source: CaseSource, host: OverlayHost): Promise<Trial> {
  const module = findModule(source.module)
  if (module === undefined) throw new Error(`there is no module ${source.module}`)
  const trial: Trial = {
    status: 'ok',
    message: undefined,
    result: {},
    facts: null,
    changes: [],
    script: '',
    diffs: [],
    run: null,
    host,
    outcome: undefined,
  }
  const controller = makeController(source)
  const { given, raw } = split(module, source.params, controller)
  const parsed = parseArguments(module, given)
  if ('mistake' in parsed) {
    return { ...trial, status: 'refused', message: parsed.mistake.message }
  }
  if ('unknown' in parsed) {
    return { ...trial, status: 'unknown', message: parsed.unknown.reason }
  }
  const context = {
    host: host as Host,
    controller,
    connection: makeConnection(source.back ?? []),
    at: AT,
    environment: {},
    isDiff: source.isDiff,
    verbosity: source.verbosity,
    rawArguments: raw,
    job: (id: string) => Promise.resolve(noJob(id)),
  }
  try {
    const outcome = await module.probe(parsed.params, context)
    return await judge(trial, outcome, source.answers)
  } catch (error) {
    if (error instanceof UnknownVerdict) {
      return { ...trial, status: 'unknown', message: error.unknown.reason }
    }
    if (error instanceof AttributeFailure) {
      return { ...trial, status: 'failed', message: error.message }
    }
    throw error
  }
}

/** Jobs in the background are tested on a real host (playbook/background.test.ts). */
function noJob(id: string): JobReport {
  const result = { ansible_job_id: id, finished: 1 }
  return { isFinished: true, isChanged: false, failure: `there is no job ${id} on memory`, result }
}

/** Connections in the order of the case, the last one for ever; time passes only by pauses. */
function makeConnection(back: readonly Back[]): Connection {
  let nowMs = 0
  let count = 0
  return {
    isLocal: false,
    reopen: (limitMs) => {
      const next = back[Math.min(count, back.length - 1)]
      count += 1
      if (next !== undefined && next.isGone !== true) {
        return Promise.resolve(new MemoryHost({ asks: next.asks ?? [] }))
      }
      nowMs += limitMs
      return Promise.reject(new ClusterError('UNREACHABLE', 'memory is away', { hint: 'wait' }))
    },
    pause: (delayMs) => {
      nowMs += delayMs
      return Promise.resolve()
    },
    now: () => nowMs,
  }
}

async function judge(
  trial: Trial,
  outcome: Outcome,
  answers: readonly ExecResult[] | undefined,
): Promise<Trial> {
  const changes: readonly Change[] = outcome.changes ?? []
  const told = {
    ...trial,
    outcome,
    result: toPlain(fromPlain(outcome.result ?? {})),
    facts: factsOf(outcome),
    changes: changes.map(({ summary }) => summary),
    script: changes.map(({ script }) => script).join('\n'),
    diffs: (outcome.diffs ?? []).map(({ before, after }) => ({
      before: shown(before),
      after: shown(after),
    })),
    run: outcome.run === undefined ? null : toPlain(fromPlain(outcome.run)),
  }
  if (outcome.failure !== undefined) {
    return { ...told, status: 'failed', message: outcome.failure }
  }
  if (outcome.skipReason !== undefined) {
    return { ...told, status: 'skipped', message: outcome.skipReason }
  }
  if (outcome.isChanged instanceof Unknown) {
    return { ...told, status: 'unknown', message: outcome.isChanged.reason }
  }
  for (const change of changes) await trial.host.apply(change)
  const completion: Completion =
    answers === undefined ? {} : ((await outcome.finish?.(answers)) ?? {})
  const result = toPlain(fromPlain({ ...outcome.result, ...completion.result }))
  if (completion.failure !== undefined) {
    return { ...told, status: 'failed', message: completion.failure, result }
  }
  if (outcome.run !== undefined && answers === undefined) return { ...told, status: 'unknown' }
  const isChanged = completion.isChanged ?? outcome.isChanged ?? changes.length > 0
  return { ...told, result, status: isChanged ? 'changed' : 'ok' }
}

function factsOf(outcome: Outcome): Plain {
  const values = outcome.facts?.values ?? outcome.includedVars
  return values === undefined ? null : toPlain(new Map<Value, Value>(values))
}

function shown(text: string | Unknown): string {
  return text instanceof Unknown ? `<unknown: ${text.reason}>` : text
}

function split(module: Module, params: Value, controller: Controller) {
  const given = new Map<string, Value>()
  const raw = new Map<string, Value>()
  const take = (name: string, value: Value): void => {
    const known = module.aliases?.[name] ?? name
    if (module.rawParams?.includes(known) === true) {
      raw.set(known, asTemplates(value))
      given.set(name, '')
      return
    }
    const rendered = controller.render(value)
    if (rendered !== OMIT) given.set(name, rendered)
  }
  if (isDict(params)) for (const [name, value] of params) take(keyText(name), value)
  else if (params !== null && module.freeForm !== undefined) take(module.freeForm, params)
  return { given, raw }
}

/** A condition is an expression as it stands, as the parser of playbooks has it. */
function asTemplates(value: Value): Value {
  if (Array.isArray(value)) return value.map(asTemplates)
  return typeof value === 'string' ? new Template(value, AT) : value
}

function makeController(source: CaseSource): Controller {
  const { vars, controller: files } = source
  const lookup = (name: string): Value => {
    const value = vars.get(name)
    if (value === undefined) return new Undefined(`'${name}' is undefined`, AT)
    return render(value, context)
  }
  const context = { scope: { lookup, names: () => [...vars.keys()].map(keyText) } }
  const content = (path: string): string => {
    const found = files.get(path)
    if (typeof found !== 'string') throw new Error(`the controller has no file ${path}`)
    return found
  }
  const below = (path: string): string[] =>
    [...files.keys()].map(keyText).filter((name) => name.startsWith(`${path}/`))
  const truth = (condition: Value): boolean | Unknown => {
    if (condition instanceof Template) return truth3(condition.source, AT, context)
    return condition === true
  }
  return {
    findFile: (name) => name.replace(/\/+$/, ''),
    readFile: (path) => Buffer.from(content(path), 'utf8'),
    isFolder: (path) => below(path).length > 0,
    fileMode: () => 0o750,
    listFiles: (path) => below(path).map((name) => name.slice(path.length + 1)),
    outputPath: (folder, name) => `${folder}/${name}`.replaceAll(/\/+/g, '/'),
    readIfThere: (path) => (files.has(path) ? Buffer.from(content(path), 'utf8') : undefined),
    planFile: () => {},
    writeFile: (folder, name, data) => {
      files.set(`${folder}/${name}`.replaceAll(/\/+/g, '/'), data.toString('utf8'))
    },
    renderFile: (path, options) => {
      const text = renderFile(content(path), path, context, {
        ...(options.trimBlocks === undefined ? {} : { trimBlocks: options.trimBlocks }),
        ...(options.lstripBlocks === undefined ? {} : { lstripBlocks: options.lstripBlocks }),
        ...options.marks,
      })
      if (typeof text !== 'string') return text
      return text.replaceAll('\n', options.newline ?? '\n')
    },
    truth,
    render: (value) => render(value, context),
    variable: lookup,
    readVariables: (path) => {
      const [node] = parseYaml(content(path), path)
      const value = node === undefined ? null : toValue(node, { templates: true })
      return new Map(isDict(value) ? [...value].map(([key, item]) => [keyText(key), item]) : [])
    },
    explain: () => [],
  }
}
