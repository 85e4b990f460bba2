// A small file behind a URL, fetched by the host to standard output. Not here: files that are kept.
import { quoteWord } from '../host/quote.ts'

/** A pipeline's first command: prints the content, or ends with an error and says why. */
export function fetchScript(url: string, hasCheckedCertificates = true): string {
  const word = quoteWord(url)
  const [curl, wget] = hasCheckedCertificates ? ['', ''] : [' -k', ' --no-check-certificate']
  const python =
    'import ssl,sys,urllib.request as u; ' +
    'c=ssl.create_default_context() if sys.argv[2]=="1" else ssl._create_unverified_context(); ' +
    'sys.stdout.buffer.write(u.urlopen(sys.argv[1],context=c,timeout=50).read())'
  return [
    `{ if command -v curl >/dev/null; then curl -fsSL${curl} --max-time 50 -- ${word}`,
    `elif command -v wget >/dev/null; then wget -q${wget} -T 50 -O - -- ${word}`,
    `else python3 -c ${quoteWord(python)} ${word} ${hasCheckedCertificates ? 1 : 0}; fi; }`,
  ].join('; ')
}
