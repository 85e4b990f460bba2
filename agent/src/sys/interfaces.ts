// The network interfaces of this machine as they are now. Not here: which of them a cluster uses
// (daemon/links.ts).
import { networkInterfaces } from 'node:os'

export interface InterfaceAddress {
  readonly interfaceName: string
  readonly family: 4 | 6
  readonly host: string
  /** `10.0.0.1/24` as bits. */
  readonly prefix: number
  readonly isInternal: boolean
}

/** Addresses that are up, in the system's order. */
export function interfaceAddresses(): InterfaceAddress[] {
  return Object.entries(networkInterfaces()).flatMap(([interfaceName, addresses]) =>
    (addresses ?? []).map(({ family, address, cidr, internal }) => ({
      interfaceName,
      family: family === 'IPv4' ? (4 as const) : (6 as const),
      host: address,
      prefix: Number((cidr ?? '/0').split('/')[1]),
      isInternal: internal,
    })),
  )
}
