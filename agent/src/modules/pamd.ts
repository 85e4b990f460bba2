// pamd: rules of a PAM service, found by their type, control and module. Lines that no rule of the
// task is about stay as they are. Not here: limits (pamlimits.ts).
import { posix } from 'node:path'
import * as z from 'zod'
import { backupField, backupFinish, planEdit } from './editing.ts'
import { defineModule, known, type Outcome } from './module.ts'
import { entriesOf, isSameRule, type Rule, spell, wordsOf } from './pamrules.ts'
import { bool, choice, path, text, words } from './params.ts'
import { settlePackages } from './programs.ts'

const TYPES = ['account', 'auth', 'password', 'session'].flatMap((type) => [type, `-${type}`])
const types = () => choice(TYPES as [string, ...string[]])
/** pam.conf(5): a word of these, or actions in brackets. */
const CONTROL = /^(required|requisite|sufficient|optional|include|substack|\[[^\]]*\])$/

const schema = z.object({
  name: text().describe('the service, which is the name of its file'),
  type: types().describe('type of the rule; a dash before it is part of it'),
  control: text().describe('control of the rule'),
  module_path: text().describe('module of the rule'),
  new_type: types().optional().describe('type of the new or changed rule'),
  new_control: text().optional().describe('control of the new or changed rule'),
  new_module_path: text().optional().describe('module of the new or changed rule'),
  module_arguments: words().optional().describe('arguments: all, or those to add or take away'),
  state: choice(['updated', 'before', 'after', 'args_present', 'args_absent', 'absent'])
    .default('updated')
    .describe('what happens to the rule, or where a new one goes beside it'),
  path: path().default('/etc/pam.d').describe('folder of the services'),
  backup: bool().default(false).describe('keep the old file beside the new one'),
})

type Params = z.output<typeof schema>

export const pamd = defineModule({
  name: 'pamd',
  summary: 'Edit the rules of a PAM service.',
  params: schema,
  effect: 'changes',
  returns: { change_count: 'how many rules changed', backupdest: 'where the old file is kept' },
  examples: `- community.general.pamd:
    name: sshd
    type: session
    control: optional
    module_path: pam_motd.so
    state: absent`,
  notes: ['A comment behind a rule stays behind it.'],
  probe: async (params, context): Promise<Outcome> => {
    const refused = refusalOf(params)
    if (refused !== undefined) return { failure: refused }
    const file = posix.join(params.path, params.name)
    const content = known(await context.host.read(file))
    if (content === null) {
      await settlePackages(context.host)
      return { failure: `there is no PAM service ${file}` }
    }
    const { text: after, count } = edit(content.toString('utf8'), params)
    if (count === 0) return { result: { change_count: 0 } }
    const state = known(await context.host.stat(file, { follow: true }))
    const wish = { path: file, state, content: Buffer.from(after, 'utf8'), message: '' }
    const plan = await planEdit(context, { ...wish, hasBackup: params.backup })
    return {
      ...plan.outcome,
      result: { change_count: count, ...backupField(plan, 'backupdest') },
      finish: backupFinish(params.backup, 'backupdest'),
    }
  },
})

function refusalOf(params: Params): string | undefined {
  const { state, new_control: control } = params
  if (state === 'before' || state === 'after') {
    const missing = (['new_type', 'new_control', 'new_module_path'] as const).filter(
      (name) => params[name] === undefined,
    )
    if (missing.length > 0) return `state ${state} needs ${missing.join(', ')}`
  }
  const isArguments = state === 'args_present' || state === 'args_absent'
  if (isArguments && params.module_arguments === undefined) {
    return `state ${state} needs module_arguments`
  }
  if (control !== undefined && !CONTROL.test(control)) return `${control} is no control of a rule`
  const texts = [params.new_module_path, ...(params.module_arguments ?? [])]
  return texts.some((each) => each !== undefined && /[\r\n]/.test(each))
    ? 'a rule is one line'
    : undefined
}

/** The new text, and how many rules are new, changed or gone. */
function edit(before: string, params: Params): { text: string; count: number } {
  const { type, control, module_path: module, state } = params
  const sought = { type, control: control.replaceAll(/\s+/g, ' '), module }
  const entries = entriesOf(before)
  const given = params.module_arguments?.flatMap(wordsOf)
  let count = 0
  const lines = entries.map(({ rule, raw }, index) => {
    if (rule === undefined || !isSameRule(rule, sought)) return raw
    if (state === 'before' || state === 'after') {
      const near = beside(entries, index, state === 'before' ? -1 : 1)
      const added = { ...changed(rule, params), args: given ?? [], comment: '' }
      if (near !== undefined && isSameRule(near, added)) return raw
      count += 1
      const ended = raw.endsWith('\n') ? raw : `${raw}\n`
      return state === 'before' ? spell(added) + raw : ended + spell(added)
    }
    const after = state === 'absent' ? undefined : altered(rule, params, given)
    if (after !== undefined && spell(after) === spell(rule)) return raw
    count += 1
    return after === undefined ? '' : spell(after)
  })
  return { text: lines.join(''), count }
}

/** The next rule above or below; comments and blank lines lie between. */
function beside(
  entries: readonly { readonly rule: Rule | undefined }[],
  index: number,
  step: number,
): Rule | undefined {
  for (let at = index + step; at >= 0 && at < entries.length; at += step) {
    const rule = entries[at]?.rule
    if (rule !== undefined) return rule
  }
  return undefined
}

function changed(rule: Rule, params: Params): Rule {
  return {
    ...rule,
    type: params.new_type ?? rule.type,
    control: params.new_control ?? rule.control,
    module: params.new_module_path ?? rule.module,
  }
}

function altered(rule: Rule, params: Params, given: readonly string[] = rule.args): Rule {
  if (params.state === 'updated') return { ...changed(rule, params), args: given }
  if (params.state === 'args_absent') {
    return { ...rule, args: rule.args.filter((word) => !given.includes(word)) }
  }
  const args = [...rule.args]
  for (const word of given) {
    // `key=value` takes the place of another value of its key.
    const [key] = /^[^=[]+=/.exec(word) ?? []
    const at = args.findIndex((own) => own === word || (key !== undefined && own.startsWith(key)))
    if (at < 0) args.push(word)
    else args[at] = word
  }
  return { ...rule, args }
}
