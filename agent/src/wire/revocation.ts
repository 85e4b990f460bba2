// Statements against something: a revocation against a key, an accusation against a member that
// does not answer, a rotation against the root key before. Not here: what follows (gossip/).
import { type Codec, checked, choice, date, flag, raw, struct, varint } from './codec.ts'
import { edwardsKey, type NodeId, nodeId } from './id.ts'

/** Signed by an operator key or the root. The date is in seconds since 1970. */
export interface RevocationBody {
  readonly target: {
    readonly kind: 'node' | 'admission' | 'operator'
    readonly key: Uint8Array
  }
  readonly date: number
  /** Whether what the target admitted goes with it. */
  readonly takesAdmitted: boolean
  readonly signer: Uint8Array
}

/**
 * Signed by the accuser; it counts for this boot and incarnation only. Since when it has been so,
 * as far as the accuser knows, is in seconds since 1970.
 */
export interface AccusationBody {
  readonly accuser: NodeId
  readonly subject: NodeId
  readonly boot: number
  readonly incarnation: number
  readonly since: number
}

/** Signed by the root key before. */
export interface RotationBody {
  readonly rootKey: Uint8Array
  /** From 1. */
  readonly number: number
  /** 64 bytes by the new root key, over what countersignedBytes of statement.ts gives. */
  readonly countersignature: Uint8Array
}

export const revocation: Codec<RevocationBody> = struct<RevocationBody>({
  target: struct<RevocationBody['target']>({
    kind: choice(['node', 'admission', 'operator'], 1),
    key: edwardsKey,
  }),
  date,
  takesAdmitted: flag,
  signer: edwardsKey,
})

export const accusation: Codec<AccusationBody> = struct<AccusationBody>({
  accuser: nodeId,
  subject: nodeId,
  boot: varint,
  incarnation: varint,
  since: date,
})

export const rotation: Codec<RotationBody> = struct<RotationBody>({
  rootKey: edwardsKey,
  number: checked(varint, (value) => value > 0, 'bound'),
  countersignature: raw(64),
})
