// One contender through one script: all start, a change becomes known, members crash, half of them
// at once, and what it costs meanwhile. Runs in a network namespace of its own. Not here: who takes
// part, and the page.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { addressOf, type Contender, type Running, type What } from './contenders.ts'

export interface Found {
  readonly contender: string
  readonly nodes: number
  readonly lossPercent: number
  /** Seconds from the last start until all know all. */
  readonly joined: number
  /** Seconds until all know, of all changes: median and 99th in a hundred. */
  readonly changeP50: number
  readonly changeP99: number
  readonly crashP50: number
  readonly crashMax: number
  readonly halfKilled: number
  readonly bytesPerSecond: number
  readonly falseDeaths: number
  readonly rssMib: number
  /** Share of a core, idle. */
  readonly cpu: number
}

export interface Script {
  readonly nodes: number
  readonly lossPercent: number
  readonly changes: number
  readonly kills: number
  readonly idleSeconds: number
}

const LIMIT_MS = 120_000

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

export async function measure(contender: Contender, script: Script): Promise<Found> {
  const trial = new Trial(contender, script)
  try {
    return await trial.run()
  } finally {
    await trial.end()
  }
}

class Trial {
  readonly #contender: Contender
  readonly #script: Script
  readonly #running = new Map<number, Running>()
  /** Who is there in whose eyes, by `observer subject`. */
  readonly #there = new Set<string>()
  readonly #dead = new Set<number>()
  #heard: { observer: number; subject: number; what: What; atMs: number }[] = []
  #falseDeaths = 0

  constructor(contender: Contender, script: Script) {
    this.#contender = contender
    this.#script = script
  }

  async run(): Promise<Found> {
    const { nodes, lossPercent, idleSeconds } = this.#script
    network(nodes)
    this.#contender.prepare(nodes)
    const joined = await this.#join()
    if (lossPercent > 0) loseUdp(lossPercent)
    await pause(15_000)
    const before = this.#costs()
    await pause(idleSeconds * 1000)
    const after = this.#costs()
    const changes = await this.#changes()
    const crashes = await this.#crashes()
    const halfKilled = await this.#killHalf()
    return {
      contender: this.#contender.name,
      nodes,
      lossPercent,
      joined,
      changeP50: quantile(changes, 0.5),
      changeP99: quantile(changes, 0.99),
      crashP50: quantile(crashes, 0.5),
      crashMax: Math.max(...crashes),
      halfKilled,
      bytesPerSecond: (after.bytes - before.bytes) / idleSeconds / nodes,
      falseDeaths: this.#falseDeaths,
      rssMib: after.rssMib,
      cpu: (after.cpuSeconds - before.cpuSeconds) / idleSeconds / nodes,
    }
  }

  async end(): Promise<void> {
    for (const { process } of this.#running.values()) process.kill('SIGKILL')
    await pause(500)
    spawnSync('nft', ['flush', 'ruleset'])
  }

  #start(index: number): void {
    this.#dead.delete(index)
    const running = this.#contender.start(index, (observer, subject, what, atMs) => {
      this.#heard.push({ observer, subject, what, atMs })
      const name = `${observer} ${subject}`
      if (what === 'there') this.#there.add(name)
      if (what !== 'gone') return
      this.#there.delete(name)
      if (!this.#dead.has(subject) && !this.#dead.has(observer)) this.#falseDeaths++
    })
    this.#running.set(index, running)
  }

  async #join(): Promise<number> {
    const { nodes } = this.#script
    for (let index = 1; index <= nodes; index++) {
      this.#start(index)
      await pause(nodes > 20 ? 60 : 10)
    }
    const lastMs = performance.now()
    await this.#until(() => this.#knowAll())
    return (performance.now() - lastMs) / 1000
  }

  #living(): number[] {
    return [...this.#running.keys()].filter((index) => !this.#dead.has(index))
  }

  #knowAll(): boolean {
    const living = this.#living()
    return living.every((observer) =>
      living.every((subject) => observer === subject || this.#there.has(`${observer} ${subject}`)),
    )
  }

  async #changes(): Promise<number[]> {
    const seconds: number[] = []
    for (let round = 1; round <= this.#script.changes; round++) {
      const living = this.#living()
      const subject = living[round % living.length] ?? 1
      this.#heard = []
      const startMs = performance.now()
      this.#contender.change(this.#running.get(subject) as Running, round)
      const own = (): number => this.#firstSaid(subject, 'changed')
      await this.#until(() => this.#saidBy(subject, 'changed').size >= living.length - 1)
      // From when it was first said, as both take their time to take the order.
      const times = [...this.#saidBy(subject, 'changed').values()]
      seconds.push((Math.max(...times) - Math.min(own(), ...times)) / 1000)
      await pause(Math.max(0, 1000 - (performance.now() - startMs)))
    }
    return seconds
  }

  async #crashes(): Promise<number[]> {
    const seconds: number[] = []
    for (let round = 0; round < this.#script.kills; round++) {
      const subject = 2 + ((round * 3) % (this.#script.nodes - 1))
      seconds.push(await this.#kill([subject]))
      this.#start(subject)
      await this.#until(() => this.#knowAll())
      await pause(2000 + 700 * round)
    }
    return seconds
  }

  #killHalf(): Promise<number> {
    const { nodes } = this.#script
    return this.#kill(Array.from({ length: Math.floor(nodes / 2) }, (_, at) => nodes - at))
  }

  async #kill(subjects: readonly number[]): Promise<number> {
    this.#heard = []
    for (const subject of subjects) this.#dead.add(subject)
    const startMs = performance.now()
    for (const subject of subjects) this.#running.get(subject)?.process.kill('SIGKILL')
    const living = this.#living()
    await this.#until(() =>
      living.every((observer) => subjects.every((one) => !this.#there.has(`${observer} ${one}`))),
    )
    return (performance.now() - startMs) / 1000
  }

  #firstSaid(subject: number, what: What): number {
    const own = this.#heard.find(
      (heard) => heard.observer === subject && heard.subject === subject && heard.what === what,
    )
    return own?.atMs ?? Number.POSITIVE_INFINITY
  }

  /** When each other first said it. */
  #saidBy(subject: number, what: What): Map<number, number> {
    const said = new Map<number, number>()
    for (const heard of this.#heard) {
      if (heard.subject !== subject || heard.what !== what || heard.observer === subject) continue
      if (!said.has(heard.observer)) said.set(heard.observer, heard.atMs)
    }
    return said
  }

  async #until(isDone: () => boolean): Promise<void> {
    const endMs = performance.now() + LIMIT_MS
    while (!isDone()) {
      if (performance.now() > endMs)
        throw new Error(`${this.#contender.name}: not within two minutes`)
      await pause(5)
    }
  }

  #costs(): { bytes: number; rssMib: number; cpuSeconds: number } {
    const bytes = Number(/^ *lo: *(\d+)/m.exec(readFileSync('/proc/net/dev', 'utf8'))?.[1])
    let [rssKib, ticks] = [0, 0]
    for (const { process } of this.#running.values()) {
      const status = readFileSync(`/proc/${process.pid}/status`, 'utf8')
      rssKib += Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0)
      const stat =
        readFileSync(`/proc/${process.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
      ticks += Number(stat[11]) + Number(stat[12])
    }
    return { bytes, rssMib: rssKib / 1024 / this.#running.size, cpuSeconds: ticks / 100 }
  }
}

function network(nodes: number): void {
  spawnSync('ip', ['link', 'set', 'lo', 'up'])
  for (let index = 1; index <= nodes; index++) {
    spawnSync('ip', ['addr', 'add', `${addressOf(index)}/32`, 'dev', 'lo'])
  }
}

function loseUdp(percent: number): void {
  const rule = `add rule inet loss input meta l4proto udp numgen random mod 100 < ${percent} drop`
  const chain = 'add chain inet loss input { type filter hook input priority 0; }'
  const rules = ['add table inet loss', chain, rule].join('\n')
  const { status, stderr } = spawnSync('nft', ['-f', '-'], { input: rules })
  if (status !== 0) throw new Error(`nft: ${String(stderr)}`)
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
}
