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

export const LOOP_CONTROL: readonly string[] = [
  'loop_var',
  'index_var',
  'label',
  'pause',
  'extended',
  'extended_allitems',
]

/** Refuses what loop_control does not know, at its place. */
export function checkLoopControl(node: YamlNode): void {
  for (const { key } of node.kind === 'mapping' ? node.entries : []) {
    if (LOOP_CONTROL.includes(key.text)) continue
    const close = nearest(key.text, LOOP_CONTROL)
    throw new ClusterError('KEYWORD_UNKNOWN', `loop_control has no ${key.text}`, {
      where: key.at,
      hint: close === undefined ? `it has ${LOOP_CONTROL.join(', ')}` : `did you mean ${close}?`,
    })
  }
}
