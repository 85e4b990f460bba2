// What looks private and therefore does not stand in a plan: keys, passwords, tokens. Not here:
// vault secrets and results under no_log, which are known to be secret; this catches the rest.

export const HIDDEN = '<hidden>'

const NAME =
  /(pass(word|wd|phrase|code)?|secret|token|credential|api_?key|private_?key|auth_?key|psk|community)s?$/i

/** `name = value`, `name: value`, `"name": "value"`, `--name value`, in a line of any format. */
const SETTING =
  /(["']?(?:[\w.-]*(?:passw(?:or)?d|passphrase|secret|token|credential|api_?key|private_?key|preshared_?key|auth_?key))["']?\s*(?:[:=]\s*|\s))(?!\s*$).+/gi

const PEM = /(-----BEGIN [A-Z ]*PRIVATE KEY-----)[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g

/** A hash as /etc/shadow has it. */
const CRYPT = /\$(?:1|2[abxy]?|5|6|y|gy|7)\$[./A-Za-z0-9$=,+-]{8,}/g

export function isPrivateName(name: string): boolean {
  return NAME.test(name)
}

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
  return text
    .replace(PEM, `$1\n${HIDDEN}\n$2`)
    .replace(SETTING, `$1${HIDDEN}`)
    .replace(CRYPT, HIDDEN)
}
