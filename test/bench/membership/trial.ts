// The processes of one trial and what they have said: who is there in whose eyes, and since when.
// Not here: what is done to them (steps.ts) and who they are (contenders.ts).
import { readFileSync } from 'node:fs'
import { addressOf, type Contender, type Running, type What } from './contenders.ts'
import { sentBytes } from './network.ts'

const LIMIT_MS = 120_000

export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms))

interface Heard {
  readonly observer: number
  readonly subject: number
  readonly what: What
  readonly atMs: number
}

interface Costs {
  readonly bytes: number
  readonly rssMib: number
  readonly cpuSeconds: number
}

export class Trial {
  readonly contender: Contender
  readonly nodes: number
  /** What was said since it was last emptied. */
  heard: Heard[] = []
  /** Of a process that lives, by one that lives and hears and is heard. */
  falseDeaths = 0
  /** While a network is cut, who is held dead is held so rightly. */
  isCut = false
  readonly #running = new Map<number, Running>()
  /** Who is there in whose eyes, by `observer subject`. */
  readonly #there = new Set<string>()
  readonly #dead = new Set<number>()

  constructor(contender: Contender, nodes: number) {
    this.contender = contender
    this.nodes = nodes
  }

  start(index: number, place?: number): void {
    this.#dead.delete(index)
    // What the process before knew says nothing of this one.
    for (const name of this.#there) if (name.startsWith(`${index} `)) this.#there.delete(name)
    const running = this.contender.start(
      index,
      (observer, subject, what, atMs) => this.#hear({ observer, subject, what, atMs }),
      place,
    )
    this.#running.set(index, running)
  }

  kill(index: number): void {
    this.#dead.add(index)
    this.of(index).process.kill('SIGKILL')
  }

  end(): void {
    for (const { process } of this.#running.values()) process.kill('SIGKILL')
  }

  of(index: number): Running {
    const running = this.#running.get(index)
    if (running === undefined) throw new Error(`process ${index} was never started`)
    return running
  }

  living(): number[] {
    return [...this.#running.keys()].filter((index) => !this.#dead.has(index))
  }

  knowAll(): boolean {
    const living = this.living()
    // Cheap, so that who waits for a hundred processes takes no processor from them.
    if (this.#there.size < living.length * (living.length - 1)) return false
    return living.every((observer) =>
      living.every((subject) => observer === subject || this.isThere(observer, subject)),
    )
  }

  isThere(observer: number, subject: number): boolean {
    return this.#there.has(`${observer} ${subject}`)
  }

  /** All that live believe a process to be at this place. */
  async knowPlace(subject: number, place: number): Promise<boolean> {
    const others = this.living().filter((index) => index !== subject)
    const believed = await Promise.all(
      others.map((index) => this.contender.whereIs(this.of(index), subject)),
    )
    return believed.every((address) => address === addressOf(place))
  }

  /** Seconds until it holds; undefined: not within two minutes. */
  async secondsUntil(isDone: () => boolean | Promise<boolean>): Promise<number | undefined> {
    const startMs = performance.now()
    while (!(await isDone())) {
      if (performance.now() - startMs > LIMIT_MS) return undefined
      await pause(5)
    }
    return (performance.now() - startMs) / 1000
  }

  /** The same, for what the trial cannot go on without. */
  async until(what: string, isDone: () => boolean): Promise<number> {
    const seconds = await this.secondsUntil(isDone)
    if (seconds === undefined) {
      throw new Error(`${this.contender.name}: ${what}: not within two minutes`)
    }
    return seconds
  }

  costs(): Costs {
    let [rssKib, ticks] = [0, 0]
    for (const { process } of this.#running.values()) {
      const status = readFileSync(`/proc/${process.pid}/status`, 'utf8')
      rssKib += Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0)
      const stat =
        readFileSync(`/proc/${process.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
      ticks += Number(stat[11]) + Number(stat[12])
    }
    const rssMib = rssKib / 1024 / this.#running.size
    return { bytes: sentBytes(), rssMib, cpuSeconds: ticks / 100 }
  }

  #hear(heard: Heard): void {
    const { observer, subject, what } = heard
    this.heard.push(heard)
    const name = `${observer} ${subject}`
    if (what === 'there') this.#there.add(name)
    if (what !== 'gone') return
    this.#there.delete(name)
    const isTrue = this.#dead.has(subject) || this.#dead.has(observer) || this.isCut
    if (!isTrue) this.falseDeaths++
  }
}
