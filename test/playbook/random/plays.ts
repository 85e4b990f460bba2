// Random plays out of the keyword table: structure (blocks, rescue, always, handlers, includes),
// who it is for (serial, run_once, delegate_to) and what fails where. Each is plain YAML, so that
// ansible-core and we read the very same text. Not here: comparing what became of them.
import fc from 'fast-check'

/** Serialized as JSON, which is YAML too. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

const HOSTS = ['h1', 'h2', 'h3'] as const
const host = fc.constantFrom(...HOSTS)
const names = fc.constantFrom('one', 'two', 'three')

/** A keyword that is left out more often than not. */
function rarely<T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  const none = { arbitrary: fc.constant(undefined), weight: 5 }
  return fc.oneof(none, { arbitrary: value, weight: 1 })
}

const condition = fc.oneof(
  host.map((name) => `inventory_hostname == '${name}'`),
  host.map((name) => `inventory_hostname != '${name}'`),
  fc.constant('r is defined and r is changed'),
  fc.constantFrom('true', 'false'),
)

const action: fc.Arbitrary<{ [key: string]: Json }> = fc.oneof(
  { arbitrary: fc.constant({ command: 'true' }), weight: 4 },
  {
    arbitrary: names.map((name) => ({ debug: { msg: `${name} {{ v | default('-') }}` } })),
    weight: 4,
  },
  {
    arbitrary: host.map((name) => ({ command: `test {{ inventory_hostname }} != ${name}` })),
    weight: 3,
  },
  {
    arbitrary: names.map((name) => ({ set_fact: { v: `${name} {{ inventory_hostname }}` } })),
    weight: 2,
  },
  { arbitrary: fc.constant({ fail: { msg: 'fails' } }), weight: 1 },
  { arbitrary: fc.constant({ include_tasks: 'parts/said.yml' }), weight: 1 },
  { arbitrary: fc.constant({ meta: 'flush_handlers' }), weight: 1 },
)

const loop = fc.oneof(
  fc.constant<Json>(['a', 'b']),
  fc.constant<Json>([]),
  fc.constant<Json>("{{ ['x', 'y'] }}"),
)

function defined(entries: { [key: string]: Json | undefined }): { [key: string]: Json } {
  const kept = Object.entries(entries).filter((entry) => entry[1] !== undefined)
  return Object.fromEntries(kept) as { [key: string]: Json }
}

const task: fc.Arbitrary<Json> = fc
  .record({
    action,
    when: rarely(condition),
    loop: rarely(loop),
    register: rarely(fc.constant('r')),
    ignore_errors: rarely(fc.boolean()),
    changed_when: rarely(fc.boolean()),
    failed_when: rarely(fc.boolean()),
    notify: rarely(names),
    run_once: rarely(fc.constant(true)),
    delegate_to: rarely(host),
    any_errors_fatal: rarely(fc.constant(true)),
    vars: rarely(names.map((name) => ({ v: `var ${name}` }))),
    tags: rarely(fc.constantFrom('always', 'x')),
    throttle: rarely(fc.constant(1)),
    no_log: rarely(fc.constant(true)),
  })
  .map(({ action: act, ...keywords }) => {
    // Steps of the play take few keywords, and ansible-core warns about the others.
    if ('meta' in act) return { ...act }
    if ('include_tasks' in act) return { ...act, ...defined({ when: keywords.when }) }
    if ('set_fact' in act || 'debug' in act) {
      const { changed_when: _c, delegate_to: _d, ...rest } = keywords
      return { ...act, ...defined(rest) }
    }
    return { ...act, ...defined(keywords) }
  })

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
      when: rarely(condition),
      ignore_errors: rarely(fc.boolean()),
      vars: rarely(names.map((name) => ({ v: `block ${name}` }))),
    })
    .map((block) => defined(block as { [key: string]: Json | undefined })),
})).list

const handlers: fc.Arbitrary<Json[]> = fc
  .tuple(condition, fc.boolean(), rarely(names))
  .map(([when, isChained, last]) => [
    defined({ name: 'one', command: 'true', notify: isChained ? 'three' : undefined }),
    { name: 'two', debug: { msg: 'handler two' }, when },
    defined({
      name: 'three',
      command: 'true',
      changed_when: last === undefined ? undefined : false,
    }),
  ])

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
    pre_tasks: rarely(items),
    post_tasks: rarely(items),
  })
  .map((keywords) => ({ hosts: 'all', gather_facts: false, ...defined(keywords) }))

export const playbooks: fc.Arbitrary<Json[]> = fc.array(play, { minLength: 1, maxLength: 2 })
