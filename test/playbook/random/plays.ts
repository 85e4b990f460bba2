// Random plays out of the keyword table: structure (blocks, rescue, always, handlers, includes,
// roles), who it is for (serial, run_once, delegate_to), what fails where, and which tags are asked
// for. Each is plain YAML, so that ansible-core and we read the very same text. Left out is what
// docs/ansible-differences.md names, with a sentence here. Not here: single tasks (tasks.ts), and
// comparing what became of the plays (both.ts).
import fc from 'fast-check'
import { condition, defined, host, type Json, loop, names, rarely, tag, task } from './tasks.ts'

/** A playbook and the words of the command line. */
export interface Trial {
  readonly plays: Json[]
  readonly args: readonly string[]
}

/** Without no_log, under which 2.14 takes a role that is included again for another one. */
const blockKeywords = {
  when: rarely(condition),
  ignore_errors: rarely(fc.boolean()),
  vars: rarely(names.map((name) => ({ v: `block ${name}` }))),
  tags: rarely(tag),
  notify: rarely(names),
  environment: rarely(names.map((name) => ({ E: `block ${name}` }))),
  delegate_to: rarely(host, 9),
  throttle: rarely(fc.constant(1)),
  become: rarely(fc.constant(false)),
  any_errors_fatal: rarely(fc.boolean(), 9),
  module_defaults: rarely(fc.constant({ debug: { msg: 'block default' } })),
}

/** A flush of handlers takes no conditions, says Ansible, and loses its step with one. */
function withoutFlush<T extends Json>(value: T): T {
  const text = JSON.stringify(value).replaceAll('"meta":"flush_handlers"', '"meta":"noop"')
  return JSON.parse(text) as T
}

/** A host that has been rescued and ends is a failed one to 2.14, which then ends with code 8. */
function withoutEnd<T extends Json>(value: T): T {
  const text = JSON.stringify(value).replaceAll(/"meta":"end_\w+"/g, '"meta":"noop"')
  return JSON.parse(text) as T
}

const items: fc.Arbitrary<Json[]> = fc.letrec<{ list: Json[]; block: Json }>((tie) => ({
  list: fc.array(fc.oneof({ maxDepth: 2, withCrossShrink: true }, task, tie('block')), {
    minLength: 1,
    maxLength: 3,
  }),
  block: fc
    .record({
      block: tie('list'),
      rescue: rarely(tie('list')),
      always: rarely(tie('list')),
      ...blockKeywords,
    })
    .map((block) => defined(block))
    .map((block) => (block['when'] === undefined ? block : withoutFlush(block)))
    .map((block) => ('rescue' in block || 'always' in block ? withoutEnd(block) : block)),
})).list

const handlers: fc.Arbitrary<Json[]> = fc
  .record({
    when: condition,
    isChained: fc.boolean(),
    isChanged: rarely(fc.boolean()),
    items: rarely(loop),
    listen: rarely(names),
  })
  .map(({ when, isChained, isChanged, items: all, listen }) => [
    defined({ name: 'one', command: 'true', notify: isChained ? 'three' : undefined, listen }),
    defined({ name: 'two', debug: { msg: 'handler two' }, when, loop: all }),
    defined({ name: 'three', command: 'true', changed_when: isChanged }),
    // Where only some hosts run the last handler, 2.14 lets the others go on beside it.
    { name: 'last', debug: { msg: 'never notified' } },
  ])

const role: fc.Arbitrary<Json> = fc
  .record({
    role: fc.constant('piece'),
    piece_given: rarely(names),
    when: rarely(condition),
    tags: rarely(tag),
    vars: rarely(names.map((name) => ({ v: `role ${name}` }))),
    ignore_errors: rarely(fc.boolean()),
  })
  .map((keywords) => defined(keywords))

const play: fc.Arbitrary<Json> = fc
  .record({
    tasks: items,
    handlers,
    serial: rarely(fc.constantFrom<Json>(1, 2, '50%', [1, 2])),
    any_errors_fatal: rarely(fc.constant(true)),
    max_fail_percentage: rarely(fc.constantFrom(0, 34, 50)),
    force_handlers: rarely(fc.constant(true)),
    ignore_errors: rarely(fc.constant(true)),
    order: rarely(fc.constantFrom('sorted', 'reverse_sorted', 'reverse_inventory')),
    vars: rarely(fc.constant({ v: 'play' })),
    tags: rarely(tag),
    environment: rarely(fc.constant({ E: 'play' })),
    module_defaults: rarely(fc.constant({ debug: { msg: 'play default' } })),
    throttle: rarely(fc.constant(2)),
    roles: rarely(fc.array(role, { minLength: 1, maxLength: 2 })),
    pre_tasks: rarely(items),
    post_tasks: rarely(items),
  })
  .map((keywords) => {
    const all: Json = { hosts: 'all', gather_facts: false, ...defined(keywords) }
    return all['force_handlers'] === true ? withoutEnd(without(all, FATAL)) : all
  })

/**
 * With force_handlers a failed host stays in step with the others in 2.14, so that their next fatal
 * task or max_fail_percentage finds its old failure, whatever it says itself.
 */
const FATAL: readonly string[] = ['any_errors_fatal', 'max_fail_percentage', 'run_once']

function without(value: Json, keys: readonly string[]): Json {
  if (Array.isArray(value)) return value.map((item) => without(item, keys))
  if (value === null || typeof value !== 'object') return value
  const kept = Object.entries(value).filter(([key]) => !keys.includes(key))
  return Object.fromEntries(kept.map(([key, item]) => [key, without(item, keys)]))
}

const args: fc.Arbitrary<readonly string[]> = fc.oneof(
  { arbitrary: fc.constant([]), weight: 6 },
  { arbitrary: tag.map((name) => ['--tags', name]), weight: 1 },
  { arbitrary: tag.map((name) => ['--skip-tags', name]), weight: 1 },
  { arbitrary: fc.constantFrom(['--limit', 'h1:h3'], ['--force-handlers']), weight: 1 },
)

export const trials: fc.Arbitrary<Trial> = fc
  .record({ plays: fc.array(play, { minLength: 1, maxLength: 2 }), args })
  .map(({ plays, args: words }) => ({
    plays: words.includes('--force-handlers')
      ? plays.map((each) => withoutEnd(without(each, FATAL)))
      : plays,
    args: words,
  }))
