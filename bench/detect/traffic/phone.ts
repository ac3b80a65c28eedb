import { type Address, bracketed } from '../../../src/base/flow.ts'
import type { Agenda } from './agenda.ts'
import { type Account, type Answer, DOMAIN, type Edge, type Sender } from './edge.ts'
import type { Random } from './random.ts'
import type { Dialect, Offered, Party, Request } from './sip.ts'
import type { Campaign } from './wire.ts'

/** Waits between what somebody does, in ms; what it gives back when it is over. */
export type Steps<T = void> = Generator<number, T, void>

/** Lets somebody do one thing after another. */
export function begin(agenda: Agenda, steps: Steps<unknown>): void {
  const next = (): void => {
    const { value, done } = steps.next()
    if (done !== true && typeof value === 'number') agenda.after(value, next)
  }
  next()
}

/** What a request differs in from the usual one of its sender. */
export interface Wish {
  readonly uri: string
  readonly from?: Party
  readonly to?: Party
  readonly callId?: string
  readonly cseq?: number
  readonly contact?: string
  readonly headers?: readonly (readonly [string, string])[]
  readonly body?: string
  readonly maxForwards?: number
}

const T1_MS = 500

/** A phone or program: an address, habits, and perhaps an account. */
export class Phone implements Sender {
  readonly edge: Edge
  readonly random: Random
  readonly account: Account | undefined
  readonly transport: 'udp' | 'tcp'
  readonly dialect: Dialect
  readonly campaign: Campaign | undefined
  at: Address
  inner: Address
  #nonce = ''
  #count = 0
  #cseq: number
  #registerId: string
  /** Share of answers that get lost, so that the request comes again. */
  loss = 0.002

  constructor(parts: {
    readonly edge: Edge
    readonly at: Address
    readonly inner?: Address
    readonly dialect: Dialect
    readonly account?: Account | undefined
    readonly transport?: 'udp' | 'tcp'
    readonly campaign?: Campaign | undefined
  }) {
    this.edge = parts.edge
    this.random = parts.edge.random
    this.at = parts.at
    this.inner = parts.inner ?? parts.at
    this.dialect = parts.dialect
    this.account = parts.account
    this.transport = parts.transport ?? 'udp'
    this.campaign = parts.campaign
    this.#cseq = this.random.below(1000) + 1
    this.#registerId = this.random.hex(20)
  }

  get user(): string {
    return this.account?.user ?? 'anonymous'
  }

  get uri(): string {
    return `sip:${this.user}@${DOMAIN}`
  }

  get contact(): string {
    return `<sip:${this.user}@${bracketed(this.inner.ip)}:${this.inner.port}>`
  }

  branch(): string {
    return `z9hG4bK${this.random.hex(12)}`
  }

  /** A request with new numbers. */
  request(method: string, wish: Wish): Request {
    this.#cseq += 1
    return {
      method,
      branch: this.branch(),
      callId: this.random.hex(16),
      cseq: this.#cseq,
      from: { uri: this.uri, tag: this.random.hex(8) },
      to: { uri: wish.uri },
      ...wish,
    }
  }

  /** The same, once more, with credentials. */
  proven(request: Request, nonce: string, password = this.account?.password ?? ''): Request {
    this.#count = nonce === this.#nonce ? this.#count + 1 : 1
    this.#nonce = nonce
    const user = this.user
    const offered: Offered = { user, realm: DOMAIN, nonce, uri: request.uri, password, count: this.#count }
    this.#cseq = Math.max(this.#cseq, request.cseq) + 1
    return { ...request, branch: this.branch(), cseq: this.#cseq, offered }
  }

  /** Sends, answers the challenge, and tells how it ended. */
  *ask(first: Request, password?: string): Steps<{ readonly answer: Answer; readonly request: Request }> {
    const isKnown = this.dialect.isPreemptive === true && this.#nonce !== ''
    const request = isKnown ? this.proven(first, this.#nonce, password) : first
    const answer = yield* this.send(request)
    if ((answer.status !== 401 && answer.status !== 407) || this.account === undefined)
      return { answer, request }
    if (request.method === 'INVITE') this.edge.ask(this, this.ackOf(request, answer.tag))
    // A phone that is told that its password is wrong does not say it again.
    if (isKnown && answer.isStale !== true) return { answer, request }
    yield this.random.between(20, 120)
    const again = this.proven(first, answer.nonce, password)
    const last = yield* this.send(again)
    if (again.method === 'INVITE' && last.status >= 300) {
      yield 30
      this.edge.ask(this, this.ackOf(again, last.tag))
    }
    return { answer: last, request: again }
  }

  /** Sends, and again when the answer was lost. */
  *send(request: Request): Steps<Answer> {
    const answer = this.edge.ask(this, request)
    if (this.transport === 'udp' && this.random.chance(this.loss)) {
      yield T1_MS
      this.edge.ask(this, request)
    }
    yield this.random.between(20, 80)
    return answer
  }

  /** ACK of a final response that is no 2xx: of the same transaction. */
  ackOf({ uri, branch, callId, cseq, from, to }: Request, tag = 'none'): Request {
    return { method: 'ACK', uri, branch, callId, cseq, from, to: { ...to, tag: to.tag ?? tag } }
  }

  *register(seconds = 600, password?: string): Steps<number> {
    const wish = {
      uri: `sip:${DOMAIN}`,
      to: { uri: this.uri },
      callId: this.#registerId,
      contact: this.contact,
      headers: [['Expires', String(seconds)]] as const,
    }
    const { answer } = yield* this.ask(this.request('REGISTER', wish), password)
    return answer.status
  }
}
