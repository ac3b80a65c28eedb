import type { Result } from '../../../base/result.ts'
import {
  capabilitiesOf,
  isCommand,
  originOf,
  type PeerCapabilities,
  readCapabilities,
  resultOf,
  sessionOf,
  writeAnswer,
  writeRequest,
} from './base-commands.ts'
import { checkMessage, numberOf } from './check.ts'
import { type DiameterHeader, type DiameterMessage, decodeMessage, readHeader } from './decode.ts'
import { type AvpPair, encodeMessage } from './encode.ts'
import type { Malformed } from './fault.ts'
import { PEER_STATES, type PeerAction, type PeerEvent, type PeerState } from './peer-states.ts'
import type { DiameterLink, PeerSettings, PeerWorld } from './peer-world.ts'
import { isSuccess, RESULT } from './result-codes.ts'
import { Watchdog, type WatchdogAction, type WatchdogState } from './watchdog.ts'

type Side = 'I' | 'R'

const FIRST_RETRY_MS = 1000
/** After DPR with another cause than REBOOTING the peer does not want us (RFC 6733 §5.4.3). */
const UNWANTED_RETRY_MS = 300_000

/**
 * One peer: the state machine of RFC 6733 §5.6 with the watchdog of RFC 3539. Knows nothing of requests; what it
 * decides comes out by `PeerWorld`, time comes in.
 */
export class Peer {
  readonly settings: PeerSettings
  readonly #world: PeerWorld
  readonly #watchdog: Watchdog
  #state: PeerState = 'closed'
  readonly #links: { I: DiameterLink | undefined; R: DiameterLink | undefined } = {
    I: undefined,
    R: undefined,
  }
  /** The CER of a connection that the peer opened, until it is answered. */
  #greeting: DiameterMessage | undefined
  #capabilities: PeerCapabilities | undefined
  #isWanted = false
  #retryMs = FIRST_RETRY_MS
  #retryDueMs = Number.POSITIVE_INFINITY
  #timeoutDueMs = Number.POSITIVE_INFINITY
  #disconnectCause = 0

  constructor(settings: PeerSettings, world: PeerWorld) {
    this.settings = settings
    this.#world = world
    this.#watchdog = new Watchdog(settings.watchdogMs, () => world.chance())
  }

  get state(): PeerState {
    return this.#state
  }

  get watchdogState(): WatchdogState {
    return this.#watchdog.state
  }

  /** Realm that it gave in the capabilities exchange; '' before. */
  get realm(): string {
    return this.#capabilities?.realm ?? ''
  }

  get isOpen(): boolean {
    return this.#state === 'i-open' || this.#state === 'r-open'
  }

  /** 2: use it. 1: open, but it has to prove itself again: use it when there is nobody else. 0: not. */
  get fitness(): 0 | 1 | 2 {
    if (!this.isOpen) return 0
    if (this.#watchdog.state === 'okay') return 2
    return this.#watchdog.state === 'reopen' ? 1 : 0
  }

  /** When `run` is due. */
  get dueMs(): number {
    return Math.min(this.#retryDueMs, this.#timeoutDueMs, this.#watchdog.dueMs)
  }

  /** Connects now, and again whenever the connection is lost. */
  start(nowMs: number): void {
    this.#isWanted = true
    this.#step('Start', nowMs)
  }

  /** Says goodbye. @param cause Disconnect-Cause */
  stop(cause: number, nowMs: number): void {
    this.#isWanted = false
    this.#retryDueMs = Number.POSITIVE_INFINITY
    this.#disconnectCause = cause
    this.#step('Stop', nowMs)
  }

  /** The connection that `connect` asked for is there. */
  connected(link: DiameterLink, nowMs: number): void {
    if (this.#links.I !== undefined || !this.#knows('I-Rcv-Conn-Ack')) {
      link.close()
      return
    }
    this.#links.I = link
    this.#step('I-Rcv-Conn-Ack', nowMs)
  }

  connectFailed(detail: string, nowMs: number): void {
    if (!this.#knows('I-Rcv-Conn-Nack')) return
    this.#world.news('connect-failed', detail)
    this.#step('I-Rcv-Conn-Nack', nowMs)
  }

  /**
   * The peer opened a connection and its CER came.
   * @param greeting a CER that is well formed
   */
  accept(link: DiameterLink, greeting: DiameterMessage, nowMs: number): void {
    const capabilities = readCapabilities(greeting)
    const wrong = this.#capabilitiesFault(capabilities)
    if (wrong !== undefined) {
      this.#world.news(wrong === RESULT.unknownPeer ? 'identity-wrong' : 'no-common-application')
      link.send(this.#answerTo(greeting, wrong, capabilitiesOf(this.#world.identity, link.localIp)))
      link.close()
      return
    }
    const step = PEER_STATES[this.#state]['R-Conn-CER']
    if (step === undefined || step.includes('R-Reject')) {
      link.close()
      return
    }
    this.#links.R = link
    this.#greeting = greeting
    this.#capabilities = capabilities
    this.#step('R-Conn-CER', nowMs)
  }

  /** A connection is gone without us. */
  closed(link: DiameterLink, nowMs: number): void {
    const side = this.#sideOf(link)
    if (side === undefined) return
    if (this.isOpen) this.#world.news('closed')
    this.#step(side === 'I' ? 'I-Peer-Disc' : 'R-Peer-Disc', nowMs)
  }

  /** Sends a request or an answer of an application. @returns false when it is not open, or does not read */
  send(bytes: Buffer, nowMs: number): boolean {
    const link = this.#links[this.#state === 'r-open' ? 'R' : 'I']
    if (!this.isOpen || link === undefined) return false
    if (link.send(bytes)) return true
    this.#world.news('send-queue-full')
    this.#lose(nowMs)
    return false
  }

  /** One message of one of its connections. @param bytes as `DiameterFramer` cut it */
  receive(link: DiameterLink, bytes: Buffer, nowMs: number): void {
    const side = this.#sideOf(link)
    if (side === undefined) return
    const message = readMessage(bytes)
    if (message.ok) this.#received(side, message.value, nowMs)
    else this.#receivedBad(side, readHeader(bytes), message.error, nowMs)
  }

  /** Does what is due. */
  run(nowMs: number): void {
    if (nowMs >= this.#retryDueMs) {
      this.#retryDueMs = Number.POSITIVE_INFINITY
      this.#step('Start', nowMs)
    }
    if (nowMs >= this.#timeoutDueMs) {
      this.#timeoutDueMs = Number.POSITIVE_INFINITY
      this.#world.news('handshake-timeout')
      this.#step('Timeout', nowMs)
    }
    if (nowMs >= this.#watchdog.dueMs) this.#perform(this.#watchdog.expired(nowMs), nowMs)
  }

  #received(side: Side, message: DiameterMessage, nowMs: number): void {
    if (this.#state === 'wait-i-cea' || this.#state === 'wait-returns') {
      if (side === 'I') this.#receivedFirst(message, nowMs)
      return
    }
    if (!this.isOpen) {
      if (!message.isRequest && isCommand(message, 'DP')) this.#step(`${side}-Rcv-DPA`, nowMs)
      return
    }
    const isWatchdogAnswer = !message.isRequest && isCommand(message, 'DW')
    this.#perform(this.#watchdog.received(isWatchdogAnswer, nowMs), nowMs)
    if (isWatchdogAnswer) this.#step(`${side}-Rcv-DWA`, nowMs)
    else if (isCommand(message, 'DW')) this.#step(`${side}-Rcv-DWR`, nowMs, message)
    else if (isCommand(message, 'DP') && message.isRequest) this.#goodbye(side, message, nowMs)
    else if (isCommand(message, 'CE') && message.isRequest) this.#refuse(side, message, RESULT.unableToComply)
    else if (message.applicationId !== 0) this.#step(`${side}-Rcv-Message`, nowMs, message)
  }

  /** RFC 6733 §5.3.2: the first thing that comes must be the CEA. */
  #receivedFirst(message: DiameterMessage, nowMs: number): void {
    if (message.isRequest || !isCommand(message, 'CE') || !isSuccess(resultOf(message))) {
      this.#world.news('refused', message.isRequest ? undefined : String(resultOf(message)))
      this.#step(this.#state === 'wait-i-cea' ? 'I-Rcv-Non-CEA' : 'I-Peer-Disc', nowMs)
      return
    }
    const capabilities = readCapabilities(message)
    const wrong = this.#capabilitiesFault(capabilities)
    if (wrong !== undefined) {
      this.#world.news(
        wrong === RESULT.unknownPeer ? 'identity-wrong' : 'no-common-application',
        capabilities.host,
      )
      this.#step(this.#state === 'wait-i-cea' ? 'I-Rcv-Non-CEA' : 'I-Peer-Disc', nowMs)
      return
    }
    this.#capabilities = capabilities
    this.#step('I-Rcv-CEA', nowMs)
  }

  #receivedBad(side: Side, header: DiameterHeader, malformed: Malformed, nowMs: number): void {
    this.#world.refused(malformed.fault)
    if (!this.isOpen) {
      if (this.#state === 'wait-i-cea') {
        this.#world.news('refused', malformed.fault)
        this.#step('I-Rcv-Non-CEA', nowMs)
      }
      return
    }
    this.#perform(this.#watchdog.received(false, nowMs), nowMs)
    if (!header.isRequest) {
      this.#world.unusable(header.hopByHop, malformed.fault)
      return
    }
    const isError = malformed.resultCode >= 3000 && malformed.resultCode < 4000
    const failed: readonly AvpPair[] =
      malformed.failedAvp === undefined ? [] : [['Failed-AVP', malformed.failedAvp]]
    const avps: readonly AvpPair[] = [
      ...originOf(this.#world.identity),
      ['Result-Code', malformed.resultCode],
      ['Error-Message', malformed.fault],
      ...failed,
    ]
    // §7.2: what cannot have the grammar of its command is an error message, whatever the class of its result.
    this.#links[side]?.send(
      encodeMessage({ ...header, isRequest: false, isRetransmission: false, isError: true }, avps),
    )
    if (isError) this.#world.news('refused', malformed.fault)
  }

  #goodbye(side: Side, message: DiameterMessage, nowMs: number): void {
    const cause = numberOf(message.avps, 'Disconnect-Cause') ?? 0
    this.#world.news('disconnect-requested', String(cause))
    this.#retryMs = cause === 0 ? FIRST_RETRY_MS : UNWANTED_RETRY_MS
    this.#step(`${side}-Rcv-DPR`, nowMs, message)
    this.#watchdog.parted()
    this.#world.failover()
  }

  #refuse(side: Side, to: DiameterMessage, resultCode: number): void {
    const link = this.#links[side]
    const capabilities = isCommand(to, 'CE') ? capabilitiesOf(this.#world.identity, link?.localIp ?? '') : []
    link?.send(this.#answerTo(to, resultCode, capabilities))
  }

  #capabilitiesFault({ host, speaksSip }: PeerCapabilities): number | undefined {
    if (host !== this.settings.host) return RESULT.unknownPeer
    return speaksSip ? undefined : RESULT.noCommonApplication
  }

  #sideOf(link: DiameterLink): Side | undefined {
    if (link === this.#links.I) return 'I'
    return link === this.#links.R ? 'R' : undefined
  }

  #knows(event: PeerEvent): boolean {
    return PEER_STATES[this.#state][event] !== undefined
  }

  #step(event: PeerEvent, nowMs: number, message?: DiameterMessage): void {
    const step = PEER_STATES[this.#state][event]
    if (step === undefined) return
    const [next, ...actions] = step
    const before = this.#state
    this.#state = next
    for (const action of actions) this.#act(action, nowMs, message)
    if (this.#state === next && next !== before) this.#entered(before, nowMs)
  }

  #entered(before: PeerState, nowMs: number): void {
    switch (this.#state) {
      case 'i-open':
      case 'r-open':
        this.#timeoutDueMs = Number.POSITIVE_INFINITY
        this.#world.news('open')
        this.#perform(this.#watchdog.up(nowMs), nowMs)
        return
      case 'closed': {
        this.#timeoutDueMs = Number.POSITIVE_INFINITY
        // Who left in due form did not fail.
        if (before === 'closing') this.#watchdog.parted()
        this.#perform(this.#watchdog.down(), nowMs)
        if (this.#isWanted) this.#retryLater(nowMs)
        return
      }
      default:
        this.#timeoutDueMs = nowMs + this.settings.handshakeMs
    }
  }

  #retryLater(nowMs: number): void {
    // A quarter of chance, so that servers that lost the same peer do not all come back at once.
    this.#retryDueMs = nowMs + Math.round(this.#retryMs * (1 + this.#world.chance() / 4))
    this.#retryMs = Math.min(this.#retryMs * 2, this.settings.maxRetryMs)
  }

  #act(action: PeerAction, nowMs: number, message: DiameterMessage | undefined): void {
    const { identity } = this.#world
    switch (action) {
      case 'I-Snd-Conn-Req':
        return this.#world.connect()
      case 'I-Snd-CER':
        return this.#sendOwn('I', 'CE', capabilitiesOf(identity, this.#links.I?.localIp ?? ''))
      case 'I-Snd-DPR':
      case 'R-Snd-DPR':
        return this.#sendOwn(sideIn(action), 'DP', [
          ...originOf(identity),
          ['Disconnect-Cause', this.#disconnectCause],
        ])
      case 'I-Snd-DPA':
      case 'R-Snd-DPA':
      case 'I-Snd-DWA':
      case 'R-Snd-DWA':
        if (message !== undefined) this.#refuse(sideIn(action), message, RESULT.success)
        return
      case 'R-Snd-CEA':
        return this.#answerGreeting()
      case 'I-Disc':
      case 'R-Disc':
        return this.#close(sideIn(action))
      case 'R-Accept':
      case 'R-Reject':
        return
      case 'Elect':
        // §5.6.4: the responder survives where our name comes later in the alphabet.
        if (identity.host > this.settings.host) this.#step('Win-Election', nowMs)
        return
      case 'Error':
        this.#world.abandon()
        this.#close('I')
        return this.#close('R')
      case 'Process':
        if (message !== undefined) this.#world.received(message)
        return
      case 'Process-DWA':
        return
    }
  }

  #answerGreeting(): void {
    const { R } = this.#links
    if (R === undefined || this.#greeting === undefined) return
    R.send(this.#answerTo(this.#greeting, RESULT.success, capabilitiesOf(this.#world.identity, R.localIp)))
    this.#greeting = undefined
  }

  #answerTo(to: DiameterMessage, resultCode: number, capabilities: readonly AvpPair[]): Buffer {
    const origin = capabilities.length > 0 ? capabilities : originOf(this.#world.identity)
    return writeAnswer(to, [...sessionOf(to), ['Result-Code', resultCode], ...origin])
  }

  #sendOwn(side: Side, name: 'CE' | 'DP' | 'DW', avps: readonly AvpPair[]): void {
    this.#links[side]?.send(writeRequest(name, this.#world.nextIds(), avps))
  }

  #perform(actions: readonly WatchdogAction[], nowMs: number): void {
    for (const action of actions) {
      switch (action) {
        case 'send-watchdog':
          this.#sendOwn(this.#state === 'r-open' ? 'R' : 'I', 'DW', [
            ...originOf(this.#world.identity),
            ['Origin-State-Id', this.#world.identity.stateId],
          ])
          break
        case 'failover':
          this.#world.news('failover')
          this.#world.failover()
          break
        case 'failback':
          this.#retryMs = FIRST_RETRY_MS
          break
        case 'close':
          this.#world.news('watchdog-failed')
          this.#lose(nowMs)
      }
    }
  }

  /** Treats the connection as if it had broken. */
  #lose(nowMs: number): void {
    this.#step(this.#state === 'r-open' ? 'R-Peer-Disc' : 'I-Peer-Disc', nowMs)
  }

  #close(side: Side): void {
    const link = this.#links[side]
    this.#links[side] = undefined
    link?.close()
  }
}

function sideIn(action: PeerAction): Side {
  return action.startsWith('R') ? 'R' : 'I'
}

function readMessage(bytes: Buffer): Result<DiameterMessage, Malformed> {
  const decoded = decodeMessage(bytes)
  if (!decoded.ok) return decoded
  const wrong = checkMessage(decoded.value)
  return wrong === undefined ? decoded : { ok: false, error: wrong }
}
