// What a task is about to do, as data: its changes by what they leave behind, with digests. A field
// that check mode cannot know is left open, and the run may fill it. Not here: who judges
// (keeper.ts).
import type { Change, Effect } from '../host/change.ts'
import type { ExecRequest } from '../host/host.ts'
import type { Outcome } from '../modules/module.ts'
import { type Plain, toPlain } from '../value/plain.ts'
import { Unknown, type Value } from '../value/value.ts'
import { isSecretName } from '../vault/names.ts'
import { canonical, digest, sealed } from './digest.ts'
import { HIDDEN, type Secrecy, withoutPrivate } from './private.ts'
import type { Intent, PlannedChange, PlannedEffect } from './shape.ts'

/** How digests are made. `isHidden`: by no_log. */
export interface Cover {
  readonly isHidden: boolean
  readonly isSecret: Secrecy
}

export function intentOf(item: ReadonlyMap<string, Value>, outcome: Outcome, cover: Cover): Intent {
  const { changes = [], run, isChanged } = outcome
  const end =
    outcome.failure !== undefined
      ? 'failure'
      : outcome.skipReason !== undefined
        ? 'skipped'
        : undefined
  return {
    item: itemKey(item, cover),
    changes: end === undefined ? changes.map((change) => changeData(change, cover)) : [],
    ...(run === undefined || end !== undefined ? {} : { command: commandDigest(run, cover) }),
    ...(typeof isChanged === 'boolean' ? { isChanged } : {}),
    ...(end === undefined ? {} : { end }),
  }
}

function itemKey(item: ReadonlyMap<string, Value>, cover: Cover): string {
  if (item.size === 0) return ''
  const plain = Object.fromEntries([...item].map(([name, value]) => [name, toPlain(value)]))
  return covered(canonical(plain), cover).slice(0, 12)
}

function covered(text: string, { isHidden, isSecret }: Cover): string {
  return isHidden || isSecret(text) ? sealed(text) : digest(text)
}

function commandDigest(request: ExecRequest, cover: Cover): string {
  const { argv, script, shell, folder, stdin, environment, umask } = request
  const whole = canonical({ argv, script, shell, folder, stdin, environment, umask })
  return covered(whole, cover)
}

function changeData(change: Change, cover: Cover): PlannedChange {
  const { summary, script, upload } = change
  const whole = upload === undefined ? script : `${script}\0${digest(upload)}`
  return {
    summary: cover.isHidden ? HIDDEN : withoutPrivate(summary),
    effects: change.effects.map((effect) => effectData(effect, cover, [])),
    digest: covered(whole, cover),
  }
}

/** `left` are fields that are left out whatever they hold: they were open when it was planned. */
function effectData(effect: Effect, cover: Cover, left: readonly string[]): PlannedEffect {
  const fields = fieldsOf(effect, cover)
  const known: { [name: string]: Plain } = {}
  const open: string[] = []
  for (const [name, value] of Object.entries(fields)) {
    if (value instanceof Unknown || left.includes(name)) open.push(name)
    else if (value !== undefined) known[name] = value
  }
  const whole = canonical([effect.kind, known])
  return {
    kind: effect.kind,
    ...(cover.isHidden ? {} : { state: shown(known) }),
    open: open.toSorted(),
    digest: holdsPrivate(known) ? sealed(whole) : covered(whole, cover),
  }
}

/** The known fields as a person may read them. */
function shown(known: { [name: string]: Plain }): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(known).map(([name, value]) => {
      if (isSecretName(name)) return [name, HIDDEN]
      return [name, typeof value === 'string' ? withoutPrivate(value) : value]
    }),
  )
}

function holdsPrivate(known: { [name: string]: Plain }): boolean {
  return Object.entries(known).some(
    ([name, value]) =>
      isSecretName(name) || (typeof value === 'string' && withoutPrivate(value) !== value),
  )
}

/** What an effect says, without what only the moment of the change decides. */
function fieldsOf(effect: Effect, cover: Cover): Record<string, Plain | Unknown | undefined> {
  switch (effect.kind) {
    case 'file': {
      const { path, state, content } = effect
      const { type, mode, owner, group, target } = state
      const bytes = Buffer.isBuffer(content) ? contentDigest(content, cover) : content
      const octal = mode.toString(8).padStart(4, '0')
      return { path, type, mode: octal, owner, group, target, content: bytes }
    }
    case 'absent':
      return { path: effect.path }
    case 'user': {
      const { name, state } = effect
      if (state === null) return { name, state: null }
      const { uid, gid, comment, home, shell, groups, password, aging } = state
      const days = aging === undefined ? {} : { ...aging }
      const ages = canonical(days)
      return { name, uid, gid, comment, home, shell, groups: [...groups], password, ages }
    }
    case 'group': {
      const { name, state } = effect
      if (state === null) return { name, state: null }
      return { name, gid: state.gid, members: [...state.members] }
    }
    case 'package':
      return { name: effect.name, version: effect.state?.version ?? null }
    case 'unit': {
      const { active, enabled } = effect.state
      return { name: effect.name, active, enabled }
    }
    case 'sysctl':
    case 'state':
      return { key: effect.key, value: effect.value }
    case 'taint':
      return { words: [...effect.words] }
  }
}

function contentDigest(content: Buffer, cover: Cover): string {
  return cover.isHidden || cover.isSecret(content.toString('utf8'))
    ? sealed(digest(content))
    : digest(content)
}

function summaries(list: readonly { readonly summary: string }[]): string {
  return list.length === 0 ? 'nothing' : list.map(({ summary }) => summary).join(', ')
}

/** Why what is done is not what was planned; undefined when it is. `outcome` is of the real run. */
export function deviation(
  planned: Intent | undefined,
  outcome: Outcome,
  cover: Cover,
): string | undefined {
  const { changes = [], run, isChanged } = outcome
  if (outcome.failure !== undefined || outcome.skipReason !== undefined) return undefined
  const before = planned?.changes ?? []
  const now = cover.isHidden ? changes.map(() => ({ summary: HIDDEN })) : changes
  if (before.length !== changes.length)
    return `planned: ${summaries(before)}; now: ${summaries(now)}`
  const command = run === undefined ? undefined : commandDigest(run, cover)
  if (command !== planned?.command) return 'the command is another one than was planned'
  if (isChanged === true && planned?.isChanged !== true && changes.length === 0) {
    return 'planned: nothing; now: a change'
  }
  for (const [index, change] of changes.entries()) {
    const wish = before[index]
    const field = wish === undefined ? 'all of it' : changeDeviation(wish, change, cover)
    if (field !== undefined) return `${now[index]?.summary}: ${field} is not as planned`
  }
  return undefined
}

function changeDeviation(planned: PlannedChange, change: Change, cover: Cover): string | undefined {
  if (planned.effects.length === 0 && change.effects.length === 0) {
    const data = changeData(change, cover)
    return data.digest === planned.digest ? undefined : 'the script'
  }
  if (planned.effects.length !== change.effects.length) return 'what it leaves behind'
  for (const [index, effect] of change.effects.entries()) {
    const wish = planned.effects[index]
    if (wish === undefined || wish.kind !== effect.kind) return 'what it leaves behind'
    const now = effectData(effect, cover, wish.open)
    if (now.digest !== wish.digest) return fieldMoved(wish, now)
  }
  return undefined
}

function fieldMoved(planned: PlannedEffect, now: PlannedEffect): string {
  const names = new Set([...Object.keys(planned.state ?? {}), ...Object.keys(now.state ?? {})])
  const moved = [...names].filter(
    (name) => canonical(planned.state?.[name]) !== canonical(now.state?.[name]),
  )
  return moved.length === 0 ? `the ${now.kind}` : `the ${now.kind}'s ${moved.join(' and ')}`
}
