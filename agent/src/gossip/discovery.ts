// Sealing for whoever knows the discovery secret: beacons and hellos. Each process has a key of its
// own by its salt and counts what it sends, so nothing comes twice. Not here: what is said and
// believed (greeter.ts).
import { type Opened, openSealed, sealDatagram } from '../wire/datagram.ts'
import { discoveryKey } from '../wire/keys.ts'
import { isRefused } from '../wire/refusal.ts'
import type { Suite } from '../wire/suite.ts'
import { ReplayWindow } from '../wire/window.ts'
import type { Ignored } from './types.ts'

export interface DiscoverySecrets {
  readonly clusterId: Uint8Array
  readonly discoverySecret: Uint8Array
  readonly tagKey: Uint8Array
  readonly salt: Uint8Array
}

/** Salts whose key and window are kept; whoever fills it up must know the secret. */
const SALTS_MOST = 4096

export class Discovery {
  readonly #secrets: DiscoverySecrets
  readonly #suite: Suite
  readonly #ownKey: Uint8Array
  readonly #known = new Map<string, { key: Uint8Array; window: ReplayWindow }>()
  #counter = 0

  constructor(secrets: DiscoverySecrets, suite: Suite) {
    this.#secrets = secrets
    this.#suite = suite
    this.#ownKey = this.#keyOf(secrets.salt)
  }

  seal(plain: Uint8Array): Uint8Array {
    const { salt, tagKey } = this.#secrets
    // A process that sends a beacon each millisecond comes to this after seven weeks; it ends, and
    // systemd starts it anew.
    if (this.#counter >= 2 ** 32 - 1) throw new Error('the counter of discovery is used up')
    const header = { form: 'discovery', salt, counter: this.#counter++ } as const
    return sealDatagram(header, this.#ownKey, tagKey, plain, this.#suite)
  }

  open(opened: Opened): Uint8Array | Ignored {
    const { header } = opened
    if (header.form !== 'discovery') return 'form'
    const name = Buffer.from(header.salt).toString('latin1')
    const known = this.#known.get(name)
    const key = known?.key ?? this.#keyOf(header.salt)
    const plain = openSealed(opened, key, this.#suite)
    if (isRefused(plain)) return plain.refused
    const window = known?.window ?? this.#remember(name, key)
    return window.take(header.counter) ? plain : 'replay'
  }

  #remember(name: string, key: Uint8Array): ReplayWindow {
    if (this.#known.size >= SALTS_MOST) {
      const oldest = this.#known.keys().next().value
      if (oldest !== undefined) this.#known.delete(oldest)
    }
    const window = new ReplayWindow()
    this.#known.set(name, { key, window })
    return window
  }

  #keyOf(salt: Uint8Array): Uint8Array {
    const { discoverySecret, clusterId } = this.#secrets
    return discoveryKey(discoverySecret, salt, clusterId, this.#suite)
  }
}
