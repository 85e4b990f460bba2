// The agent: one process a node, from its identity to a member of its cluster that serves until it
// is told to end. This file puts the parts together and knows the stages of its life. Not here:
// what the parts do, and systemd's side of it (agent/package).
import { ClusterError } from '../errors.ts'
import { Gossip } from '../gossip/core.ts'
import type { GossipEvent } from '../gossip/types.ts'
import { Book } from '../identity/book.ts'
import { deriveKey } from '../identity/derive.ts'
import { isStrictKey, publicKeyOf } from '../identity/keys.ts'
import { type Membership, Store } from '../identity/store.ts'
import { type Clock, systemClock } from '../sys/clock.ts'
import { fileKind } from '../sys/files.ts'
import { serveText, type TextServer } from '../sys/http.ts'
import { interfaceAddresses } from '../sys/interfaces.ts'
import { afterReading } from '../sys/loop.ts'
import { randomBuffer } from '../sys/random.ts'
import { openUdp, type UdpAddress, type UdpPort } from '../sys/udp.ts'
import { serveUnix, type UnixServer } from '../sys/unix.ts'
import { addressKey } from '../wire/address.ts'
import { type NodeId, nodeIdOf } from '../wire/id.ts'
import type { Statement } from '../wire/statement.ts'
import { suite } from '../wire/suite.ts'
import { addStatement } from './adding.ts'
import { answerRequest, type ControlPort, type Status, type TimedEvent } from './control.ts'
import { type Diagnosis, diagnose, paperSymptoms } from './diagnosis.ts'
import { Driver } from './driver.ts'
import { linksOf } from './links.ts'
import { Memory, rememberedPeers } from './memory.ts'
import { metricsText } from './metrics.ts'
import { logLine, timedEvent } from './news.ts'
import { particularsOf } from './particulars.ts'
import { Recent } from './recent.ts'
import { type AgentSettings, bySetting } from './settings.ts'
import { memberViews } from './view.ts'
import { Vitals } from './vitals.ts'

/** In this order, and back to `reconfigure` whenever addresses or settings change. */
export type Stage = 'init' | 'join' | 'converge' | 'serve' | 'reconfigure' | 'left'

export interface AgentPort {
  readonly log: (line: string) => void
  /** Ends the agent. */
  readonly signal: AbortSignal
  /** The settings as they are now. */
  readonly settings: () => AgentSettings
  /** First boot: gets this node its papers, or says what is missing. */
  readonly join: (store: Store) => Membership
  /** SHA-256 of the program. */
  readonly digest: Uint8Array
}

/**
 * Addresses are looked at this often: a new one is known to all a second or two after it is there.
 */
const LINKS_INTERVAL_MS = 1000
const VITALS_INTERVAL_MS = 5000
/** A view that stays so long is the cluster's. */
const CONVERGED_MS = 2000
/** Datagrams of a good-bye are on their way before the process ends. */
const GOODBYE_MS = 300
const LISTENERS_MOST = 256

/** Runs until the signal comes or the node leaves, and says which. */
export async function runAgent(port: AgentPort): Promise<'stopped' | 'left'> {
  const agent = new Agent(port.settings(), port)
  try {
    await agent.start()
  } catch (error) {
    await agent.close()
    throw error
  }
  await agent.ended
  return agent.hasLeft ? 'left' : 'stopped'
}

class Agent implements ControlPort {
  readonly ended: Promise<void>
  #settings: AgentSettings
  readonly #port: AgentPort
  readonly #clock: Clock = systemClock
  readonly #store: Store
  readonly #membership: Membership
  readonly #id: NodeId
  readonly #book: Book
  readonly #gossip: Gossip
  readonly #memory: Memory
  readonly #vitals: Vitals
  readonly #ignored = new Recent(this.#clock, () => this.#gossip.traffic.ignored)
  readonly #sendFailures = new Recent(this.#clock, () => this.#udp?.failures ?? new Map())
  readonly #startedMs = systemClock.wall()
  readonly #listeners = new Set<(event: TimedEvent) => void>()
  readonly #cancels = new Set<() => void>()
  #stage: Stage = 'init'
  #driver: Driver | undefined
  #udp: UdpPort | undefined
  #control: UnixServer | undefined
  #figures: TextServer | undefined
  #figuresFailure: string | undefined
  #end: () => void = () => undefined
  #changedMs = 0
  #isClosing = false

  constructor(settings: AgentSettings, port: AgentPort) {
    this.#settings = settings
    this.#port = port
    this.#store = new Store(settings.identity)
    this.#membership = port.join(this.#store)
    const seed = this.#store.seed()
    this.#id = nodeIdOf(publicKeyOf(seed))
    this.#book = new Book({
      clusterId: this.#membership.clusterId,
      self: this.#id,
      suite,
      held: this.#store.statements(),
      isKey: isStrictKey,
    })
    this.#vitals = new Vitals(this.#clock, settings.labels)
    this.#gossip = this.#makeGossip(seed)
    this.#memory = new Memory(
      this.#store,
      settings.state,
      this.#clock,
      { statements: () => this.#book.statements(), peers: () => this.#peers() },
      (error) => port.log(`state: cannot be written error=${String(error)}`),
    )
    this.ended = new Promise((resolve) => {
      this.#end = resolve
    })
  }

  /** A signal that came meanwhile ends it before anybody has heard of it. */
  async start(): Promise<void> {
    const { signal } = this.#port
    if (!signal.aborted) await this.#openUdp()
    if (!signal.aborted) await this.#openControl()
    if (!signal.aborted) await this.#openFigures()
    if (signal.aborted) return this.close()
    signal.addEventListener('abort', () => void this.close())
    this.#enter('join')
    this.#lookAtLinks()
    this.#lookAtVitals()
    this.#driver?.input({ kind: 'start' })
  }

  async #openUdp(): Promise<void> {
    const { port, address } = this.#settings
    const options = {
      port,
      ...(address === undefined ? {} : { address }),
      onDatagram: (from: UdpAddress, bytes: Uint8Array) => this.#driver?.received(from, bytes),
    }
    this.#udp = await bySetting('port', () => openUdp(options))
    this.#driver = new Driver(this.#gossip, this.#udp, this.#clock, {
      afterReading,
      keepBoot: (boot) => this.#store.keepBoot(boot),
      keep: () => this.#memory.changed(),
      event: (event) => this.#event(event),
    })
  }

  async #openControl(): Promise<void> {
    this.#control = await bySetting('socket', () =>
      serveUnix(this.#settings.socket, (line, answer) => answerRequest(line, answer, this)),
    )
  }

  async #openFigures(): Promise<void> {
    const { metricsPort } = this.#settings
    if (metricsPort === undefined) return
    try {
      const serve = () => serveText(metricsPort, () => this.metrics())
      this.#figures = await bySetting('metrics_port', serve)
    } catch (error) {
      if (!(error instanceof ClusterError)) throw error
      this.#figuresFailure = `${error.message}; ${error.hint}`
      this.#port.log(`metrics: are not served; ${this.#figuresFailure}`)
    }
  }

  get hasLeft(): boolean {
    return this.#stage === 'left'
  }

  log(line: string): void {
    this.#port.log(line)
  }

  status(): Status {
    const states: Record<string, number> = {}
    for (const member of this.#gossip.roster.all()) {
      const state = this.#gossip.stateOf(member)
      states[state] = (states[state] ?? 0) + 1
    }
    const rootKeyPlace = this.#store.rootKeyPlace()
    return {
      id: this.#id,
      cluster: nodeIdOf(this.#membership.clusterId),
      stage: this.#stageNow(),
      sinceMs: this.#startedMs,
      members: states,
      view: this.#gossip.view.toString(16).padStart(16, '0'),
      port: this.#settings.port,
      addresses: this.#gossip.record.body.addresses.map(addressKey),
      ...(rootKeyPlace === undefined ? {} : { rootKeyPlace }),
      warnings: this.#warnings(),
    }
  }

  members(): ReturnType<typeof memberViews> {
    return memberViews(this.#gossip, this.#book)
  }

  metrics(): string {
    const { sentBytes = 0, sentDatagrams = 0 } = this.#driver ?? {}
    return metricsText({
      members: this.status().members,
      ignored: this.#gossip.traffic.ignored,
      failures: this.#udp?.failures ?? new Map(),
      messages: this.#gossip.traffic.sent,
      statements: this.#gossip.traffic.told,
      sentBytes,
      sentDatagrams,
      rumours: this.#gossip.held.rumours,
      uptimeMs: this.#clock.wall() - this.#startedMs,
    })
  }

  doctor(): readonly Diagnosis[] {
    const { addresses, status } = this.#gossip.record.body
    return diagnose({
      port: this.#settings.port,
      addresses: addresses.map(addressKey),
      interfaces: [...new Set(interfaceAddresses().map(({ interfaceName }) => interfaceName))],
      others: this.#gossip.roster.living().length,
      isConflict: status === 'conflict',
      ...paperSymptoms(this.#book, this.#id),
      roles: this.#gossip.record.body.roles,
      dateS: Math.floor(this.#clock.wall() / 1000),
      ignored: this.#ignored.counts(),
      sendFailures: this.#sendFailures.counts(),
      stateFailure: this.#memory.failure(),
      uptimeMs: this.#clock.wall() - this.#startedMs,
    })
  }

  /** Roles, labels, interfaces and advertised addresses; the others at the next start. */
  reload(): void {
    const settings = this.#port.settings()
    const { roles, labels, interfaces, advertise } = settings
    this.#settings = { ...this.#settings, roles, labels, interfaces, advertise }
    const details = this.#vitals.relabel(labels)
    const particulars = { ...this.#gossip.particulars, roles: [...roles].toSorted() }
    this.#driver?.input({ kind: 'publish', particulars, details })
    this.#enter('reconfigure')
    this.#clock.after(CONVERGED_MS, () => {
      if (this.#stage === 'reconfigure') this.#stage = 'join'
    })
    this.#port.log('settings: read anew')
  }

  async leave(): Promise<void> {
    this.#driver?.input({ kind: 'leave' })
    this.#stage = 'left'
    await new Promise<void>((resolve) => this.#clock.after(GOODBYE_MS, resolve))
    // Once who asked has its answer.
    this.#clock.after(0, () => void this.close())
  }

  add(statements: readonly string[]): readonly string[] {
    const take = (statement: Statement): boolean =>
      this.#driver?.input({ kind: 'statements', statements: [statement] }) ?? false
    return statements.map((text) =>
      addStatement(new Uint8Array(Buffer.from(text, 'base64')), this.#book, take),
    )
  }

  onEvent(listener: (event: TimedEvent) => void): (() => void) | undefined {
    if (this.#listeners.size >= LISTENERS_MOST) return undefined
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #makeGossip(seed: Uint8Array): Gossip {
    const gossip = deriveKey(seed, 'gossip')
    const { clusterId, discoverySecret } = this.#membership
    const random = randomBuffer(20)
    return new Gossip(
      {
        suite,
        clusterId,
        discoverySecret,
        nodeId: this.#id,
        gossipSecret: gossip.secret,
        gossipKey: gossip.publicKey,
        salt: new Uint8Array(random.subarray(0, 16)),
        boot: this.#store.raiseBoot(),
        seed: random.readUInt32BE(16),
        hints: [...this.#settings.hints, ...rememberedPeers(this.#settings.state)],
        particulars: particularsOf(seed, this.#settings.roles, this.#port.digest),
        book: this.#book,
        sign: (message) => suite.sign(seed, message),
      },
      { nowMs: this.#clock.now(), dateS: Math.floor(this.#clock.wall() / 1000) },
    )
  }

  #lookAtLinks(): void {
    const { port, interfaces, advertise, address } = this.#settings
    const found = interfaceAddresses()
    const chosen = address === undefined ? found : found.filter(({ host }) => host === address)
    const links = linksOf(chosen, {
      port,
      interfaces: address === undefined ? interfaces : chosen.map((one) => one.interfaceName),
      advertise,
    })
    const before = this.#gossip.record.body.addresses.map(addressKey).join()
    this.#driver?.input({ kind: 'links', ...links })
    const now = this.#gossip.record.body.addresses.map(addressKey).join()
    if (before !== now) {
      this.#changedMs = this.#clock.now()
      this.#port.log(`links: addresses are now ${now === '' ? 'none' : now}`)
    }
    this.#every(LINKS_INTERVAL_MS, () => this.#lookAtLinks())
  }

  #lookAtVitals(): void {
    this.#ignored.note()
    this.#sendFailures.note()
    const { particulars } = this.#gossip
    const { health, details } = this.#vitals.measure(this.#gossip.isTilted)
    this.#driver?.input({ kind: 'publish', particulars: { ...particulars, health }, details })
    this.#every(VITALS_INTERVAL_MS, () => this.#lookAtVitals())
  }

  #every(delayMs: number, action: () => void): void {
    const cancel = this.#clock.after(delayMs, () => {
      this.#cancels.delete(cancel)
      action()
    })
    this.#cancels.add(cancel)
  }

  #event(event: GossipEvent): void {
    this.#changedMs = this.#clock.now()
    this.#memory.changed()
    const line = logLine(event)
    if (line !== undefined) this.#port.log(line)
    const at = new Date(this.#clock.wall()).toISOString()
    const told = timedEvent(event, this.#gossip.record.body, at)
    for (const listener of this.#listeners) listener(told)
  }

  #enter(stage: Stage): void {
    this.#stage = stage
    this.#changedMs = this.#clock.now()
  }

  #stageNow(): Stage {
    if (this.#stage !== 'join') return this.#stage
    const isQuiet = this.#clock.now() - this.#changedMs > CONVERGED_MS
    if (this.#gossip.roster.size === 1 && !isQuiet) return 'join'
    return isQuiet ? 'serve' : 'converge'
  }

  #warnings(): string[] {
    const warnings: string[] = []
    if (this.#gossip.record.body.addresses.length === 0) {
      warnings.push('no network address that others could use')
    }
    if (this.#gossip.record.body.status === 'conflict') {
      warnings.push('this identity is in use on another machine')
    }
    if (fileKind(this.#settings.seed) === 'file') {
      warnings.push(`the seed ${this.#settings.seed} is still there, and could bring in others`)
    }
    if (this.#figuresFailure !== undefined) {
      warnings.push(`metrics are not served: ${this.#figuresFailure}`)
    }
    return warnings
  }

  #peers() {
    return this.#gossip.roster
      .living()
      .flatMap((member) => member.via ?? member.record.body.addresses[0] ?? [])
  }

  /** A signal may come while who has left ends already, or its start fails. */
  async close(): Promise<void> {
    if (this.#isClosing) return
    this.#isClosing = true
    for (const cancel of this.#cancels) cancel()
    this.#memory.write()
    this.#driver?.close()
    await Promise.all([this.#control?.close(), this.#udp?.close(), this.#figures?.close()])
    this.#end()
  }
}
