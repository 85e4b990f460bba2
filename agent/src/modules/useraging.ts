// When an account and its password end: fields of the shadow file. Not here: the account (user.ts).
import type { Change } from '../host/change.ts'
import type { Aging, UserState } from '../host/host.ts'
import { quoteWords } from '../host/quote.ts'

interface AgingParams {
  readonly name: string
  readonly expires?: number | undefined
  readonly password_expire_max?: number | undefined
  readonly password_expire_min?: number | undefined
  readonly password_expire_warn?: number | undefined
}

const DAY_SECONDS = 86_400

/** What has to be set once the account is there. */
export function planAging(
  params: AgingParams,
  before: UserState | null,
  account: UserState,
): Change[] {
  const now: Aging = before?.aging ?? {}
  const words: string[] = []
  const set = (flag: string, wish: number | undefined, field: number | undefined): void => {
    if (wish !== undefined && wish !== field) words.push(flag, String(wish))
  }
  if (params.expires !== undefined && expiryDay(params.expires) !== now.expires) {
    words.push('-E', params.expires < 0 ? '-1' : dayText(params.expires))
  }
  set('-m', params.password_expire_min, now.min)
  set('-M', params.password_expire_max, now.max)
  set('-W', params.password_expire_warn, now.warn)
  if (words.length === 0) return []
  const state = { ...account, aging: agingAfter(params, now) }
  return [
    {
      summary: `set when the account ${params.name} ends`,
      script: quoteWords(['chage', ...words, '--', params.name]),
      effects: [{ kind: 'user', name: params.name, state }],
    },
  ]
}

function agingAfter(params: AgingParams, now: Aging): Aging {
  return {
    expires: params.expires === undefined ? now.expires : expiryDay(params.expires),
    min: params.password_expire_min ?? now.min,
    max: params.password_expire_max ?? now.max,
    warn: params.password_expire_warn ?? now.warn,
  }
}

/** Days since 1970; undefined is never. */
function expiryDay(seconds: number): number | undefined {
  return seconds < 0 ? undefined : Math.floor(seconds / DAY_SECONDS)
}

function dayText(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10)
}
