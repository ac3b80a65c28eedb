import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import type { Address, Flow } from '../base/flow.ts'
import { LIMITS } from '../base/limits.ts'
import type { TransportCallbacks } from './callbacks.ts'
import { listenError } from './listen-error.ts'
import { familyOf } from './local-address.ts'
import { UdpFlows } from './udp-flows.ts'

/**
 * One UDP socket. `node:dgram` hands over one datagram at a time; an implementation with native batches has
 * the same shape.
 */
export interface DatagramTransport {
  readonly transport: 'udp'
  /** Where it is bound; its port is known after `start`. */
  readonly address: Address
  /** @throws AspisError `ERR_ASPIS_PORT_IN_USE`, `ERR_ASPIS_PORT_FORBIDDEN`, `ERR_ASPIS_ADDRESS_UNAVAILABLE` */
  start(): Promise<void>
  stop(): Promise<void>
  /** Sends one datagram, at the end of the turn; false when it is too large or the socket is not open. */
  send(text: string, ip: string, port: number): boolean
  flowTo(ip: string, port: number): Flow
  readonly counts: DatagramCounts
}

/** What went through a socket since its start. */
export interface DatagramCounts {
  readonly received: number
  readonly sent: number
  /** Refused by `admits`. */
  readonly refused: number
  /** Too short for SIP: NAT keep-alives. */
  readonly keepAlives: number
  readonly stun: number
  readonly sendErrors: number
  readonly flows: number
  readonly receiveBufferBytes: number
}

/** Makes the datagram transport of one listener. */
export type MakeDatagramTransport = (address: Address, options: DatagramOptions) => DatagramTransport

export interface DatagramOptions {
  readonly callbacks: TransportCallbacks
  /** Flows remembered; default `LIMITS.maxUdpFlows`. */
  readonly maxFlows?: number
  /** Several processes may share the port. */
  readonly reusePort?: boolean
}

/** 130 ms of a flood of 50,000 datagrams a second; the system may give less (`net.core.rmem_max`). */
const RECEIVE_BUFFER_BYTES = 8 * 1024 * 1024
/** The shortest start line is longer; what is not is a NAT keep-alive. */
const KEEP_ALIVE_BYTES = 4
/** Datagrams that wait for the end of the turn; more go out at once. */
const MAX_GATHERED = 128
/** What IPv4 carries; IPv6 takes 20 bytes more, which nobody needs. */
export const MAX_PAYLOAD_BYTES = 65_507

interface Outgoing {
  readonly text: string
  readonly ip: string
  readonly port: number
}

/** UDP over `node:dgram`. */
export class UdpSocket implements DatagramTransport {
  readonly transport = 'udp'
  readonly #counts = { received: 0, sent: 0, refused: 0, keepAlives: 0, stun: 0, sendErrors: 0 }
  readonly #options: DatagramOptions
  readonly #callbacks: TransportCallbacks
  #address: Address
  #socket: Socket | undefined
  #flows: UdpFlows
  #isBatchOpen = false
  /** Datagrams of this turn. */
  #outgoing: Outgoing[] = []

  constructor(address: Address, options: DatagramOptions) {
    this.#address = address
    this.#options = options
    this.#callbacks = options.callbacks
    this.#flows = this.#newFlows()
  }

  get address(): Address {
    return this.#address
  }

  get counts(): DatagramCounts {
    const receiveBufferBytes = this.#socket?.getRecvBufferSize() ?? 0
    return { ...this.#counts, flows: this.#flows.size, receiveBufferBytes }
  }

  start(): Promise<void> {
    const isV4 = familyOf(this.#address.ip) === 'ipv4'
    const socket = createSocket({
      type: isV4 ? 'udp4' : 'udp6',
      ipv6Only: !isV4,
      reusePort: this.#options.reusePort ?? false,
      lookup: literalLookup,
    })
    return new Promise((resolve, reject) => {
      const failed = (error: Error): void => {
        socket.close()
        reject(listenError(error, 'udp', this.#address))
      }
      socket.once('error', failed)
      socket.bind({ address: this.#address.ip, port: this.#address.port }, () => {
        socket.off('error', failed)
        this.#opened(socket)
        resolve()
      })
    })
  }

  stop(): Promise<void> {
    this.#flush()
    const socket = this.#socket
    this.#socket = undefined
    return socket === undefined ? Promise.resolve() : new Promise(resolve => socket.close(() => resolve()))
  }

  flowTo(ip: string, port: number): Flow {
    return this.#flows.of(ip, port)
  }

  send(text: string, ip: string, port: number): boolean {
    if (this.#socket === undefined || text.length > MAX_PAYLOAD_BYTES) return false
    this.#counts.sent += 1
    this.#outgoing.push({ text, ip, port })
    if (this.#outgoing.length === 1) setImmediate(this.#flush)
    else if (this.#outgoing.length >= MAX_GATHERED) this.#flush()
    return true
  }

  /**
   * What a turn produced goes out at its end, back to back: sent one by one between other work, each datagram wakes
   * its receiver anew, and a call costs half as much again (400 µs against 280).
   */
  readonly #flush = (): void => {
    const outgoing = this.#outgoing
    if (outgoing.length === 0) return
    this.#outgoing = []
    for (const { text, ip, port } of outgoing) {
      this.#socket?.send(Buffer.from(text, 'latin1'), port, ip, this.#sent)
    }
  }

  #opened(socket: Socket): void {
    this.#socket = socket
    const { address, port } = socket.address()
    this.#address = { ip: address, port }
    this.#flows = this.#newFlows()
    setReceiveBuffer(socket)
    socket.on('message', this.#received)
    socket.on('error', error => this.#callbacks.onListenerError?.('udp', this.#address, error))
  }

  #newFlows(): UdpFlows {
    const send = (text: string, ip: string, port: number): boolean => this.send(text, ip, port)
    return new UdpFlows(this.#address, this.#options.maxFlows ?? LIMITS.maxUdpFlows, send)
  }

  readonly #received = (bytes: Buffer, remote: RemoteInfo): void => {
    this.#counts.received += 1
    if (this.#callbacks.admits?.(remote.address, 'udp') === false) {
      this.#counts.refused += 1
      return
    }
    if (bytes.length <= KEEP_ALIVE_BYTES) {
      this.#counts.keepAlives += 1
      return
    }
    // Port 0 cannot be answered.
    if (remote.port === 0) return
    const flow = this.#flows.of(remote.address, remote.port)
    const first = bytes[0]
    if (first !== undefined && first <= 3) {
      this.#answerStun(bytes, flow)
      return
    }
    if (this.#callbacks.onBatchEnd !== undefined && !this.#isBatchOpen) {
      this.#isBatchOpen = true
      setImmediate(this.#endBatch)
    }
    this.#callbacks.onMessage(bytes.toString('latin1'), flow)
  }

  readonly #endBatch = (): void => {
    this.#isBatchOpen = false
    this.#callbacks.onBatchEnd?.()
  }

  #answerStun(bytes: Buffer, flow: Flow): void {
    this.#counts.stun += 1
    const answer = this.#callbacks.onStun?.(bytes, flow)
    if (answer === undefined) return
    this.#socket?.send(answer, flow.remote.port, flow.remote.ip, this.#sent)
  }

  /** One function for all datagrams: the error names its destination. */
  readonly #sent = (error: (Error & { address?: string; port?: number; code?: string }) | null): void => {
    if (error === null || error.address === undefined || error.port === undefined) return
    this.#counts.sendErrors += 1
    const remote = { ip: error.address, port: error.port }
    this.#callbacks.onUnreachable?.(remote, this.#address, error.code ?? 'UNKNOWN')
  }
}

/** Destinations are addresses already; the default look-up costs a turn of the loop for each datagram. */
function literalLookup(
  host: string,
  _options: unknown,
  done: (error: null, address: string, family: number) => void,
): void {
  done(null, host, familyOf(host) === 'ipv4' ? 4 : 6)
}

function setReceiveBuffer(socket: Socket): void {
  try {
    socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES)
  } catch {
    // Some systems refuse instead of giving less; `counts.receiveBufferBytes` tells what there is.
  }
}
