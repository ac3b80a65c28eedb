import type { Address, Flow } from '../base/flow.ts'
import type { TransportCallbacks } from './callbacks.ts'

/** One UDP socket, whichever way its datagrams come. */
export interface DatagramTransport {
  readonly transport: 'udp'
  /** Where it is bound; its port is known after `start`. */
  readonly address: Address
  /** @throws AspisError `ERR_ASPIS_PORT_IN_USE`, `ERR_ASPIS_PORT_FORBIDDEN`, `ERR_ASPIS_ADDRESS_UNAVAILABLE` */
  start(): Promise<void>
  stop(): Promise<void>
  /** The flow to an address; what is sent by it goes out at the end of the turn. */
  flowTo(ip: string, port: number): Flow
  readonly counts: DatagramCounts
  /**
   * Lets a program of the packet filter divide datagrams among the sockets of a shared port.
   * @returns whether the system took it; absent where that cannot be asked for
   */
  steer?(program: Uint8Array): boolean
}

/** What went through a socket since its start. */
export interface DatagramCounts {
  readonly received: number
  readonly sent: number
  /** Refused by `admits` or the gate. */
  readonly refused: number
  /** Too short for SIP: NAT keep-alives. */
  readonly keepAlives: number
  readonly stun: number
  readonly sendErrors: number
  /** Not sent because the system took no more, for longer than what may wait. */
  readonly dropped: number
  /** Lost before we could read them; undefined where the system does not tell. */
  readonly overflows: number | undefined
  readonly flows: number
  /** Of `received`: from sources that proved nothing, answers to requests of ours left out. */
  readonly strangers: number
  /** Octets that wait to be read, as the system counts them; undefined where it does not tell. */
  readonly queuedBytes: number | undefined
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
export const SYSTEM_BUFFER_BYTES = 8 * 1024 * 1024
/** What IPv4 carries; IPv6 takes 20 bytes more, which nobody needs. */
export const MAX_PAYLOAD_BYTES = 65_507
/** The shortest start line is longer; what is not is a NAT keep-alive. */
const KEEP_ALIVE_BYTES = 4

/** Looks at each datagram before anybody else does, and counts. */
export class DatagramSorter {
  readonly counts = {
    received: 0,
    sent: 0,
    refused: 0,
    keepAlives: 0,
    stun: 0,
    sendErrors: 0,
    dropped: 0,
    strangers: 0,
  }
  readonly #callbacks: TransportCallbacks

  constructor(callbacks: TransportCallbacks) {
    this.#callbacks = callbacks
  }

  /** Whether anybody wants to hear of sources before their messages: else nobody needs their texts. */
  get isAsking(): boolean {
    return this.#callbacks.admits !== undefined && this.#callbacks.isAsking?.() !== false
  }

  /** A datagram that the gate did not let in. */
  shutOut(): false {
    this.counts.received += 1
    this.counts.refused += 1
    return false
  }

  /** True for a source that nobody hears. */
  refuses(ip: string): boolean {
    const { counts } = this
    if (this.#callbacks.admits?.(ip, 'udp') !== false) return false
    counts.received += 1
    counts.refused += 1
    return true
  }

  /**
   * What a datagram is that was not refused.
   * @param first its first octet, anything when it is empty
   */
  sort(port: number, bytes: number, first: number): 'message' | 'stun' | 'nothing' {
    const { counts } = this
    counts.received += 1
    if (bytes <= KEEP_ALIVE_BYTES) {
      counts.keepAlives += 1
      return 'nothing'
    }
    // Port 0 cannot be answered.
    if (port === 0) return 'nothing'
    if (first > 3) return 'message'
    counts.stun += 1
    return 'stun'
  }

  unreachable(remote: Address, local: Address, code: string): void {
    this.counts.sendErrors += 1
    this.#callbacks.onUnreachable?.(remote, local, code)
  }
}

/** Whether a message that goes out is a response: of methods none has a slash. */
export function isResponseText(text: string): boolean {
  return text.charCodeAt(0) === CAPITAL_S && text.charCodeAt(3) === SLASH
}

const CAPITAL_S = 0x53
const SLASH = 0x2f
