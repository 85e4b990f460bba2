// The events of a YAML text. Inside brackets and quotes PyYAML takes lines of any indentation, tabs
// too, where js-yaml wants them deeper than the entry around: such lines are joined to the one
// before, in a copy whose offsets stay the same. Not here: what the events mean (parse.ts).
import { EVENT_ID, type Event, parseEvents, YAMLException } from 'js-yaml'
import type { Source } from './source.ts'
import { explainSyntax } from './syntax.ts'

/** Each joined line costs one more reading of the text. */
const JOINS_MAX = 2_000

/** Throws YAML_SYNTAX at the mistake's place. */
export function readEvents(source: Source): Event[] {
  let first: YAMLException | undefined
  let { text } = source
  for (let joins = 0; ; joins += 1) {
    try {
      return parseEvents(text, { filename: source.file }).map((event) => folded(event, source))
    } catch (error) {
      if (!(error instanceof YAMLException)) throw error
      first ??= error
      const joined = joins < JOINS_MAX ? joinLine(text, error) : undefined
      // What cannot be mended is told as it was met first, in the text as it is.
      if (joined === undefined) throw explainSyntax(first, source)
      text = joined
    }
  }
}

/** A scalar whose lines were joined still has to be folded: its value is read from the text. */
function folded(event: Event, { text }: Source): Event {
  if (event.type !== EVENT_ID.SCALAR || !event.fast || event.valueStart < 0) return event
  const hasLines = text.slice(event.valueStart, event.valueEnd).includes('\n')
  return hasLines ? { ...event, fast: false } : event
}

/** A comment at the end of a line, outside its quotes. */
const COMMENT = /^(?:[^'"#]|'[^']*'|"(?:\\.|[^"\\])*"|(?<=\S)#)*?(?<=^|\s)(#.*)$/

function joinLine(text: string, error: YAMLException): string | undefined {
  if (error.reason !== 'deficient indentation' || error.mark === undefined) return undefined
  const start = text.lastIndexOf('\n', error.mark.position - 1) + 1
  if (start === 0) return undefined
  const before = text.slice(0, start).replace(/\r?\n$/, '')
  const line = before.slice(before.lastIndexOf('\n') + 1)
  const comment = COMMENT.exec(line)?.[1]?.length ?? 0
  const kept = before.slice(0, before.length - comment)
  const indent = /^[ \t]*/.exec(text.slice(start))?.[0].length ?? 0
  const blanks = start + indent - kept.length
  return kept + ' '.repeat(blanks) + text.slice(start + indent)
}
