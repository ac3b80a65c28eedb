import type { Address, Flow } from '../../base/flow.ts'
import type { Guessing } from '../../mechanisms/digest/index.ts'
import type { ReplayMemory } from '../../mechanisms/identity/index.ts'
import type { UsedTokens } from '../../mechanisms/refer/used-tokens.ts'
import type { TransportCallbacks } from '../../net/callbacks.ts'
import type { Transports } from '../../net/transports.ts'
import type { Companions } from '../core/companions.ts'
import type { Core } from '../core/core.ts'
import type { FlowTable } from '../core/flows.ts'
import { RateLimit } from '../core/rate-limit.ts'
import type { Counter, Counters, Metrics } from '../metrics.ts'
import { type FrameReader, type FrameWriter, KIND } from './frame.ts'
import type { Link, LinkUser } from './link.ts'
import { workerOfBranch, workerOfResponse, workerOfTokenMark } from './mark.ts'
import { type FlowFacts, RemoteFlow } from './remote-flow.ts'
import { steeringProgram } from './steering.ts'

/** What the edge of this process lends to its peers. */
export interface PeersGround {
  readonly core: () => Core | undefined
  readonly transports: () => Transports | undefined
  readonly flows: FlowTable
}

/** Asked about at a time, and in a second: whoever sends more strays is answered as if nobody else were here. */
const MAX_QUESTIONS = 64
const QUESTIONS_PER_SECOND = 200
/** Who does not answer by then does not have it. */
const QUESTION_MS = 200
const OCTETS_PER_CHAR = 3

/** Octets of a handed message beside its text. */
const HEAD_BYTES = 64
/** A dialog token has its mark behind two characters of version and key each. */
const TOKEN_MARK_AT = 4

/**
 * The other workers of this server, as this one uses them: it hands over a response whose branch another one made,
 * sends by connections that another one holds, and tells what it holds itself.
 *
 * What was handed over goes to the core and never on to somebody else, so that no message bounces.
 */
export class Peers implements Companions {
  readonly #worker: number
  readonly #count: number
  readonly #node: number
  readonly #links: (Peer | undefined)[] = []
  readonly #own = new Map<number, Flow>()
  readonly #questions = new Map<number, Question>()
  readonly #mayAsk = new RateLimit(QUESTIONS_PER_SECOND)
  #nextQuestion = 0
  readonly #handed: Counters
  readonly #lost: Counter
  #primary: Link | undefined
  #ground: PeersGround | undefined
  #guessing: Guessing | undefined
  #tokens: UsedTokens | undefined
  #passports: ReplayMemory | undefined

  /** @param seat own number, workers in all, and the number of the machine */
  constructor(
    seat: { readonly worker: number; readonly count: number; readonly node: number },
    metrics: Metrics,
  ) {
    this.#worker = seat.worker
    this.#count = seat.count
    this.#node = seat.node
    this.#handed = metrics.counters(
      'aspis_handed_over_total',
      'Messages that went to another worker, by kind',
      'kind',
      ['response', 'request', 'sought'],
    )
    this.#lost = metrics.counter(
      'aspis_handed_over_lost_total',
      'Messages for another worker that it did not take, or that came for a connection that is gone',
    )
  }

  /** Of whom connections are told first: when this process dies it drops the bindings that they carried. */
  set primary(link: Link) {
    this.#primary = link
  }

  use(ground: PeersGround): void {
    this.#ground = ground
  }

  /** Wrong passwords are counted by all: who guesses from many ports comes to many workers. */
  share(guessing: Guessing): void {
    this.#guessing = guessing
    guessing.onFailed = (user, source, nowMs) => {
      for (const peer of this.#links) if (peer !== undefined) tellGuess(peer.link, user, source, nowMs)
    }
  }

  /** A token that was used here is used everywhere. */
  shareTokens(tokens: UsedTokens): void {
    this.#tokens = tokens
    tokens.onTaken = (token, call, nowMs) => {
      for (const peer of this.#links) if (peer !== undefined) tellToken(peer.link, token, call, nowMs)
    }
  }

  /** So is a PASSporT. */
  sharePassports(passports: ReplayMemory): void {
    this.#passports = passports
    passports.onUsed = (r, callId, iat) => {
      for (const peer of this.#links) if (peer !== undefined) tellPassport(peer.link, r, callId, iat)
    }
  }

  /** Puts itself between the transports and the core. */
  routed(callbacks: TransportCallbacks): TransportCallbacks {
    return {
      ...callbacks,
      onMessage: (text, flow) => {
        const worker = workerOfResponse(text, this.#node)
        if (worker === undefined || !this.#handOver(worker, text, flow)) callbacks.onMessage(text, flow)
      },
      onOpened: flow => {
        this.#own.set(flow.id, flow)
        this.#tell(link => tellOpened(link, flow))
        callbacks.onOpened?.(flow)
      },
      onClosed: (flow, reason) => {
        this.#own.delete(flow.id)
        this.#tell(link => tellClosed(link, flow.id))
        callbacks.onClosed?.(flow, reason)
      },
    }
  }

  /**
   * Tells the system which worker a datagram is for.
   * @param order of the workers' sockets
   * @returns whether it goes by that
   */
  steer(order: readonly number[], factor: number): boolean {
    const program = steeringProgram({ node: this.#node, count: this.#count, order, factor })
    return this.#ground?.transports()?.steerDatagrams(program) === true
  }

  /** A worker is there; it hears of every connection that this one holds. */
  joined(worker: number, link: Link): LinkUser {
    const peer = new Peer(worker, link)
    this.#links[worker] = peer
    for (const flow of this.#own.values()) tellOpened(link, flow)
    return {
      onFrame: (kind, frame) => this.#receive(peer, kind, frame),
      onClosed: () => this.#left(peer),
    }
  }

  handOver(branch: string, text: string, flow: Flow): boolean {
    const worker = workerOfBranch(branch, this.#node)
    return worker !== undefined && this.#handOver(worker, text, flow)
  }

  seek(text: string, flow: Flow, nobody: () => void): boolean {
    const asked = this.#links.filter(peer => peer !== undefined)
    if (asked.length === 0 || this.#questions.size >= MAX_QUESTIONS) return false
    if (!this.#mayAsk.allows('', performance.now())) return false
    this.#nextQuestion = (this.#nextQuestion + 1) >>> 0
    const id = this.#nextQuestion
    const late = setTimeout(() => this.#unanswered(id), QUESTION_MS)
    this.#questions.set(id, { nobody, late, open: asked.length })
    for (const { link } of asked) {
      const frame = link.begin(KIND.question, text.length + HEAD_BYTES)
      if (frame === undefined) continue
      frame.u32(id)
      this.#writeFlow(frame, flow)
      frame.latin1(text)
      link.end()
    }
    return true
  }

  callEnded(dialog: string): void {
    const mark = dialog.slice(TOKEN_MARK_AT, TOKEN_MARK_AT + 2)
    const link = this.#links[workerOfTokenMark(mark, this.#node) ?? -1]?.link
    const frame = link?.begin(KIND.callEnded, dialog.length)
    frame?.latin1(dialog)
    if (frame !== undefined) link?.end()
  }

  #handOver(worker: number, text: string, flow: Flow): boolean {
    if (worker === this.#worker) return false
    const link = this.#links[worker]?.link
    if (link === undefined) return false
    const frame = link.begin(KIND.message, text.length + HEAD_BYTES)
    if (frame === undefined) {
      this.#lost.add()
      return true
    }
    this.#writeFlow(frame, flow)
    frame.latin1(text)
    link.end()
    this.#handed.add('response')
    return true
  }

  #receive(peer: Peer, kind: number, frame: FrameReader): void {
    switch (kind) {
      case KIND.message:
        return this.#deliver(this.#readFlow(peer, frame), frame)
      case KIND.question:
        return this.#answer(peer, frame)
      case KIND.answer:
        return this.#answered(frame.u32(), frame.u8() === 0)
      case KIND.guessFailed: {
        const nowMs = frame.f64()
        const user = frame.utf8(frame.u16())
        this.#guessing?.heard(user, frame.restUtf8(), nowMs)
        return
      }
      case KIND.tokenUsed: {
        const nowMs = frame.f64()
        const token = frame.utf8(frame.u16())
        this.#tokens?.heard(token, frame.restUtf8(), nowMs)
        return
      }
      case KIND.passportUsed: {
        const iat = frame.f64()
        const r = frame.latin1(frame.u16())
        this.#passports?.heard(r, frame.restLatin1(), iat)
        return
      }
      case KIND.send:
        if (this.#own.get(frame.f64())?.send(frame.restLatin1()) !== true) this.#lost.add()
        return
      case KIND.flowOpened: {
        const facts: FlowFacts = JSON.parse(frame.restUtf8())
        const flow = new RemoteFlow(facts, (id, text) => this.#sendBy(peer, id, text))
        peer.flows.set(facts.id, flow)
        this.#ground?.flows.opened(flow)
        this.#ground?.transports()?.countElsewhere(facts.remote.ip, 1)
        return
      }
      case KIND.flowClosed:
        return this.#closed(peer, frame.f64())
      case KIND.callEnded:
        this.#ground?.core()?.calls.ended(frame.restLatin1())
        return
    }
  }

  /** A connection by its id; 0, listener and source for a datagram. */
  #writeFlow(frame: FrameWriter, flow: Flow): void {
    if (flow.isReliable) return frame.f64(flow.id)
    frame.f64(0)
    frame.u8(this.#listenerOf(flow.local))
    frame.u16(flow.remote.port)
    frame.short(flow.remote.ip)
  }

  #readFlow(peer: Peer, frame: FrameReader): Flow | undefined {
    const id = frame.f64()
    if (id > 0) return peer.flows.get(id)
    const transports = this.#ground?.transports()
    const listener = transports?.listeners[frame.u8()]
    const port = frame.u16()
    return transports?.datagramFlow({ ip: frame.short(), port }, listener?.address)
  }

  #answer(peer: Peer, frame: FrameReader): void {
    const id = frame.u32()
    const flow = this.#readFlow(peer, frame)
    const isTaken = flow !== undefined && this.#ground?.core()?.receiveSought(frame.restLatin1(), flow)
    const answer = peer.link.begin(KIND.answer, HEAD_BYTES)
    answer?.u32(id)
    answer?.u8(isTaken === true ? 1 : 0)
    if (answer !== undefined) peer.link.end()
    if (isTaken === true) this.#handed.add('sought')
  }

  #unanswered(id: number): void {
    const question = this.#questions.get(id)
    this.#questions.delete(id)
    question?.nobody()
  }

  #answered(id: number, isNo: boolean): void {
    const question = this.#questions.get(id)
    if (question === undefined) return
    if (isNo) question.open -= 1
    if (isNo && question.open > 0) return
    clearTimeout(question.late)
    this.#questions.delete(id)
    if (isNo) question.nobody()
  }

  #deliver(flow: Flow | undefined, frame: FrameReader): void {
    if (flow === undefined) this.#lost.add()
    else this.#ground?.core()?.receive(frame.restLatin1(), flow)
  }

  #sendBy({ link }: Peer, id: number, text: string): boolean {
    const frame = link.begin(KIND.send, text.length + HEAD_BYTES)
    if (frame === undefined) {
      this.#lost.add()
      return false
    }
    frame.f64(id)
    frame.latin1(text)
    link.end()
    this.#handed.add('request')
    return true
  }

  #listenerOf(local: Address): number {
    const listeners = this.#ground?.transports()?.listeners ?? []
    return listeners.findIndex(
      ({ transport, address }) =>
        transport === 'udp' && address.port === local.port && address.ip === local.ip,
    )
  }

  #closed(peer: Peer, id: number): void {
    const flow = peer.flows.get(id)
    if (flow === undefined) return
    peer.flows.delete(id)
    flow.isOpen = false
    this.#ground?.flows.closed(flow)
    this.#ground?.transports()?.countElsewhere(flow.remote.ip, -1)
  }

  #left(peer: Peer): void {
    if (this.#links[peer.worker] === peer) this.#links[peer.worker] = undefined
    for (const id of [...peer.flows.keys()]) this.#closed(peer, id)
  }

  #tell(tell: (link: Link) => void): void {
    if (this.#primary !== undefined) tell(this.#primary)
    for (const peer of this.#links) if (peer !== undefined) tell(peer.link)
  }
}

/** A CANCEL or ACK that the other workers were asked about. */
interface Question {
  readonly nobody: () => void
  readonly late: NodeJS.Timeout
  /** Workers that did not answer yet. */
  open: number
}

/** Another worker, and the connections that it told of. */
class Peer {
  readonly worker: number
  readonly link: Link
  readonly flows = new Map<number, RemoteFlow>()

  constructor(worker: number, link: Link) {
    this.worker = worker
    this.link = link
  }
}

function tellOpened(link: Link, { id, transport, local, remote, peerIdentities }: Flow): void {
  const facts: FlowFacts = { id, transport, local, remote, peerIdentities }
  const text = JSON.stringify(facts)
  const frame = link.begin(KIND.flowOpened, 3 * text.length)
  frame?.utf8(text)
  if (frame !== undefined) link.end()
}

function tellClosed(link: Link, id: number): void {
  const frame = link.begin(KIND.flowClosed, 8)
  frame?.f64(id)
  if (frame !== undefined) link.end()
}

function tellGuess(link: Link, user: string, source: string, nowMs: number): void {
  const frame = link.begin(KIND.guessFailed, HEAD_BYTES + OCTETS_PER_CHAR * (user.length + source.length))
  frame?.f64(nowMs)
  frame?.u16(Buffer.byteLength(user))
  frame?.utf8(user)
  frame?.utf8(source)
  if (frame !== undefined) link.end()
}

function tellToken(link: Link, token: string, call: string, nowMs: number): void {
  const frame = link.begin(KIND.tokenUsed, HEAD_BYTES + OCTETS_PER_CHAR * (token.length + call.length))
  frame?.f64(nowMs)
  frame?.u16(Buffer.byteLength(token))
  frame?.utf8(token)
  frame?.utf8(call)
  if (frame !== undefined) link.end()
}

function tellPassport(link: Link, r: string, callId: string, iat: number): void {
  const frame = link.begin(KIND.passportUsed, HEAD_BYTES + r.length + callId.length)
  frame?.f64(iat)
  frame?.u16(r.length)
  frame?.latin1(r)
  frame?.latin1(callId)
  if (frame !== undefined) link.end()
}
