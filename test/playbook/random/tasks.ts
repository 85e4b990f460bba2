// Random tasks: what they do, and the keywords that they bear. Not here: what they stand in
// (plays.ts).
import fc from 'fast-check'
import { BRINGING } from '../../../agent/src/playbook/playactions.ts'

/** Serialized as JSON, which is YAML too. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

export interface Fields {
  [key: string]: Json | undefined
}

export const host = fc.constantFrom('h1', 'h2', 'h3')
export const names = fc.constantFrom('one', 'two', 'three')
export const tag = fc.constantFrom('x', 'y', 'always', 'never')

/** A keyword that is left out more often than not: `weight` times for each time that it is there. */
export function rarely<T>(value: fc.Arbitrary<T>, weight = 5): fc.Arbitrary<T | undefined> {
  const none = { arbitrary: fc.constant(undefined), weight }
  return fc.oneof(none, { arbitrary: value, weight: 1 })
}

/** The fields that have a value. */
export function defined(entries: Fields): { [key: string]: Json } {
  const kept = Object.entries(entries).filter((entry) => entry[1] !== undefined)
  return Object.fromEntries(kept) as { [key: string]: Json }
}

export const condition = fc.oneof(
  host.map((name) => `inventory_hostname == '${name}'`),
  host.map((name) => `inventory_hostname != '${name}'`),
  fc.constant('r is defined and r is changed'),
  fc.constantFrom('true', 'false'),
)

export const loop = fc.oneof(
  fc.constant<Json>(['a', 'b']),
  fc.constant<Json>([]),
  fc.constant<Json>("{{ ['x', 'y'] }}"),
)

type Action = { [key: string]: Json }

function weighted(weight: number, arbitrary: fc.Arbitrary<Action>) {
  return { arbitrary, weight }
}

const action: fc.Arbitrary<Action> = fc.oneof(
  weighted(4, fc.constant({ command: 'true' })),
  weighted(
    4,
    names.map((name) => ({ debug: { msg: `${name} {{ v | default('-') }}` } })),
  ),
  weighted(1, fc.constant({ debug: {} })),
  weighted(
    3,
    host.map((name) => ({ command: `test {{ inventory_hostname }} != ${name}` })),
  ),
  weighted(1, fc.constant({ shell: 'echo "$E {{ inventory_hostname }}"' })),
  weighted(
    2,
    names.map((name) => ({ set_fact: { v: `${name} {{ inventory_hostname }}` } })),
  ),
  weighted(1, fc.constant({ fail: { msg: 'fails' } })),
  weighted(1, fc.constant({ assert: { that: ["inventory_hostname != 'h3'"] } })),
  weighted(1, fc.constant({ include_tasks: 'parts/said.yml' })),
  weighted(1, fc.constant({ import_tasks: 'parts/said.yml' })),
  // Tasks of a role that is both included and imported are the same to 2.14, which loses its step.
  weighted(1, fc.constant({ include_role: { name: 'bit' } })),
  weighted(1, fc.constant({ import_role: { name: 'piece' } })),
  weighted(1, fc.constant({ meta: 'flush_handlers' })),
)

/** Steps of the play itself, which end something for a host or for all. */
const step: fc.Arbitrary<Action> = fc
  .record({
    meta: fc.constantFrom('end_host', 'end_play', 'end_batch', 'clear_facts', 'clear_host_errors'),
    when: condition,
  })
  .map((fields) => ({ ...fields }))

const keywords = {
  when: rarely(condition),
  loop: rarely(loop),
  loop_control: rarely(
    fc.constantFrom<Json>(
      { index_var: 'at' },
      { label: 'a label' },
      { extended: true },
      { loop_var: 'thing' },
    ),
  ),
  register: rarely(fc.constant('r')),
  ignore_errors: rarely(fc.boolean()),
  changed_when: rarely(fc.boolean()),
  failed_when: rarely(fc.boolean()),
  notify: rarely(names),
  run_once: rarely(fc.constant(true)),
  delegate_to: rarely(host),
  delegate_facts: rarely(fc.constant(true)),
  any_errors_fatal: rarely(fc.constant(true)),
  vars: rarely(names.map((name) => ({ v: `var ${name}` }))),
  tags: rarely(tag),
  throttle: rarely(fc.constant(1)),
  no_log: rarely(fc.constant(true)),
  become: rarely(fc.constant(false)),
  check_mode: rarely(fc.constant(false)),
  environment: rarely(names.map((name) => ({ E: name }))),
  until: rarely(fc.constant('r is not failed')),
}

const ordinary: fc.Arbitrary<Json> = fc
  .record({ action, ...keywords })
  .map(({ action: act, until, ...rest }) => {
    const { loop_control: control, ...plain } = rest
    const looped = rest.loop === undefined ? plain : { ...plain, loop_control: control }
    // Steps of the play take few keywords, and ansible-core warns about the others.
    if ('meta' in act) return { ...act }
    if (BRINGING.some((name) => name in act)) {
      const { when, tags, vars } = rest
      return { ...act, ...defined({ when, tags, vars }) }
    }
    if (['set_fact', 'debug', 'fail', 'assert'].some((name) => name in act)) {
      const { changed_when: _c, delegate_to: _d, ...kept } = looped
      return { ...act, ...defined(kept) }
    }
    const retried = until === undefined ? {} : { until, retries: 1, delay: 0, register: 'r' }
    return { ...act, ...defined({ ...looped, ...retried }) }
  })

export const task: fc.Arbitrary<Json> = fc.oneof(
  { arbitrary: ordinary, weight: 30 },
  { arbitrary: step, weight: 1 },
)
