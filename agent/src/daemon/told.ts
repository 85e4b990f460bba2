// Details as another node has told them: bytes of its own making, of which only what has the shape
// is taken, so that nobody who shows or writes them on meets anything else. Not here: making one's
// own (details.ts).

export interface Details {
  readonly cpu?: { readonly model?: string; readonly cores?: number }
  readonly memory?: { readonly bytes?: number }
  readonly gpus?: readonly { readonly model?: string; readonly memoryBytes?: number }[]
  readonly disks?: readonly { readonly name?: string; readonly bytes?: number }[]
  readonly network?: Readonly<Record<string, number>>
  readonly labels?: Readonly<Record<string, string>>
}

/** Characters of a name or a text, and entries of a list: more than any machine has. */
const TEXT_MOST = 256
export const ENTRIES_MOST = 256

type Raw = Readonly<Record<string, unknown>>
type Take<T> = (value: unknown) => T | undefined

/** Undefined for what is no JSON object. */
export function toldDetails(bytes: Uint8Array | undefined): Details | undefined {
  if (bytes === undefined) return undefined
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch {
    return undefined
  }
  return isObject(value) ? DETAILS(value) : undefined
}

const text: Take<string> = (value) =>
  typeof value === 'string' && value.length <= TEXT_MOST ? value : undefined
const number: Take<number> = (value) =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined

/** The known names alone, each if it is what it is to be. */
function fields<T extends object>(takes: { [K in keyof T]-?: Take<NonNullable<T[K]>> }): Take<T> {
  return (value) => {
    if (!isObject(value)) return undefined
    const taken = Object.entries(takes).flatMap(([name, take]) => {
      const each = Object.hasOwn(value, name) ? (take as Take<unknown>)(value[name]) : undefined
      return each === undefined ? [] : [[name, each] as const]
    })
    return Object.fromEntries(taken) as T
  }
}

function listOf<T>(take: Take<T>): Take<readonly T[]> {
  return (value) => {
    if (!Array.isArray(value) || value.length > ENTRIES_MOST) return undefined
    return value.flatMap((each) => take(each) ?? [])
  }
}

/** Any names, `__proto__` being one like others. */
function namesOf<T>(take: Take<T>): Take<Readonly<Record<string, T>>> {
  return (value) => {
    if (!isObject(value)) return undefined
    const names: Record<string, T> = Object.create(null) as Record<string, T>
    for (const [name, each] of Object.entries(value).slice(0, ENTRIES_MOST)) {
      const taken = name.length <= TEXT_MOST ? take(each) : undefined
      if (taken !== undefined) names[name] = taken
    }
    return names
  }
}

const DETAILS = fields<Details>({
  cpu: fields<NonNullable<Details['cpu']>>({ model: text, cores: number }),
  memory: fields<NonNullable<Details['memory']>>({ bytes: number }),
  gpus: listOf(
    fields<{ model?: string; memoryBytes?: number }>({ model: text, memoryBytes: number }),
  ),
  disks: listOf(fields<{ name?: string; bytes?: number }>({ name: text, bytes: number })),
  network: namesOf(number),
  labels: namesOf(text),
})

function isObject(value: unknown): value is Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
