import { LIMITS } from '../../../base/limits.ts'
import { failed, ok, type Result } from '../../../base/result.ts'
import { type DiameterIdentity, resultOf, writeRequest } from './base-commands.ts'
import { textOf } from './check.ts'
import { type CommandName, commandOf } from './commands.ts'
import type { DiameterMessage } from './decode.ts'
import { type AvpPair, readdressed } from './encode.ts'
import type { DiameterFault } from './fault.ts'
import { DiameterIds } from './ids.ts'
import { Peer } from './peer.ts'
import type { PeerNews, PeerSettings, PeerWorld } from './peer-world.ts'
import { isProtocolError, RESULT } from './result-codes.ts'

/** Why a request has no answer. One a line, sorted; logs and metrics know it by these. */
export type AskFailure =
  /** No peer is open. */
  | 'no-peer'
  /** Every peer that is open failed it. */
  | 'not-delivered'
  /** We are stopping. */
  | 'stopped'
  /** Nobody answered in time. */
  | 'timeout'
  /** As many wait already as may. */
  | 'too-many-pending'
  /** The answer cannot be used. */
  | 'unusable-answer'

/** An answer of the right command, session and grammar. */
export interface Answered {
  readonly message: DiameterMessage
  readonly peer: Peer
}

/** What became of a request. */
export type Asked = Result<Answered, AskFailure>

/** What a client asks of the world around it. */
export interface ClientWorld {
  /** Opens a connection to a peer; tell the peer how it went, later. */
  connect(peer: Peer): void
  /** Gives up an attempt that is under way. */
  abandon(peer: Peer): void
  /** A request of a peer came (RTR, PPR): its answer goes back by `peer.send`. */
  requested(peer: Peer, request: DiameterMessage): void
  news(peer: Peer, what: PeerNews, detail: string | undefined): void
  /** A message was refused, or an answer that nobody waits for was passed over: counted. */
  refused(peer: Peer, why: DiameterFault | 'answer-unmatched'): void
  random(bytes: number): Buffer
  nowMs(): number
}

export interface ClientSettings {
  readonly identity: DiameterIdentity
  /** In the order in which they are used. */
  readonly peers: readonly PeerSettings[]
  /** How long one peer may take to answer, ms; then the next is asked. */
  readonly answerMs: number
}

/** One request on its way. */
interface Pending {
  readonly name: CommandName
  readonly bytes: Buffer
  readonly endToEnd: number
  readonly session: string
  readonly done: (asked: Asked) => void
  readonly tried: Set<Peer>
  /** It may have reached somebody: the T bit (RFC 6733 §3). */
  mayBeDuplicate: boolean
  peer: Peer
  hopByHop: number
  dueMs: number
}

/** Requests to peers in order: matching, time limits, failover. */
export class DiameterClient {
  readonly peers: readonly Peer[]
  readonly #settings: ClientSettings
  readonly #world: ClientWorld
  readonly #ids: DiameterIds
  /** By hop-by-hop identifier, in the order of their deadlines: all wait equally long. */
  readonly #pending = new Map<number, Pending>()

  constructor(settings: ClientSettings, world: ClientWorld) {
    this.#settings = settings
    this.#world = world
    this.#ids = new DiameterIds(settings.identity.host, settings.identity.stateId, n => world.random(n))
    this.peers = settings.peers.map(each => {
      const peer: Peer = new Peer(
        each,
        this.#worldOf(() => peer),
      )
      return peer
    })
  }

  /** Requests that wait for an answer. */
  get pending(): number {
    return this.#pending.size
  }

  start(nowMs: number): void {
    for (const peer of this.peers) peer.start(nowMs)
  }

  /** Says goodbye to all. What waits has failed. @param cause Disconnect-Cause */
  stop(cause: number, nowMs: number): void {
    for (const pending of [...this.#pending.values()]) this.#end(pending, failed('stopped'))
    for (const peer of this.peers) peer.stop(cause, nowMs)
  }

  /** When `run` is due next. */
  get dueMs(): number {
    const [first] = this.#pending.values()
    const peers = Math.min(...this.peers.map(peer => peer.dueMs))
    return first === undefined ? peers : Math.min(peers, first.dueMs)
  }

  /** Does what is due. */
  run(nowMs: number): void {
    for (const pending of this.#pending.values()) {
      if (pending.dueMs > nowMs) break
      pending.mayBeDuplicate = true
      this.#again(pending, 'timeout', nowMs)
    }
    for (const peer of this.peers) peer.run(nowMs)
  }

  /**
   * Sends a request of the SIP application to the first peer that is fit; `done` is called once, perhaps at once.
   * @param avps all but Session-Id
   */
  ask(name: CommandName, avps: readonly AvpPair[], nowMs: number, done: (asked: Asked) => void): void {
    if (this.#pending.size >= LIMITS.maxDiameterPending) return done(failed('too-many-pending'))
    const peer = this.#fittest(new Set())
    if (peer === undefined) return done(failed('no-peer'))
    const session = this.#ids.session()
    const endToEnd = this.#ids.endToEnd()
    const bytes = writeRequest(name, { hopByHop: 0, endToEnd }, [['Session-Id', session], ...avps])
    const tried = new Set<Peer>()
    const pending = { name, bytes, endToEnd, session, done, tried, mayBeDuplicate: false, peer, hopByHop: 0 }
    this.#send({ ...pending, dueMs: 0 }, peer, nowMs)
  }

  #send(pending: Pending, peer: Peer, nowMs: number): void {
    pending.peer = peer
    pending.tried.add(peer)
    pending.hopByHop = this.#ids.hopByHop()
    pending.dueMs = nowMs + this.#settings.answerMs
    this.#pending.set(pending.hopByHop, pending)
    const bytes = readdressed(pending.bytes, pending.hopByHop, pending.mayBeDuplicate)
    // A peer that cannot take it has failed over already, and this one with it.
    if (!peer.send(bytes, nowMs) && this.#pending.get(pending.hopByHop) === pending)
      this.#again(pending, 'not-delivered', nowMs)
  }

  /** The next peer, or the end. */
  #again(pending: Pending, why: AskFailure, nowMs: number): void {
    this.#pending.delete(pending.hopByHop)
    const peer = this.#fittest(pending.tried)
    if (peer === undefined) pending.done(failed(why))
    else this.#send(pending, peer, nowMs)
  }

  #end(pending: Pending, asked: Asked): void {
    this.#pending.delete(pending.hopByHop)
    pending.done(asked)
  }

  /** The first in order that answers; one that came back and has not proved itself yet when there is no other. */
  #fittest(tried: ReadonlySet<Peer>): Peer | undefined {
    let best: Peer | undefined
    for (const peer of this.peers) {
      if (!tried.has(peer) && peer.fitness > (best?.fitness ?? 0)) best = peer
    }
    return best
  }

  #received(peer: Peer, message: DiameterMessage): void {
    if (message.isRequest) return this.#world.requested(peer, message)
    const pending = this.#pending.get(message.hopByHop)
    if (pending === undefined || !isAnswerTo(message, pending, peer)) {
      this.#world.refused(peer, 'answer-unmatched')
      return
    }
    const result = resultOf(message)
    // An error answer tells that nobody did it, so that another may (RFC 6733 §7.1.3); the T bit stays clear.
    if (result === RESULT.unableToDeliver || result === RESULT.tooBusy || result === RESULT.loopDetected)
      return this.#again(pending, 'not-delivered', this.#world.nowMs())
    this.#end(pending, isProtocolError(result) ? failed('not-delivered') : ok({ message, peer }))
  }

  #failover(peer: Peer): void {
    const nowMs = this.#world.nowMs()
    for (const pending of [...this.#pending.values()]) {
      if (pending.peer !== peer) continue
      pending.mayBeDuplicate = true
      this.#again(pending, 'not-delivered', nowMs)
    }
  }

  #unusable(peer: Peer, hopByHop: number): void {
    const pending = this.#pending.get(hopByHop)
    if (pending?.peer === peer) this.#end(pending, failed('unusable-answer'))
  }

  #worldOf(peer: () => Peer): PeerWorld {
    const world = this.#world
    const ids = this.#ids
    return {
      identity: this.#settings.identity,
      connect: () => world.connect(peer()),
      abandon: () => world.abandon(peer()),
      received: message => this.#received(peer(), message),
      unusable: hopByHop => this.#unusable(peer(), hopByHop),
      refused: fault => world.refused(peer(), fault),
      failover: () => this.#failover(peer()),
      news: (what, detail) => world.news(peer(), what, detail),
      nextIds: () => ({ hopByHop: ids.hopByHop(), endToEnd: ids.endToEnd() }),
      chance: () => world.random(4).readUInt32BE(0) / 0x1_0000_0000,
    }
  }
}

/** Whether an answer is to this request and comes from where it went (RFC 6733 §6.2). */
function isAnswerTo(answer: DiameterMessage, pending: Pending, peer: Peer): boolean {
  const { code, applicationId } = commandOf(pending.name)
  const session = textOf(answer.avps, 'Session-Id')
  return (
    pending.peer === peer &&
    answer.endToEnd === pending.endToEnd &&
    answer.code === code &&
    answer.applicationId === applicationId &&
    (session === pending.session || (session === undefined && answer.isError))
  )
}
