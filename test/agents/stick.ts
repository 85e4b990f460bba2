// Papers of a real cluster for tests: a root, an operator, a stick, and stores of nodes that were
// admitted by it. Not here: how people make them (commands/).

import { publicKeyOf } from '../../agent/src/identity/keys.ts'
import { makeRevocation } from '../../agent/src/identity/papers.ts'
import type { Seed } from '../../agent/src/identity/seedfile.ts'
import { Store } from '../../agent/src/identity/store.ts'
import { randomBuffer } from '../../agent/src/sys/random.ts'
import { nodeIdOf } from '../../agent/src/wire/id.ts'
import { makeStatement, type RevocationStatement } from '../../agent/src/wire/statement.ts'
import { suite } from '../../agent/src/wire/suite.ts'

const DAY_S = 86_400

const key = (): Uint8Array => new Uint8Array(randomBuffer(32))

export function makeStick(nowS = Math.floor(Date.now() / 1000)) {
  const [root, operatorKey, admission, discoverySecret] = [key(), key(), key(), key()]
  const clusterId = publicKeyOf(root)
  const signer = (secret: Uint8Array) => ({
    clusterId,
    sign: (message: Uint8Array) => suite.sign(secret, message),
  })
  const dates = { notBefore: nowS - DAY_S, notAfter: nowS + 7 * DAY_S }
  const operator = makeStatement(
    'operator',
    { operatorKey: publicKeyOf(operatorKey), ...dates, name: 'test' },
    signer(root),
    suite,
  )
  const delegation = makeStatement(
    'delegation',
    {
      admissionKey: publicKeyOf(admission),
      operator: operator.digest,
      ...dates,
      mayCoordinate: true,
      mostJoins: 0,
      mostCoordinators: 0,
      expectedMembers: 1,
      roles: [],
      name: 'stick',
    },
    signer(operatorKey),
    suite,
  )
  /** Makes a node's store in a folder. */
  const admit = (folder: string): string => {
    const store = new Store(folder)
    const nodeId = nodeIdOf(publicKeyOf(store.seed()))
    const body = { nodeId, delegation: delegation.digest, mayCoordinate: true }
    const certificate = makeStatement('certificate', body, signer(admission), suite)
    store.keepMembership({ clusterId, discoverySecret, ipv4: 77 }, [
      operator,
      delegation,
      certificate,
    ])
    return nodeId
  }
  const seed: Seed = {
    clusterId,
    discoverySecret,
    admissionSecret: admission,
    operator,
    delegation,
    rotations: [],
    hints: [],
    ipv4: 77,
    wifi: undefined,
  }
  /** Takes back a node that nobody knows; another one at each call. */
  const revoke = (): RevocationStatement => {
    const target = { kind: 'node' as const, key: publicKeyOf(key()) }
    return makeRevocation({ clusterId, secret: operatorKey }, target, nowS)
  }
  return { clusterId, admit, seed, revoke }
}
