import { getSystemErrorName } from 'node:util'
import type { Address, Flow } from '../base/flow.ts'
import { canonicalIp } from '../base/ip-address.ts'
import { LIMITS } from '../base/limits.ts'
import {
  CONTROL_WORDS,
  DATAGRAM_WORDS,
  ERRNO,
  ERROR_ADDRESS,
  ERROR_COUNT,
  ERROR_PORT,
  ERROR_WORDS,
  ERRORS_AT,
  IS_IN_TURN,
  LENGTH,
  LOST_COUNT,
  MAX_ERRORS,
  OFFSET,
  OUTGOING_AT,
  OVERFLOWS,
  PORT,
  QUEUED_BYTES,
  RECEIVE_BUFFER_BYTES,
  RECEIVE_SLOTS,
  RECEIVED_AT,
  SEND_BYTES,
  SEND_BYTES_AT,
  SEND_COUNT,
  SEND_SLOTS,
  SLOT_STRIDE,
  SLOTS_AT,
  USED_BYTES,
} from './batch-layout.ts'
import {
  type DatagramCounts,
  type DatagramOptions,
  DatagramSorter,
  type DatagramTransport,
  isResponseText,
  MAX_PAYLOAD_BYTES,
  SYSTEM_BUFFER_BYTES,
} from './datagrams.ts'
import { listenError } from './listen-error.ts'
import { familyOf } from './local-address.ts'
import { SourceTexts } from './source-texts.ts'
import { addressText } from './udp-address.ts'
import type { UdpFlow } from './udp-flow.ts'
import { UdpFlows } from './udp-flows.ts'
import type { NativeDatagrams, NativeSocket } from './udp-native.ts'

/** How datagrams are gathered. */
export interface BatchOptions extends DatagramOptions {
  /** While many come, they are read so often, in microseconds; 0: each at once. */
  readonly gatherMicroseconds: number
}

/** An open socket and the views of its memory. */
interface Open {
  readonly socket: NativeSocket
  readonly bytes: Buffer
  readonly control: Int32Array
  readonly received: Int32Array
  readonly outgoing: Int32Array
  readonly errors: Int32Array
}

/** UDP in batches: the system is asked once for up to 128 datagrams, and takes all answers of a turn at once. */
export class BatchSocket implements DatagramTransport {
  readonly transport = 'udp'
  readonly #native: NativeDatagrams
  readonly #options: BatchOptions
  readonly #sorter: DatagramSorter
  readonly #isV6: boolean
  readonly #sources: SourceTexts
  #address: Address
  #open: Open | undefined
  #flows: UdpFlows
  #isFlushDue = false

  constructor(native: NativeDatagrams, address: Address, options: BatchOptions) {
    this.#native = native
    this.#address = address
    this.#options = options
    this.#isV6 = familyOf(address.ip) === 'ipv6'
    this.#sources = new SourceTexts(this.#isV6)
    this.#sorter = new DatagramSorter(options.callbacks)
    this.#flows = this.#newFlows()
  }

  get address(): Address {
    return this.#address
  }

  get counts(): DatagramCounts {
    const open = this.#open
    if (open !== undefined) this.#native.measure(open.socket)
    const { counts } = this.#sorter
    return {
      ...counts,
      dropped: counts.dropped + (open?.control[LOST_COUNT] ?? 0),
      flows: this.#flows.size,
      overflows: open?.control[OVERFLOWS],
      queuedBytes: open?.control[QUEUED_BYTES],
      receiveBufferBytes: open?.control[RECEIVE_BUFFER_BYTES] ?? 0,
    }
  }

  async start(): Promise<void> {
    const { ip, port } = this.#address
    const { reusePort = false, gatherMicroseconds } = this.#options
    const native = this.#native
    try {
      const socket = native.open(ip, port, reusePort, SYSTEM_BUFFER_BYTES, gatherMicroseconds, this.#turn)
      this.#open = viewsOf(socket)
      this.#address = { ip: canonicalIp(ip) ?? ip, port: socket.port }
      this.#flows = this.#newFlows()
    } catch (error) {
      throw listenError(error instanceof Error ? error : new Error(String(error)), 'udp', this.#address)
    }
  }

  async stop(): Promise<void> {
    const open = this.#open
    if (open === undefined) return
    this.#native.flush(open.socket)
    this.#open = undefined
    this.#native.close(open.socket)
  }

  steer(program: Uint8Array): boolean {
    return this.#open !== undefined && this.#native.steer(this.#open.socket, program)
  }

  flowTo(ip: string, port: number): Flow {
    return this.#flows.of(ip, port)
  }

  #newFlows(): UdpFlows {
    const { maxFlows = LIMITS.maxUdpFlows, callbacks } = this.#options
    return new UdpFlows(this.#address, maxFlows, this.#send, callbacks.gate)
  }

  /** One batch: its datagrams lie in the slots until this returns. */
  readonly #turn = (datagrams: number): void => {
    const open = this.#open
    if (open === undefined) return
    const { callbacks } = this.#options
    const { bytes, received } = open
    const sorter = this.#sorter
    const { isAsking } = sorter
    const gate = callbacks.gate?.opens() === true ? callbacks.gate : undefined
    let messages = 0
    for (let index = 0; index < datagrams; index += 1) {
      const at = index * DATAGRAM_WORDS
      const slot = SLOTS_AT + index * SLOT_STRIDE
      const length = received[at + LENGTH] ?? 0
      let flow = this.#flows.find(received, at, true)
      if (gate?.admits(received, at, flow, bytes, slot, length) === false) {
        sorter.shutOut()
        continue
      }
      if (isAsking && sorter.refuses(flow?.remote.ip ?? this.#sources.of(received, at))) continue
      const kind = sorter.sort(received[at + PORT] ?? 0, length, bytes[slot] ?? 0)
      if (kind === 'nothing') continue
      flow ??= this.#flows.add(received, at)
      if (!flow.isProved && !flow.isAsked) sorter.counts.strangers += 1
      if (kind === 'stun') {
        // The octets are lent for the time of the call.
        const answer = callbacks.onStun?.(bytes.subarray(slot, slot + length), flow)
        if (answer !== undefined) this.#send(answer.latin1Slice(0, answer.length), flow)
        continue
      }
      messages += 1
      callbacks.onMessage(bytes.latin1Slice(slot, slot + length), flow)
      // The message was one that stopped us.
      if (this.#open === undefined) return
    }
    if (messages > 0) callbacks.onBatchEnd?.()
    this.#tellUnreachable(open)
  }

  /**
   * Puts a datagram into the send buffer. The native half sends what is there when the turn ends, promises that the
   * turn kept included; outside of a turn the event loop's own end does.
   */
  readonly #send = (text: string, flow: UdpFlow): boolean => {
    const open = this.#open
    const { length } = text
    if (open === undefined || length > MAX_PAYLOAD_BYTES) return false
    const { control, outgoing } = open
    if (!hasRoom(control, length)) {
      this.#native.flush(open.socket)
      if (!hasRoom(control, length)) {
        this.#sorter.counts.dropped += 1
        return false
      }
    }
    const count = control[SEND_COUNT] ?? 0
    const used = control[USED_BYTES] ?? 0
    const at = count * DATAGRAM_WORDS
    if (!flow.isAsked && !isResponseText(text)) flow.isAsked = true
    flow.address(outgoing, at)
    outgoing[at + LENGTH] = length
    outgoing[at + OFFSET] = used
    open.bytes.latin1Write(text, SEND_BYTES_AT + used, length)
    control[SEND_COUNT] = count + 1
    control[USED_BYTES] = used + length
    this.#sorter.counts.sent += 1
    if (control[IS_IN_TURN] === 0 && !this.#isFlushDue) {
      this.#isFlushDue = true
      setImmediate(this.#flush)
    }
    return true
  }

  readonly #flush = (): void => {
    this.#isFlushDue = false
    const open = this.#open
    if (open === undefined) return
    this.#native.flush(open.socket)
    this.#tellUnreachable(open)
  }

  #tellUnreachable({ control, errors }: Open): void {
    const count = control[ERROR_COUNT] ?? 0
    if (count === 0) return
    control[ERROR_COUNT] = 0
    for (let at = 0; at < count * ERROR_WORDS; at += ERROR_WORDS) {
      const [a = 0, b = 0, c = 0, d = 0] = errors.subarray(at + ERROR_ADDRESS, at + ERROR_WORDS)
      const ip = addressText(a, b, c, d, this.#isV6)
      const code = getSystemErrorName(-(errors[at + ERRNO] ?? 1))
      this.#sorter.unreachable({ ip, port: errors[at + ERROR_PORT] ?? 0 }, this.#address, code)
    }
  }
}

function hasRoom(control: Int32Array, bytes: number): boolean {
  return (control[SEND_COUNT] ?? 0) < SEND_SLOTS && (control[USED_BYTES] ?? 0) + bytes <= SEND_BYTES
}

function viewsOf(socket: NativeSocket): Open {
  const { memory } = socket
  return {
    socket,
    bytes: Buffer.from(memory),
    control: new Int32Array(memory, 0, CONTROL_WORDS),
    received: new Int32Array(memory, RECEIVED_AT, RECEIVE_SLOTS * DATAGRAM_WORDS),
    outgoing: new Int32Array(memory, OUTGOING_AT, SEND_SLOTS * DATAGRAM_WORDS),
    errors: new Int32Array(memory, ERRORS_AT, MAX_ERRORS * ERROR_WORDS),
  }
}
