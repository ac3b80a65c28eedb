import type { Deadline, Deadlines, Due } from '../../../base/deadlines.ts'
import type { Secret } from '../../../base/secret.ts'
import { ATTRIBUTE, type Attribute, CODE, octets } from './attributes.ts'
import { readAnswer, signAccounting, signRequest, UNSIGNED } from './authenticators.ts'
import { Lanes, type Slot } from './lanes.ts'
import { AUTHENTICATOR_OCTETS, type Packet, readPacket, writePacket } from './packet.ts'
import type { RadiusRefusal } from './refusal.ts'
import { retransmissionMs } from './retransmission.ts'

/** One server, as the client sees it. */
export interface RadiusServer {
  readonly label: string
  readonly secret: Secret
  readonly demandsMessageAuthenticator: boolean
  /** TLS: nothing is sent twice on a connection (RFC 6613 §2.2). */
  readonly isStream: boolean
}

export interface RadiusClientSettings {
  /** In the order in which they are asked. */
  readonly servers: readonly RadiusServer[]
  readonly nasIdentifier: string
  /** First wait for an answer; each repetition waits twice as long. */
  readonly timeoutMs: number
  /** Times that one server is asked, at least 1. */
  readonly tries: number
  /** In all, over all servers. */
  readonly giveUpMs: number
  readonly probeMs: number
  /** Dead servers are asked by Status-Server; else by the next question once `probeMs` went by. */
  readonly statusServer: boolean
  /** Source ports or connections to one server, 256 questions each. */
  readonly maxLanes: number
}

/** What the client needs of the outside. */
export interface RadiusWorld {
  readonly deadlines: Deadlines
  /** Monotonic, ms. */
  nowMs(): number
  /** Unpredictable octets. */
  random(octets: number): Buffer
  /** 0 up to 1. */
  jitter(): number
  send(server: number, lane: number, packet: Buffer): void
  /** Something came that was ignored. */
  ignored(server: number, why: RadiusRefusal): void
  sent(server: number, isAgain: boolean): void
  changed(server: number, isUp: boolean): void
}

/** What becomes of a question. */
export type RadiusOutcome =
  | { readonly kind: 'answered'; readonly packet: Packet; readonly server: number; readonly tookMs: number }
  /** Every server is dead, silent or full. */
  | { readonly kind: 'unanswered'; readonly why: 'busy' | 'no-server' | 'too-large' }

/** Consecutive answers to probes after which a server takes over again while another one serves (RFC 3539 §3.4.1). */
const PROBES_TO_RETURN = 3

/**
 * Asks RADIUS servers: a state machine of exchanges and of servers. It opens nothing and reads no clock; sockets give it
 * datagrams, and deadlines time.
 *
 * An exchange is one question at one server at a time: repeated there with the same identifier and authenticator
 * (RFC 5080 §2.2.2), then put to the next server, as a new packet. A server is dead when an exchange ran out of tries and
 * nothing valid came from it since that exchange began there; all that waits for it moves on at once.
 */
export class RadiusClient {
  readonly #settings: RadiusClientSettings
  readonly #world: RadiusWorld
  readonly #servers: ServerState[]

  constructor(settings: RadiusClientSettings, world: RadiusWorld) {
    this.#settings = settings
    this.#world = world
    this.#servers = settings.servers.map(() => new ServerState(settings.maxLanes))
  }

  /** Questions that wait for an answer. */
  get waiting(): number {
    return this.#servers.reduce((sum, { lanes }) => sum + lanes.used, 0)
  }

  isUp(server: number): boolean {
    return this.#servers[server]?.isUp === true
  }

  /**
   * @param code Access-Request, Accounting-Request, or Status-Server for a look at the first server
   * @param attributes without those that name us, and without Message-Authenticator
   * @param done called once, perhaps before this returns
   */
  ask(code: number, attributes: readonly Attribute[], done: (outcome: RadiusOutcome) => void): void {
    const exchange = new Exchange(this, code, [this.#name(), ...attributes], done, this.#world.nowMs())
    this.#next(exchange)
  }

  /** A datagram, or a packet of a stream, from the address of a server. */
  receive(server: number, lane: number, bytes: Buffer): void {
    const state = this.#servers[server]
    const facts = this.#settings.servers[server]
    if (state === undefined || facts === undefined) return
    const read = readPacket(bytes)
    if (!read.ok) return this.#world.ignored(server, read.error)
    const exchange = state.lanes.at(lane, read.value.identifier)
    if (exchange?.slot === undefined) return this.#world.ignored(server, 'unmatched')
    const { identifier } = exchange.slot
    const asked = { code: exchange.code, identifier, authenticator: exchange.authenticator }
    const answer = readAnswer(bytes, asked, facts.secret, facts.demandsMessageAuthenticator)
    if (!answer.ok) return this.#world.ignored(server, answer.error)
    const nowMs = this.#world.nowMs()
    state.lastAnswerMs = nowMs
    this.#leave(exchange)
    if (exchange.code === CODE.statusServer) this.#probed(server, state)
    else if (!state.isUp) this.#up(server, state)
    exchange.end({ kind: 'answered', packet: answer.value, server, tookMs: nowMs - exchange.startedMs })
  }

  /** A connection closed, or could not be opened: what waits on it is put again, here or to the next server. */
  laneFailed(server: number, lane: number): void {
    const state = this.#servers[server]
    if (state === undefined) return
    for (const exchange of state.lanes.waiting(lane)) {
      if (exchange.code === CODE.statusServer) this.#endProbe(exchange)
      else this.#retryOrMove(exchange, this.#settings.tries)
    }
  }

  /** Ends all that waits. */
  close(): void {
    for (const state of this.#servers) {
      this.#world.deadlines.cancel(state.probe)
      for (const exchange of state.lanes.waiting()) {
        this.#leave(exchange)
        exchange.end({ kind: 'unanswered', why: 'no-server' })
      }
    }
  }

  onTimeout(exchange: Exchange): void {
    if (exchange.code === CODE.statusServer) return this.#endProbe(exchange)
    const isStream = this.#settings.servers[exchange.server]?.isStream === true
    const state = this.#servers[exchange.server]
    if (
      !isStream &&
      state?.isUp === true &&
      exchange.tries < this.#settings.tries &&
      this.#isInTime(exchange)
    ) {
      const { slot } = exchange
      if (slot === undefined) return
      exchange.tries += 1
      this.#world.send(exchange.server, slot.lane, exchange.packet)
      this.#world.sent(exchange.server, true)
      this.#wait(exchange)
      return
    }
    this.#retryOrMove(exchange, 0)
  }

  onProbeTime(server: number): void {
    const state = this.#servers[server]
    if (state === undefined || state.isUp) return
    if (this.#settings.statusServer) {
      const probe = new Exchange(this, CODE.statusServer, [this.#name()], () => {}, this.#world.nowMs())
      if (state.probed === state.answered) state.probed += 1
      else {
        // The last one stayed without an answer.
        state.answered = 0
        state.probed = 1
      }
      this.#put(probe, server)
    } else state.mayBeTried = true
    this.#probeLater(server, state)
  }

  #endProbe(exchange: Exchange): void {
    this.#leave(exchange)
    exchange.end({ kind: 'unanswered', why: 'no-server' })
  }

  /** Puts it to the server again where it may be, else to the next one. @param tries at this server */
  #retryOrMove(exchange: Exchange, tries: number): void {
    const { server } = exchange
    const state = this.#servers[server]
    this.#leave(exchange)
    if (state === undefined) return
    if (exchange.tries < tries && state.isUp && this.#isInTime(exchange)) {
      const { tries: before } = exchange
      if (this.#put(exchange, server)) {
        exchange.tries = before + 1
        return
      }
    }
    if (state.lastAnswerMs < exchange.sentMs) this.#down(server, state)
    this.#next(exchange)
  }

  #down(server: number, state: ServerState): void {
    state.trial = undefined
    if (!state.isUp) return
    state.isUp = false
    state.answered = 0
    state.probed = 0
    this.#world.changed(server, false)
    this.#probeLater(server, state)
    for (const exchange of state.lanes.waiting()) {
      this.#leave(exchange)
      if (exchange.code !== CODE.statusServer) this.#next(exchange)
    }
  }

  #up(server: number, state: ServerState): void {
    state.isUp = true
    state.mayBeTried = false
    this.#world.deadlines.cancel(state.probe)
    this.#world.changed(server, true)
  }

  #probed(server: number, state: ServerState): void {
    if (state.isUp) return
    state.answered += 1
    const isNeeded = !this.#servers.some(each => each.isUp)
    if (isNeeded || state.answered >= PROBES_TO_RETURN) this.#up(server, state)
  }

  #probeLater(server: number, state: ServerState): void {
    const { deadlines, nowMs } = this.#world
    deadlines.cancel(state.probe)
    const delayMs = retransmissionMs(undefined, this.#settings.probeMs, this.#world.jitter())
    state.probe = deadlines.set(nowMs(), delayMs, () => this.onProbeTime(server))
  }

  #next(exchange: Exchange): void {
    for (;;) {
      const server = this.#isInTime(exchange) ? this.#serverFor(exchange) : undefined
      if (server === undefined)
        return exchange.end({ kind: 'unanswered', why: exchange.failure ?? 'no-server' })
      exchange.seen.add(server)
      if (this.#put(exchange, server)) return
    }
  }

  #isInTime(exchange: Exchange): boolean {
    return this.#world.nowMs() - exchange.startedMs < this.#settings.giveUpMs
  }

  /** The first that lives; where none does, one question at a time tries a dead one. */
  #serverFor(exchange: Exchange): number | undefined {
    const fits = (test: (state: ServerState) => boolean): number =>
      this.#servers.findIndex((state, server) => !exchange.seen.has(server) && test(state))
    const isTried = ({ trial, mayBeTried }: ServerState): boolean => mayBeTried && trial === undefined
    const returning = fits(state => !state.isUp && isTried(state))
    const alive = fits(({ isUp }) => isUp)
    if (returning >= 0 && (alive < 0 || returning < alive)) return this.#tryWith(exchange, returning)
    if (alive >= 0) return alive
    const dead = this.#servers.some(({ isUp }) => isUp) ? -1 : fits(({ trial }) => trial === undefined)
    return dead < 0 ? undefined : this.#tryWith(exchange, dead)
  }

  #tryWith(exchange: Exchange, server: number): number {
    const state = this.#servers[server]
    if (state !== undefined) {
      state.trial = exchange
      state.mayBeTried = false
    }
    return server
  }

  /** Makes the packet for a server and sends it. */
  #put(exchange: Exchange, server: number): boolean {
    const state = this.#servers[server]
    const facts = this.#settings.servers[server]
    const slot = state?.lanes.take(exchange)
    if (state === undefined || facts === undefined || slot === undefined) {
      exchange.failure = 'busy'
      return false
    }
    const isAccounting = exchange.code === CODE.accountingRequest
    const authenticator = this.#world.random(AUTHENTICATOR_OCTETS)
    const attributes = isAccounting ? exchange.attributes : [UNSIGNED, ...exchange.attributes]
    const packet = writePacket(exchange.code, slot.identifier, authenticator, attributes)
    if (packet === undefined) {
      state.lanes.free(slot)
      exchange.failure = 'too-large'
      return false
    }
    if (isAccounting) signAccounting(packet, facts.secret)
    else signRequest(packet, facts.secret)
    exchange.server = server
    exchange.slot = slot
    exchange.packet = packet
    exchange.authenticator = packet.subarray(4, 4 + AUTHENTICATOR_OCTETS)
    exchange.tries = 1
    exchange.timeoutMs = undefined
    exchange.sentMs = this.#world.nowMs()
    this.#wait(exchange)
    this.#world.sent(server, false)
    // Last: where nothing can be sent, it fails before this returns.
    this.#world.send(server, slot.lane, packet)
    return true
  }

  #wait(exchange: Exchange): void {
    const { deadlines, jitter, nowMs } = this.#world
    exchange.timeoutMs = retransmissionMs(exchange.timeoutMs, this.#settings.timeoutMs, jitter())
    const leftMs = exchange.startedMs + this.#settings.giveUpMs - nowMs()
    const isTrial = this.#servers[exchange.server]?.trial === exchange
    const waitMs = isTrial ? this.#settings.timeoutMs : exchange.timeoutMs
    exchange.deadline = deadlines.set(nowMs(), Math.max(0, Math.min(waitMs, Math.ceil(leftMs))), exchange)
  }

  #leave(exchange: Exchange): void {
    const { slot, server } = exchange
    const state = this.#servers[server]
    this.#world.deadlines.cancel(exchange.deadline)
    if (state?.trial === exchange) state.trial = undefined
    if (slot !== undefined) state?.lanes.free(slot)
    exchange.slot = undefined
  }

  #name(): Attribute {
    return octets(ATTRIBUTE.nasIdentifier, this.#settings.nasIdentifier)
  }
}

class ServerState {
  readonly lanes: Lanes<Exchange>
  isUp = true
  lastAnswerMs = Number.NEGATIVE_INFINITY
  /** When it is asked whether it is back. */
  probe: Deadline | undefined
  probed = 0
  /** Answers to probes without a gap. */
  answered = 0
  /** The next question goes to it although it is down. */
  mayBeTried = false
  trial: Exchange | undefined

  constructor(maxLanes: number) {
    this.lanes = new Lanes(maxLanes)
  }
}

class Exchange implements Due {
  readonly #client: RadiusClient
  readonly code: number
  readonly attributes: readonly Attribute[]
  readonly startedMs: number
  readonly #done: (outcome: RadiusOutcome) => void
  /** Servers that it was put to. */
  readonly seen = new Set<number>()
  server = -1
  slot: Slot | undefined
  packet: Buffer = Buffer.alloc(0)
  authenticator: Buffer = Buffer.alloc(0)
  tries = 0
  timeoutMs: number | undefined
  sentMs = 0
  deadline: Deadline | undefined
  failure: 'busy' | 'too-large' | undefined

  constructor(
    client: RadiusClient,
    code: number,
    attributes: readonly Attribute[],
    done: (outcome: RadiusOutcome) => void,
    startedMs: number,
  ) {
    this.#client = client
    this.code = code
    this.attributes = attributes
    this.startedMs = startedMs
    this.#done = done
  }

  due(): void {
    this.#client.onTimeout(this)
  }

  end(outcome: RadiusOutcome): void {
    this.#done(outcome)
  }
}
