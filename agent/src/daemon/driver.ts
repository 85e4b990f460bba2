// The core on a real machine: its datagrams on sockets, its timers on the clock, its inputs one at
// a time. A timer that fires waits one turn of the event loop, for Node runs timers before it reads
// the socket: after a pause the answers that are there would else be overlooked. Not here: what the
// core does (gossip/) and where its statements are kept (store).
import type { Gossip } from '../gossip/core.ts'
import type { Effect, GossipEvent, Input, Moment } from '../gossip/types.ts'
import type { AdmissionStatement } from '../identity/book.ts'
import type { Clock } from '../sys/clock.ts'
import type { UdpAddress, UdpPort } from '../sys/udp.ts'
import { type Address, makeAddress } from '../wire/address.ts'
import { GROUP, isLinkLocal } from './links.ts'
import { Scopes } from './scopes.ts'

export interface DriverPort {
  /** Calls back after the sockets were read. */
  afterReading(callback: () => void): void
  keepBoot(boot: number): void
  keep(statements: readonly AdmissionStatement[]): void
  event(event: GossipEvent): void
}

/** Never early: a timer of Node may fire up to a millisecond before its time. */
const ROUNDING_MS = 1

export class Driver {
  readonly #gossip: Gossip
  readonly #udp: UdpPort
  readonly #clock: Clock
  readonly #port: DriverPort
  readonly #scopes: Scopes
  #cancelTimer: () => void = () => undefined
  #timerAtMs = Number.POSITIVE_INFINITY
  #isClosed = false
  sentDatagrams = 0
  sentBytes = 0

  constructor(gossip: Gossip, udp: UdpPort, clock: Clock, port: DriverPort) {
    this.#gossip = gossip
    this.#udp = udp
    this.#clock = clock
    this.#port = port
    this.#scopes = new Scopes((host) =>
      [...gossip.roster.all()].some(({ via }) => via?.host === host),
    )
  }

  /** False once it is closed, and then nothing has become of the input. */
  input(input: Input): boolean {
    if (this.#isClosed) return false
    for (const effect of this.#gossip.handle(input, this.#moment())) this.#carryOut(effect)
    this.#setTimer()
    return true
  }

  received(from: UdpAddress, bytes: Uint8Array): void {
    if (this.#gossip.isStrange(bytes)) return
    const [host = '', scope] = from.host.split('%')
    const address = makeAddress(host, from.port)
    if (address === undefined) return
    if (scope !== undefined) this.#scopes.heard(address.host, scope)
    this.input({ kind: 'datagram', from: address, bytes })
    if (scope !== undefined && this.#gossip.isMemberAt(address)) {
      this.#scopes.prove(address.host, scope)
    }
  }

  close(): void {
    this.#isClosed = true
    this.#cancelTimer()
  }

  #moment(): Moment {
    return { nowMs: this.#clock.now(), dateS: Math.floor(this.#clock.wall() / 1000) }
  }

  #carryOut(effect: Effect): void {
    switch (effect.kind) {
      case 'send':
        return this.#send(effect.to, effect.bytes, this.#scopes.of(effect.to.host))
      case 'beacon':
        if (effect.to.host === GROUP) this.#udp.join(GROUP, effect.link)
        return this.#send(effect.to, effect.bytes, effect.link)
      case 'keep-boot':
        return this.#port.keepBoot(effect.boot)
      case 'keep':
        return this.#port.keep(effect.statements)
      case 'event':
        return this.#port.event(effect.event)
    }
  }

  #send(to: Address, bytes: Uint8Array, scope: string | undefined): void {
    const isScoped = scope !== undefined && (to.host === GROUP || isLinkLocal(to.host))
    const host = isScoped ? `${to.host}%${scope}` : to.host
    this.#udp.send({ ...to, host }, bytes)
    this.sentDatagrams++
    this.sentBytes += bytes.length
  }

  #setTimer(): void {
    const atMs = this.#gossip.wakeAtMs
    if (atMs === undefined || atMs >= this.#timerAtMs) return
    this.#cancelTimer()
    this.#timerAtMs = atMs
    const delayMs = Math.max(0, atMs - this.#clock.now()) + ROUNDING_MS
    this.#cancelTimer = this.#clock.after(delayMs, () => {
      this.#timerAtMs = Number.POSITIVE_INFINITY
      this.#port.afterReading(() => this.input({ kind: 'wake' }))
    })
  }
}
