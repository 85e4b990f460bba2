// The lab's one way to call programs: zx, silent. Failures speak through errors, not through a
// child's stderr in the middle of a progress line.
import { $ as zx } from 'zx/core'

export const $ = zx({ quiet: true })
