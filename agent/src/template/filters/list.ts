// The list of all filters. A filter is one row in its family's table; a family is one line here.
// Not here: how arguments are bound and who may see Undefined or Unknown (engine.ts).
import type { Filter } from '../plugin.ts'
import { ADDRESSES } from './address.ts'
import { CHOOSING } from './choose.ts'
import { DATA } from './data.ts'
import { DICTIONARIES } from './dictionary.ts'
import { ENCODINGS_AND_TIMES } from './encoding.ts'
import { LOGIC } from './logic.ts'
import { NUMBERS } from './number.ts'
import { PASSWORDS } from './password.ts'
import { PATHS } from './path.ts'
import { QUERIES } from './query.ts'
import { REGEX } from './regex.ts'
import { SETS } from './sets.ts'
import { TEXT } from './text.ts'
import { URLIZE } from './urlize.ts'

const FAMILIES = [
  LOGIC,
  TEXT,
  NUMBERS,
  CHOOSING,
  SETS,
  DICTIONARIES,
  DATA,
  REGEX,
  ENCODINGS_AND_TIMES,
  PATHS,
  PASSWORDS,
  ADDRESSES,
  QUERIES,
  URLIZE,
]

export const FILTERS: ReadonlyMap<string, Filter> = new Map(
  FAMILIES.flatMap((family) => Object.entries(family)),
)
