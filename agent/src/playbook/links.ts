// The machines of a run: transports, the shells of the users that tasks become, and, in check mode,
// one overlay for each machine. Opened when a task first needs them. Not here: where a host's
// variables come from.
import { ClusterError } from '../errors.ts'
import type { Host } from '../host/host.ts'
import type { LeaseWish } from '../host/lease.ts'
import { OverlayHost, OverlayState } from '../host/overlay.ts'
import { RealHost } from '../host/real.ts'
import { Session, type SessionLease } from '../host/session.ts'
import type { SshWishes } from '../host/ssh-options.ts'
import type { Become, Transport } from '../host/transport.ts'
import { systemClock, withLimit } from '../sys/clock.ts'

/** How a task reaches its host. */
export interface Reach {
  /** The name in the inventory. */
  readonly host: string
  /** The host that the task is for, which differs where the task is delegated. */
  readonly owner: string
  readonly connection: 'ssh' | 'local'
  readonly ssh: SshWishes
  readonly become: Become | undefined
}

interface Link {
  readonly transport: Transport
  readonly sessions: Map<string, OwnedSession>
}

interface OwnedSession {
  readonly owner: string
  readonly session: Session
  readonly host: RealHost
}

export interface LinkOptions {
  /** Holds the hosts that tasks are for; those that tasks are delegated to are free for all. */
  readonly lease?: LeaseWish | undefined
  /** A host that cannot be held, once. */
  readonly onUnheld?: (host: string) => void
  /** SSH arguments that mean nothing here, once for each host. */
  readonly onIgnored?: (host: string, words: readonly string[]) => void
}

export class Links {
  readonly #options: LinkOptions
  readonly #links = new Map<string, Promise<Link>>()
  readonly #overlays = new Map<string, OverlayState>()
  readonly #unheld = new Set<string>()
  readonly #told = new Set<string>()
  /** Hosts that another run holds, and that were waited for long enough. */
  readonly #refused = new Map<string, ClusterError>()
  /** Dropped, and open until the host is held by what comes after: nobody else gets in between. */
  readonly #leaving = new Map<string, Link[]>()
  #isOver = false

  constructor(options: LinkOptions) {
    this.#options = options
  }

  /** The host itself; changes are real. */
  async real(reach: Reach): Promise<Host> {
    if (this.#isOver) {
      throw new ClusterError('UNREACHABLE', 'the run was interrupted', {
        hint: 'start it again: what was done stays done',
      })
    }
    const refused = reach.host === reach.owner ? this.#refused.get(reach.host) : undefined
    if (refused !== undefined) throw refused
    const key = JSON.stringify([reach.host, reach.connection, reach.ssh])
    let opening = this.#links.get(key)
    if (opening === undefined) {
      opening = this.#open(reach).then((transport) => ({ transport, sessions: new Map() }))
      this.#links.set(key, opening)
    }
    const link = await opening
    // Hosts whose tasks are delegated to one machine do not wait for each other's commands.
    const user = JSON.stringify([reach.owner, reach.become ?? null])
    let entry = link.sessions.get(user)
    if (entry === undefined) {
      const session = new Session(link.transport, reach.become, this.#leaseOf(reach))
      const host = new RealHost(session, reach.host)
      entry = { owner: reach.owner, session, host }
      link.sessions.set(user, entry)
    }
    return entry.host
  }

  async #open(reach: Reach): Promise<Transport> {
    const { transport, ignored } = await openTransport(reach)
    if (ignored.length > 0 && !this.#told.has(reach.host)) {
      this.#told.add(reach.host)
      this.#options.onIgnored?.(reach.host, ignored)
    }
    return transport
  }

  /** Waits until the host is held, if it can be; answers false where another run holds it. */
  async hold(reach: Reach): Promise<boolean> {
    try {
      const host = await this.real(reach)
      await host.ask(':')
    } catch (error) {
      // What else is wrong with the host is told by its first task.
      if (!(error instanceof ClusterError) || error.code !== 'LEASE') return true
      this.#refused.set(reach.host, error)
    }
    return !this.isRefused(reach.host)
  }

  isRefused(host: string): boolean {
    return this.#refused.has(host)
  }

  #leaseOf({ host, owner }: Reach): SessionLease | undefined {
    const { lease, onUnheld } = this.#options
    if (lease === undefined || host !== owner) return undefined
    const onNone = (): void => {
      if (!this.#unheld.has(host)) onUnheld?.(host)
      this.#unheld.add(host)
    }
    return { wish: lease, onNone, onHeld: () => this.#closeLeaving(host) }
  }

  /** The host as this run predicts it; users share what is predicted. `seen` stands beneath. */
  async overlay(reach: Reach, seen = (host: Host): Host => host): Promise<OverlayHost> {
    let state = this.#overlays.get(reach.host)
    if (state === undefined) {
      state = new OverlayState()
      this.#overlays.set(reach.host, state)
    }
    return new OverlayHost(seen(await this.real(reach)), state)
  }

  /** Drops the connections of a host; the next task connects anew. */
  async reset(host: string): Promise<void> {
    for (const [key, opening] of this.#links) {
      if ((JSON.parse(key) as [string])[0] !== host) continue
      this.#links.delete(key)
      const link = await opening.catch(() => undefined)
      if (link === undefined) continue
      if (this.#options.lease === undefined) closeLink(link)
      else this.#leaving.set(host, [...(this.#leaving.get(host) ?? []), link])
    }
  }

  #closeLeaving(host: string): void {
    for (const link of this.#leaving.get(host) ?? []) closeLink(link)
    this.#leaving.delete(host)
  }

  /** Connects to a host anew and has its shell answer; what was open is dropped. */
  async reopen(reach: Reach, limitMs: number): Promise<Host> {
    for (const [key, opening] of this.#links) {
      if ((JSON.parse(key) as [string])[0] !== reach.host) continue
      this.#links.delete(key)
      // A connection that is still being made is not waited for.
      opening.then(closeLink).catch(() => undefined)
    }
    const open = async (): Promise<Host> => {
      const host = await this.real(reach)
      await host.ask(':')
      return host
    }
    return withLimit(systemClock, open(), limitMs, () => unreached(reach.host))
  }

  /** Ends everything that runs on the hosts, for a signal; nothing is started afterwards. */
  async endAll(): Promise<void> {
    this.#isOver = true
    const sessions = await this.#sessions()
    await Promise.allSettled(sessions.map(({ session }) => session.endAll()))
  }

  /** Ends what a host's task has started, on whatever machine. */
  async endTask(owner: string): Promise<void> {
    const own = (await this.#sessions()).filter((entry) => entry.owner === owner)
    await Promise.allSettled(own.map(({ session }) => session.endRunning()))
  }

  async #sessions(): Promise<OwnedSession[]> {
    const links = await Promise.allSettled(this.#links.values())
    return links.flatMap((settled) =>
      settled.status === 'fulfilled' ? [...settled.value.sessions.values()] : [],
    )
  }

  close(): void {
    for (const host of this.#leaving.keys()) this.#closeLeaving(host)
    for (const opening of this.#links.values()) {
      opening.then(closeLink).catch(() => undefined)
    }
    this.#links.clear()
  }
}

function unreached(host: string): ClusterError {
  return new ClusterError('UNREACHABLE', `no connection to ${host} within the time`, {
    hint: 'raise connect_timeout where the host is slow to answer',
  })
}

/** A host that answers nothing yet: what a task that waits for its host begins with. */
export function awaitedHost(name: string, isCheck: boolean): Host {
  const shell = { run: () => Promise.reject(unreached(name)), retire: () => undefined }
  const host = new RealHost(shell, name)
  return isCheck ? new OverlayHost(host) : host
}

function closeLink(link: Link): void {
  for (const { session } of link.sessions.values()) session.close()
  link.transport.close()
}

/** ssh2 and zx are loaded only by runs that need them: they cost a third of the start. */
async function openTransport(
  reach: Reach,
): Promise<{ transport: Transport; ignored: readonly string[] }> {
  if (reach.connection === 'local') {
    const { localTransport } = await import('../host/local.ts')
    return { transport: localTransport(reach.host), ignored: [] }
  }
  const [{ sshTransport }, { resolveSshOptions }] = await Promise.all([
    import('../host/ssh.ts'),
    import('../host/ssh-options.ts'),
  ])
  const options = resolveSshOptions(reach.host, reach.ssh)
  return { transport: sshTransport(options), ignored: options.ignored }
}
