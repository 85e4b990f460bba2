// The old spelling of loops: with_NAME takes its items from the lookup NAME. Not here: the lookups
// (lookups/, template/lookups) and the loop itself (loop.ts).
import { ClusterError } from '../errors.ts'
import { nearest } from '../value/nearest.ts'
import type { ScalarNode, YamlNode } from '../yaml/node.ts'
import type { Placed } from './tree.ts'

export const LOOKUPS: readonly string[] = (
  'items list dict fileglob first_found file template lines sequence subelements nested cartesian ' +
  'together indexed_items flattened random_choice env vars varnames inventory_hostnames ini ' +
  'csvfile url pipe password'
).split(' ')

/** The lookup that a key such as with_items names; KEYWORD_UNKNOWN when there is none. */
export function lookupOf(key: ScalarNode): Placed<string> {
  const written = key.text.slice('with_'.length)
  const name = written.replace(/^(ansible\.(builtin|legacy)|community\.general)\./, '')
  if (LOOKUPS.includes(name)) return { value: name, at: key.at }
  const close = nearest(name, LOOKUPS)
  throw new ClusterError('KEYWORD_UNKNOWN', `there is no lookup ${written} for ${key.text}`, {
    where: key.at,
    hint: close === undefined ? 'use loop' : `did you mean with_${close}?`,
  })
}

/** What loop_control may say, with what it is for. */
export const LOOP_CONTROL: Readonly<Record<string, string>> = {
  loop_var: 'the variable that has the item, instead of `item`; loops within loops need it',
  index_var: 'a variable that has the place of the item, from 0',
  label: 'what the output shows instead of the whole item',
  pause: 'seconds to wait between items',
  extended: 'ansible_loop has index, revindex, first, last, length, previtem, nextitem and more',
  extended_allitems: 'false leaves all items out of ansible_loop, for long lists',
}

/** What ansible-core has and is not here, with what to do instead. */
export const NO_LOOP_CONTROL: Readonly<Record<string, string>> = {
  break_when: 'leave items out by when, or by a filter in loop',
}

/** Refuses what loop_control does not know, at its place. */
export function checkLoopControl(node: YamlNode): void {
  for (const { key } of node.kind === 'mapping' ? node.entries : []) {
    if (Object.hasOwn(LOOP_CONTROL, key.text)) continue
    if (Object.hasOwn(NO_LOOP_CONTROL, key.text)) {
      throw new ClusterError('KEYWORD_UNSUPPORTED', `loop_control: ${key.text} is not supported`, {
        where: key.at,
        hint: NO_LOOP_CONTROL[key.text],
      })
    }
    const names = Object.keys(LOOP_CONTROL)
    const close = nearest(key.text, names)
    throw new ClusterError('KEYWORD_UNKNOWN', `loop_control has no ${key.text}`, {
      where: key.at,
      hint: close === undefined ? `it has ${names.join(', ')}` : `did you mean ${close}?`,
    })
  }
}
