// The arguments of the file module and what its parts are given. Not here: what they plan.
import * as z from 'zod'
import type { FileState } from '../host/host.ts'
import { attributeParams } from './attributes.ts'
import type { ModuleContext } from './module.ts'
import { bool, choice, path, text, unsafeWrites } from './params.ts'

const TIME_FORMAT = '%Y%m%d%H%M.%S'

export const fileSchema = z.object({
  path: path().describe('the path on the host'),
  state: choice(['absent', 'directory', 'file', 'hard', 'link', 'touch'])
    .optional()
    .describe('what the path shall be; `file` only checks that it is there'),
  src: text().optional().describe('where a link points'),
  recurse: bool().default(false).describe('set attributes of all below a directory too'),
  force: bool()
    .default(false)
    .describe('make a link even where a file stands or the target misses'),
  follow: bool().default(true).describe('attributes of a link are those of its target'),
  access_time: text().optional().describe('`preserve`, `now` or a time; touch means now'),
  access_time_format: text().default(TIME_FORMAT).describe('how access_time is written'),
  modification_time: text().optional().describe('`preserve`, `now` or a time; touch means now'),
  modification_time_format: text().default(TIME_FORMAT).describe('how that one is written'),
  unsafe_writes: unsafeWrites(),
  ...attributeParams,
})

export type FileParams = z.output<typeof fileSchema>

export interface Situation {
  readonly params: FileParams
  readonly context: ModuleContext
  /** Of the path itself: a link is not followed. */
  readonly state: FileState | null
}
