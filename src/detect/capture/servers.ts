import type { Address } from '../../base/flow.ts'
import type { Ends } from './tcp-streams.ts'

/** Addresses of the server whose traffic a capture holds. */
export class ServerAddresses {
  /** Ports by address; 0: any. */
  readonly #ports = new Map<string, Set<number>>()

  /** @param addresses port 0: any */
  constructor(addresses: readonly Address[]) {
    for (const { ip, port } of addresses) {
      const ports = this.#ports.get(ip) ?? new Set()
      ports.add(port)
      this.#ports.set(ip, ports)
    }
  }

  has(ip: string, port: number): boolean {
    const ports = this.#ports.get(ip)
    return ports !== undefined && (ports.has(port) || ports.has(0))
  }

  /** Which way something went: to the server, from it, from it to itself, or past it. */
  wayOf({ sourceIp, sourcePort, destinationIp, destinationPort }: Ends): 'in' | 'out' | 'self' | 'past' {
    const isTo = this.has(destinationIp, destinationPort)
    if (this.has(sourceIp, sourcePort)) return isTo ? 'self' : 'out'
    return isTo ? 'in' : 'past'
  }
}
