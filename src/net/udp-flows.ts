import { BoundedMap } from '../base/bounded-map.ts'
import type { Address, Flow } from '../base/flow.ts'
import { nextFlowId } from './flow-id.ts'

/** Sends one datagram; false when it cannot even be tried. */
export type SendDatagram = (text: string, ip: string, port: number) => boolean

/**
 * The flows of one UDP socket: the same remote address gives the same object, as long as it is remembered.
 *
 * Sources that proved to receive live in a map of their own: a flood of forged addresses turns over the map of
 * strangers only.
 */
export class UdpFlows {
  readonly #strangers: BoundedMap<string, UdpFlow>
  readonly #proved: BoundedMap<string, UdpFlow>
  readonly #local: Address
  readonly #send: SendDatagram
  #last: UdpFlow | undefined

  constructor(local: Address, maxFlows: number, send: SendDatagram) {
    this.#local = local
    this.#send = send
    this.#strangers = new BoundedMap(maxFlows / 2)
    this.#proved = new BoundedMap(maxFlows / 2)
  }

  get size(): number {
    return this.#strangers.size + this.#proved.size
  }

  /** The flow to a remote address. */
  of(ip: string, port: number): UdpFlow {
    const last = this.#last
    if (last !== undefined && last.remote.port === port && last.remote.ip === ip) return last
    const key = `${ip} ${port}`
    let flow = this.#proved.get(key) ?? this.#strangers.get(key)
    if (flow === undefined) {
      flow = new UdpFlow(this.#local, { ip, port }, this.#send, this, key)
      this.#strangers.set(key, flow)
    }
    this.#last = flow
    return flow
  }

  /** Moves a flow to where its proof says that it belongs; called by the flow itself. */
  settle(flow: UdpFlow, key: string): void {
    const [from, to] = flow.isProved ? [this.#strangers, this.#proved] : [this.#proved, this.#strangers]
    from.delete(key)
    to.set(key, flow)
  }
}

/** One pair of local and remote address (RFC 5626 §3.2). */
export class UdpFlow implements Flow {
  readonly id = nextFlowId()
  readonly transport = 'udp'
  readonly isReliable = false
  readonly isSecure = false
  readonly isOpen = true
  readonly peerIdentities: readonly string[] = []
  readonly local: Address
  readonly remote: Address
  readonly #send: SendDatagram
  readonly #flows: UdpFlows
  readonly #key: string
  #isProved = false

  constructor(local: Address, remote: Address, send: SendDatagram, flows: UdpFlows, key: string) {
    this.local = local
    this.remote = remote
    this.#send = send
    this.#flows = flows
    this.#key = key
  }

  get isProved(): boolean {
    return this.#isProved
  }

  set isProved(isProved: boolean) {
    if (isProved === this.#isProved) return
    this.#isProved = isProved
    this.#flows.settle(this, this.#key)
  }

  send(text: string): boolean {
    return this.#send(text, this.remote.ip, this.remote.port)
  }

  close(): void {}
}
