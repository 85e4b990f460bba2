// The IPv4 network of a cluster's overlay, 10.A.0.0/16: from the cluster id unless its operator has
// said another. Not here: which address of it a node claims.
import { suite } from '../wire/suite.ts'

/** What k3s takes for pods and services unless told otherwise. */
const TAKEN: readonly number[] = [42, 43]

/** The A of 10.A.0.0/16; undefined for any other text. */
export function parsePrefix(text: string): number | undefined {
  const [, digits] = /^10\.(0|[1-9][0-9]{0,2})\.0\.0\/16$/.exec(text) ?? []
  const second = Number(digits)
  return digits !== undefined && isPrefix(second) ? second : undefined
}

export function isPrefix(second: number): boolean {
  return Number.isInteger(second) && second >= 0 && second <= 255 && !TAKEN.includes(second)
}

export function prefixText(second: number): string {
  return `10.${second}.0.0/16`
}

/** The first byte of the digest that may be one; the same on every machine. */
export function prefixOf(clusterId: Uint8Array): number {
  const digest = suite.digest(Buffer.concat([Buffer.from('cluster-os/1 ipv4'), clusterId]))
  return digest.find(isPrefix) ?? 0
}
