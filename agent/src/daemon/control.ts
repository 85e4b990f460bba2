// The control socket: what the command line and programs of root may ask a running agent. One
// request, lines of JSON as answer. Not here: the socket itself (sys/unix.ts).
import { ClusterError, formatWhere } from '../errors.ts'
import type { GossipEvent } from '../gossip/types.ts'
import type { Answer } from '../sys/unix.ts'
import type { NodeId } from '../wire/id.ts'
import type { Diagnosis } from './diagnosis.ts'
import type { MemberView } from './view.ts'

export interface Status {
  readonly id: string
  readonly cluster: string
  readonly stage: string
  readonly sinceMs: number
  readonly members: Readonly<Record<string, number>>
  readonly view: string
  readonly port: number
  readonly addresses: readonly string[]
  /** Where `cluster init --here` wrote the root key; it must not stay on a member. */
  readonly rootKeyPlace?: string
  readonly warnings: readonly string[]
}

export interface ControlPort {
  log(line: string): void
  status(): Status
  members(): readonly MemberView[]
  metrics(): string
  doctor(): readonly Diagnosis[]
  /** Reads the settings anew; throws what is wrong with them, and keeps the old ones then. */
  reload(): void
  leave(): Promise<void>
  /** Statements in base64; says of each what became of it. */
  add(statements: readonly string[]): readonly string[]
  /** Gives what ends the listening; undefined when as many listen already as may. */
  onEvent(listener: (event: TimedEvent) => void): (() => void) | undefined
}

export type TimedEvent = (Exclude<GossipEvent, { kind: 'conflict' }> | ConflictEvent) & {
  readonly at: string
}

/** Another machine uses our identity: where each of the two is. */
export interface ConflictEvent {
  readonly kind: 'conflict'
  readonly id: NodeId
  readonly addresses: readonly string[]
  readonly twinAddresses: readonly string[]
}

export type Request =
  | { readonly ask: 'status' | 'members' | 'metrics' | 'events' | 'leave' | 'doctor' | 'reload' }
  | { readonly ask: 'add'; readonly statements: readonly string[] }

/**
 * Answers one request; a request that is not understood gets an error and no more, and so does one
 * that fails: the member stays a member whatever it is asked.
 */
export function answerRequest(line: string, answer: Answer, port: ControlPort): void {
  const request = parse(line)
  if (request === undefined) {
    answer.write({ error: 'the request is not understood' })
    return answer.end()
  }
  try {
    answerKnown(request, answer, port)
  } catch (error) {
    port.log(`control: cannot answer ${request.ask} error=${String(error)}`)
    answer.write({ error: `${request.ask} failed: ${String(error)}` })
    answer.end()
  }
}

function answerKnown(request: Request, answer: Answer, port: ControlPort): void {
  switch (request.ask) {
    case 'events': {
      const end = port.onEvent((event) => void answer.write(event))
      if (end !== undefined) return answer.onGone(end)
      answer.write({ error: 'as many listen to events already as may' })
      break
    }
    case 'leave':
      return void port.leave().then(() => {
        answer.write({ left: true })
        answer.end()
      })
    case 'status':
      answer.write(port.status())
      break
    case 'members':
      for (const member of port.members()) answer.write(member)
      break
    case 'metrics':
      answer.write({ text: port.metrics() })
      break
    case 'reload':
      answer.write(reloaded(port))
      break
    case 'doctor':
      answer.write({ found: port.doctor() })
      break
    case 'add':
      answer.write({ taken: port.add(request.statements) })
      break
  }
  return answer.end()
}

function reloaded(port: ControlPort): unknown {
  try {
    port.reload()
    return { reloaded: true }
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error
    const where = error.where === undefined ? '' : ` at ${formatWhere(error.where)}`
    return { error: `the settings stay as they were: ${error.message}${where}` }
  }
}

const WORDS = ['status', 'members', 'metrics', 'events', 'leave', 'doctor', 'reload', 'add']

function parse(line: string): Request | undefined {
  try {
    const value = JSON.parse(line) as { ask?: unknown; statements?: unknown }
    if (typeof value.ask !== 'string' || !WORDS.includes(value.ask)) return undefined
    if (value.ask !== 'add') return { ask: value.ask } as Request
    const { statements } = value
    const isGood = Array.isArray(statements) && statements.every((one) => typeof one === 'string')
    return isGood ? { ask: 'add', statements } : undefined
  } catch {
    return undefined
  }
}
