import { createSocket, type Socket } from 'node:dgram'
import { isIP } from 'node:net'
import type { RadiusLink, RadiusLinkEvents } from './radius-link.ts'

/**
 * UDP to one RADIUS server. Each lane is a socket with a port of its own, connected: the system passes on only what comes
 * from the server's address and port (RFC 2865 §4.1).
 *
 * That a port is closed (ICMP) is not believed: anyone can say so. The client's own waiting tells.
 */
export function radiusUdp(host: string, port: number, events: RadiusLinkEvents): RadiusLink {
  const lanes = new Map<number, Lane>()
  let isClosed = false
  const gone = (lane: number, why: string): void => {
    lanes.delete(lane)
    if (!isClosed) events.failed(lane, why)
  }
  return {
    send: (number, packet) => {
      if (isClosed) return
      let lane = lanes.get(number)
      if (lane === undefined) {
        lane = new Lane(host, port, { received: events.received, failed: gone }, number)
        lanes.set(number, lane)
      }
      lane.send(packet)
    },
    close: () => {
      isClosed = true
      for (const lane of lanes.values()) lane.close()
      lanes.clear()
    },
  }
}

/** Told by ICMP, which names nobody. */
const HEARSAY = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN'])

class Lane {
  readonly #socket: Socket
  readonly #events: RadiusLinkEvents
  readonly #number: number
  /** What waits until the socket is connected; at most an identifier's worth each. */
  #waiting: Buffer[] | undefined = []
  #isClosed = false

  constructor(host: string, port: number, events: RadiusLinkEvents, number: number) {
    this.#events = events
    this.#number = number
    const isSix = isIP(host) === 6
    this.#socket = createSocket({ type: isSix ? 'udp6' : 'udp4' })
    this.#socket.on('message', packet => events.received(number, packet))
    this.#socket.on('error', error => this.#failed(error))
    this.#socket.connect(port, host, () => {
      const waiting = this.#waiting ?? []
      this.#waiting = undefined
      for (const packet of waiting) this.send(packet)
    })
    this.#socket.unref()
  }

  send(packet: Buffer, isAgain = false): void {
    if (this.#isClosed) return
    if (this.#waiting !== undefined) {
      if (this.#waiting.length < 256) this.#waiting.push(packet)
      return
    }
    this.#socket.send(packet, error => {
      if (error === null) return
      // What an earlier datagram met is told here, in place of sending this one.
      if (!isAgain && HEARSAY.has(codeOf(error))) this.send(packet, true)
      else this.#failed(error)
    })
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#socket.close()
  }

  #failed(error: Error): void {
    const code = codeOf(error)
    if (this.#isClosed || HEARSAY.has(code)) return
    this.close()
    this.#events.failed(this.#number, code)
  }
}

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : error.message
}
