import type { Address, Flow, TransportName } from '../../base/flow.ts'

/** What a process tells of a connection that it holds. */
export interface FlowFacts {
  /** Unique over all processes of this server. */
  readonly id: number
  readonly transport: TransportName
  readonly local: Address
  readonly remote: Address
  readonly peerIdentities: readonly string[]
}

/** A connection that another worker holds; what is sent by it goes there first. */
export class RemoteFlow implements Flow {
  readonly id: number
  readonly transport: TransportName
  readonly local: Address
  readonly remote: Address
  readonly isReliable = true
  readonly isSecure: boolean
  readonly peerIdentities: readonly string[]
  isProved = true
  seenAs: unknown = undefined
  isOpen = true
  readonly #send: (id: number, text: string) => boolean

  constructor(facts: FlowFacts, send: (id: number, text: string) => boolean) {
    this.id = facts.id
    this.transport = facts.transport
    this.local = facts.local
    this.remote = facts.remote
    this.isSecure = facts.transport === 'tls' || facts.transport === 'wss'
    this.peerIdentities = facts.peerIdentities
    this.#send = send
  }

  /** Whether it was handed to the worker that has the connection. */
  send(text: string): boolean {
    return this.isOpen && this.#send(this.id, text)
  }

  /** Who holds it closes it. */
  close(): void {}
}
