// A difference as the lines of a patch, for a plan. Not here: colours (output/text.ts).
import { createTwoFilesPatch } from 'diff'
import type { Diff } from '../modules/module.ts'
import { Unknown } from '../value/value.ts'
import { withoutPrivate } from './private.ts'

/** Undefined when both sides are the same. */
export function diffText(diff: Diff): string | undefined {
  const { before, after, beforeHeader, afterHeader } = diff
  if (before instanceof Unknown || after instanceof Unknown) {
    const [unknown] = [after, before].filter((side) => side instanceof Unknown)
    return `--- ${beforeHeader}\n+++ ${afterHeader}\n~ unknown: ${unknown?.reason ?? ''}`
  }
  if (before === after) return undefined
  // Sides are cleaned first: a patch cuts a key in the middle where its end is far away.
  const sides = [withoutPrivate(before), withoutPrivate(after)] as const
  const patch = createTwoFilesPatch(beforeHeader, afterHeader, ...sides)
  const lines = patch.split('\n')
  const start = lines.findIndex((line) => line.startsWith('--- '))
  return lines.slice(start, -1).join('\n')
}
