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

  /** Whether an address is one of the server's, whatever the port. */
  isOwn(ip: string): boolean {
    return this.#ports.has(ip)
  }

  /** A port that the server was found to send from. */
  learn(ip: string, port: number): void {
    const ports = this.#ports.get(ip)
    if (ports !== undefined && ports.size < MAX_PORTS) ports.add(port)
  }

  /**
   * Which way something went: to the server, from it, from it to itself, or past it.
   * @param isStream a connection that the server opened has a port of its own there: the address tells
   */
  wayOf(ends: Ends, isStream: boolean): 'in' | 'out' | 'self' | 'past' {
    const { sourceIp, sourcePort, destinationIp, destinationPort } = ends
    const isBetweenHosts = isStream && this.isOwn(sourceIp) !== this.isOwn(destinationIp)
    const isTo = isBetweenHosts ? this.isOwn(destinationIp) : this.has(destinationIp, destinationPort)
    const isFrom = isBetweenHosts ? this.isOwn(sourceIp) : this.has(sourceIp, sourcePort)
    if (isFrom) return isTo ? 'self' : 'out'
    return isTo ? 'in' : 'past'
  }
}

/** Ports of one address: one for each connection that it opened, as far as connections are followed. */
const MAX_PORTS = 20_000
