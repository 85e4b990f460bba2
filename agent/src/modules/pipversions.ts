// Versions of Python packages and what is wished of them, by PEP 440. Not here: pip (pip.ts).

interface Version {
  readonly epoch: number
  readonly release: readonly number[]
  /** Where it stands beside the release: development, a, b, rc, the release, post. */
  readonly stage: readonly number[]
  readonly local: string
}

const PATTERN =
  /^v?(?:(\d+)!)?(\d+(?:\.\d+)*)(?:[-_.]?(a|alpha|b|beta|c|rc|pre|preview)[-_.]?(\d*))?(?:(?:[-_.]?(?:post|rev|r)[-_.]?(\d*))|-(\d+))?(?:[-_.]?dev[-_.]?(\d*))?(?:\+([a-z0-9.]+))?$/i

const PRE: Readonly<Record<string, number>> = { a: 1, alpha: 1, b: 2, beta: 2 }

function parse(text: string): Version | undefined {
  const match = PATTERN.exec(text.trim())
  if (match === null) return undefined
  const [, epoch, release = '', pre, preNumber, post, dashPost, dev, local] = match
  const hasPost = /post|rev|\dr\d|-\d+$/i.test(text.split('+')[0] ?? '')
  const postNumber = post ?? dashPost
  const preStage = pre === undefined ? 4 : (PRE[pre.toLowerCase()] ?? 3)
  const isBareDev = dev !== undefined && pre === undefined && !hasPost
  return {
    epoch: Number(epoch ?? 0),
    release: release.split('.').map(Number),
    stage: [
      isBareDev ? 0 : preStage,
      Number(preNumber ?? 0),
      hasPost ? Number(postNumber || 0) + 1 : 0,
      dev === undefined ? Number.MAX_SAFE_INTEGER : Number(dev || 0),
    ],
    local: local ?? '',
  }
}

/** Below zero where `a` is older than `b`. Texts that are no versions compare as texts. */
export function compareVersions(a: string, b: string): number {
  const [one, two] = [parse(a), parse(b)]
  if (one === undefined || two === undefined) return a === b ? 0 : a < b ? -1 : 1
  const rows = [
    [one.epoch, two.epoch],
    ...pairs(one.release, two.release),
    ...pairs(one.stage, two.stage),
  ]
  for (const [left = 0, right = 0] of rows) if (left !== right) return left - right
  return 0
}

function pairs(a: readonly number[], b: readonly number[]): (readonly [number, number])[] {
  const length = Math.max(a.length, b.length)
  return Array.from({ length }, (_, index) => [a[index] ?? 0, b[index] ?? 0] as const)
}

/** Whether a version is one of `>=1.2,<2`; undefined where the words cannot be read. */
export function fits(version: string, wishes: string): boolean | undefined {
  const answers = wishes
    .split(',')
    .map((wish) => wish.trim())
    .filter((wish) => wish !== '')
    .map((wish) => fitsOne(version, wish))
  if (answers.includes(undefined)) return undefined
  return answers.every((answer) => answer === true)
}

function fitsOne(version: string, wish: string): boolean | undefined {
  const [, operator, wanted = ''] = /^(===|==|!=|~=|>=|<=|>|<)\s*(\S+)$/.exec(wish) ?? []
  const order = compareVersions(version, wanted)
  switch (operator) {
    case '===':
      return version === wanted
    case '==':
      return isEqual(version, wanted)
    case '!=':
      return !isEqual(version, wanted)
    case '>=':
      return order >= 0
    case '<=':
      return order <= 0
    case '>':
      return order > 0
    case '<':
      return order < 0
    case '~=':
      return order >= 0 && isEqual(version, `${wanted.split('.').slice(0, -1).join('.')}.*`)
    case undefined:
    default:
      return undefined
  }
}

/** `1.2.*` is every version whose release begins so. */
function isEqual(version: string, wanted: string): boolean {
  if (!wanted.endsWith('.*')) return compareVersions(version, wanted) === 0
  const head = wanted.slice(0, -2).split('.').map(Number)
  const release = parse(version)?.release ?? []
  return head.every((part, index) => (release[index] ?? 0) === part)
}

export interface Requirement {
  /** The name as PEP 503 spells it. */
  readonly name: string
  readonly wishes: string
}

/** `Name[extra] >= 1.2`; undefined for URLs, paths, markers and options. */
export function parseRequirement(text: string): Requirement | undefined {
  const match = /^([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*((?:[=!~<>].*)?)$/.exec(
    text.trim(),
  )
  if (match === null || match[2]?.includes(';') === true) return undefined
  return { name: normalName(match[1] ?? ''), wishes: (match[2] ?? '').trim() }
}

export function normalName(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.]+/g, '-')
}
