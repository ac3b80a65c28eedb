import type { Flow } from '../base/flow.ts'
import type { Framer } from '../base/framer.ts'
import { ConnectionBudget } from './budget.ts'
import type { CloseReason, TransportCallbacks } from './callbacks.ts'
import type { StreamLimits } from './stream-limits.ts'

/** A stream as its supervisor sees it. */
export interface SupervisedFlow extends Flow {
  /** Bytes that wait to be sent. */
  readonly sendBacklogBytes: number
  /** Bytes held of a message that is not complete. */
  readonly heldBytes: number
  /** Before this moment silence is no reason to close: a registration lives on the flow. */
  keepUntilMs: number
  /** Closes what is overdue. */
  sweep(nowMs: number): void
  /** Closes at once, without a farewell. */
  abort(reason: CloseReason): void
  /** Begins to read. */
  begin(): void
  /** Hands what was gathered to the socket. */
  flush(): void
}

/** What has a deadline, but is no flow yet: a handshake, a connection being opened. */
export interface Swept {
  sweep(nowMs: number): void
}

export interface StreamsOptions {
  readonly limits: StreamLimits
  readonly callbacks: TransportCallbacks
  /** Monotonic clock, in milliseconds. */
  readonly nowMs: () => number
  readonly makeFramer: () => Framer
}

/** All streams of the process, the budget that they share, and the round that closes what is overdue. */
export class Streams {
  readonly limits: StreamLimits
  readonly callbacks: TransportCallbacks
  readonly nowMs: () => number
  readonly makeFramer: () => Framer
  readonly budget: ConnectionBudget
  readonly swept = new Set<Swept>()
  readonly #flows = new Set<SupervisedFlow>()
  /** Called when a flow closes, before the callback. */
  forget: (flow: Flow) => void = () => {}
  #gathering: SupervisedFlow[] = []
  #sendBacklogBytes = 0
  #heldBytes = 0

  constructor(options: StreamsOptions) {
    this.limits = options.limits
    this.callbacks = options.callbacks
    this.nowMs = options.nowMs
    this.makeFramer = options.makeFramer
    this.budget = new ConnectionBudget(options.limits)
  }

  get sendBacklogBytes(): number {
    return this.#sendBacklogBytes
  }

  get heldBytes(): number {
    return this.#heldBytes
  }

  get flows(): ReadonlySet<SupervisedFlow> {
    return this.#flows
  }

  opened(flow: SupervisedFlow): void {
    this.#flows.add(flow)
    this.callbacks.onOpened?.(flow)
    flow.begin()
  }

  /** The flow takes no more messages; told later, so that nobody is called back from inside `send`. */
  closed(flow: SupervisedFlow, reason: string): void {
    this.forget(flow)
    queueMicrotask(() => this.callbacks.onClosed?.(flow, reason))
  }

  /** The socket of the flow is gone. */
  gone(flow: SupervisedFlow): void {
    this.#flows.delete(flow)
  }

  /** The flow has gathered something: it is flushed at the end of this turn. */
  gathers(flow: SupervisedFlow): void {
    if (this.#gathering.push(flow) === 1) setImmediate(this.#flush)
  }

  /** Counts memory that waits to be sent; over the bound the flow with the most of it pays. */
  countSendBacklog(change: number): void {
    this.#sendBacklogBytes += change
    while (change > 0 && this.#sendBacklogBytes > this.limits.maxSendBuffersBytes) {
      if (!abortLargest(this.#flows, flow => flow.sendBacklogBytes, 'send-buffers-full')) return
    }
  }

  /** Counts memory held for incomplete messages; over the bound the flow with the most of it pays. */
  countHeld(change: number): void {
    this.#heldBytes += change
    while (change > 0 && this.#heldBytes > this.limits.maxReceiveBuffersBytes) {
      if (!abortLargest(this.#flows, flow => flow.heldBytes, 'receive-buffers-full')) return
    }
  }

  readonly #flush = (): void => {
    const gathering = this.#gathering
    this.#gathering = []
    for (const flow of gathering) flow.flush()
  }

  sweep(): void {
    const nowMs = this.nowMs()
    for (const one of this.swept) one.sweep(nowMs)
    for (const flow of this.#flows) flow.sweep(nowMs)
  }
}

function abortLargest(
  flows: Iterable<SupervisedFlow>,
  sizeOf: (flow: SupervisedFlow) => number,
  reason: CloseReason,
): boolean {
  let largest: SupervisedFlow | undefined
  for (const flow of flows) {
    if (sizeOf(flow) > (largest === undefined ? 0 : sizeOf(largest))) largest = flow
  }
  largest?.abort(reason)
  return largest !== undefined
}
