// Jinja's filter urlize: links around what looks like an address of the web or of mail.
import { truth } from '../../value/python.ts'
import type { Filters } from '../plugin.ts'
import { asText, intOr, textOr } from './arguments.ts'

const LINK =
  /^(?:https?:\/\/|www\.)(?:(?:[\w%-]+\.)*[a-z]{2,63}|\d+(?:\.\d+){3})(?::\d+)?(?:[/?#]\S*)?$/i
const BARE = /^[\w-]+(?:\.[\w-]+)*\.(?:com|net|int|edu|gov|org|info|mil)(?:\/\S*)?$/i
const MAIL = /^(?:mailto:)?[^@\s]+@[^@\s]+\.[^@\s.]+$/i

function escapeHtml(text: string): string {
  const marks: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    "'": '&#39;',
    '"': '&#34;',
  }
  return text.replace(/[&<>'"]/g, (mark) => marks[mark] ?? mark)
}

interface Wish {
  readonly limit: number
  readonly attributes: string
}

function link(word: string, { limit, attributes }: Wish): string {
  const [, before = '', middle = '', after = ''] =
    /^((?:[(<]|&lt;)*)(.*?)((?:[)>.,\n]|&gt;)*)$/s.exec(word) ?? []
  const shown = middle.length > limit ? `${middle.slice(0, limit)}...` : middle
  const tag = (target: string, own: string): string => `<a href="${target}"${own}>${shown}</a>`
  if (MAIL.test(middle)) {
    // A link of mail has no attributes of its own.
    const bare = middle.replace(/^mailto:/, '')
    return `${before}<a href="mailto:${bare}">${bare}</a>${after}`
  }
  if (LINK.test(middle)) {
    const target = /^https?:/i.test(middle) ? middle : `https://${middle}`
    return before + tag(target, attributes) + after
  }
  return BARE.test(middle) ? before + tag(`https://${middle}`, attributes) + after : word
}

export const URLIZE: Filters = {
  urlize: {
    params: 'trim_url_limit nofollow target rel extra_schemes',
    run: (input, [limit, nofollow, target, rel]) => {
      const words = new Set(
        textOr(rel, '')
          .split(/\s+/)
          .filter((word) => word !== ''),
      )
      if (nofollow !== undefined && truth(nofollow)) words.add('nofollow')
      words.add('noopener')
      const relation = ` rel="${escapeHtml([...words].toSorted().join(' '))}"`
      const frame = textOr(target, '')
      const attributes = relation + (frame === '' ? '' : ` target="${escapeHtml(frame)}"`)
      const wish = { limit: intOr(limit, Number.MAX_SAFE_INTEGER), attributes }
      const parts = escapeHtml(asText(input)).split(/(\s+)/)
      return parts.map((part) => (/^\s*$/.test(part) ? part : link(part, wish))).join('')
    },
  },
}
