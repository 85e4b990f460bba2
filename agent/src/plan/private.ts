// What looks private and therefore does not stand in a plan: keys, passwords, tokens. Not here:
// vault secrets and results under no_log, which are known to be secret; this catches the rest.
import { isSecretName } from '../vault/names.ts'

export const HIDDEN = '<hidden>'

/** `name = value`, `name: value`, `"name": "value"`, `--name value`, in a line of any format. */
const SETTING =
  /(?<![\w.-])(["']?([\w.-]*(?:passw(?:or)?d|passphrase|secret|token|credential|api_?key|private_?key|preshared_?key|auth_?key)([\w.-]*))["']?\s*([:=]\s*|\s))(?!\s*$)(?=.)/gi

const PEM = /(-----BEGIN [A-Z ]*PRIVATE KEY-----)[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g

/** A hash as /etc/shadow has it. */
const CRYPT = /\$(?:1|2[abxy]?|5|6|y|gy|7)\$[./A-Za-z0-9$=,+-]{8,}/g

/** Longer texts are files of programs, and looking through them costs more than it finds. */
const LOOKED_AT_CHARS_MAX = 256 * 1024

/** Whether a text holds what may not be found again by trying: known secrets, or private looks. */
export type Secrecy = (text: string) => boolean

/** `hide` takes known secrets out of a text. */
export function secrecyOf(hide: (text: string) => string): Secrecy {
  return (text) => text.length <= LOOKED_AT_CHARS_MAX && hide(withoutPrivate(text)) !== text
}

/** A text with what looks private taken out. */
export function withoutPrivate(text: string): string {
  return withoutSettings(text.replace(PEM, `$1\n${HIDDEN}\n$2`)).replace(CRYPT, HIDDEN)
}

/** With a blank alone behind it, a word that goes on after the telling part is one of a sentence. */
function withoutSettings(text: string): string {
  let made = ''
  let at = 0
  const settings = new RegExp(SETTING)
  const lineEnd = /$/gm
  for (let found = settings.exec(text); found !== null; found = settings.exec(text)) {
    const [, head = '', name = '', more = '', sign = ''] = found
    const isSetting = more === '' || /[:=]/.test(sign)
    if (isSetting && isSecretName(name)) {
      made += text.slice(at, found.index) + head + HIDDEN
      lineEnd.lastIndex = found.index + head.length
      at = lineEnd.exec(text)?.index ?? text.length
      settings.lastIndex = at
    }
  }
  return made + text.slice(at)
}
