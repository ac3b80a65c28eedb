import { performance } from 'node:perf_hooks'
import type { Deadline, Deadlines } from '../../base/deadlines.ts'
import type { Flow } from '../../base/flow.ts'
import { REMOTE } from '../../net/batch-layout.ts'
import { type DatagramCounts, SYSTEM_BUFFER_BYTES } from '../../net/datagrams.ts'
import { addressText } from '../../net/udp-address.ts'
import type { Config } from '../config/config.ts'
import type { Log } from '../log.ts'
import type { Metrics } from '../metrics.ts'
import { type AccountBounds, AccountRates } from './account-rates.ts'
import { FavouredNetworks } from './favoured.ts'
import { Heaviest } from './heaviest.ts'
import { Lanes, NOT_READ, type NotRead } from './lanes.ts'
import { type Figures, sampleBetween } from './measure.ts'
import { NeighbourControl } from './neighbour-control.ts'
import { Overload, type RequestClass } from './overload.ts'
import { Strain, type Strained } from './strain.ts'
import { StrangerAnswers } from './stranger-answers.ts'

/** Between two looks. */
const LOOK_MS = 50
/** Of datagrams that are not read so many are looked at closer: a flood tells enough. */
const SAMPLE = 16
/** A source that fewer datagrams a second were refused of is nobody special. */
const LEAST_TOLD = 20
const CLASSES = ['strangers', 'new', 'registrations'] as const

/** What admission is told about itself by whoever watches: detection. */
export interface AdmissionListener {
  /** Once a second at most for a source. @param ip as text @param messages not read since it was told last */
  limited(ip: string, messages: number, why: string): void
  strained(what: 'event-loop-lag' | 'shedding', value: number): void
}

/** Orders of detection, as admission asks for them. */
export interface Police {
  readonly bans: {
    readonly size: number
    /** Whether a source is refused; counts it. @param ip IPv4, or IPv6 without brackets */
    refuses(ip: string): boolean
  }
  /** Nothing is ordered about any address but bans. */
  readonly isIdle: boolean
  /** What comes unproved from there is heard last. */
  isLowered(ip: string): boolean
}

/** What admission stands on. */
export interface AdmissionParts {
  readonly log: Log
  readonly metrics: Metrics
  readonly deadlines: Deadlines
  /** Monotonic, ms. */
  nowMs(): number
  trunkOf(flow: Flow): { readonly isTrusted: boolean } | undefined
  readonly listener?: AdmissionListener
}

/**
 * Who is heard while more comes than can be done: it watches how long messages wait, and sets the lanes of datagrams
 * before parsing and the classes of requests behind it by that.
 */
export class Admission {
  readonly lanes: Lanes
  readonly overload: Overload
  readonly strangerAnswers: StrangerAnswers
  readonly accountRates: AccountRates
  /** Absent without neighbours. */
  neighbours: NeighbourControl | undefined
  /** Set where detection may give orders. */
  police: Police | undefined
  readonly #parts: AdmissionParts
  readonly #loggedIn = new WeakSet<Flow>()
  readonly #heaviest = new Heaviest()
  readonly #notRead: Readonly<Record<NotRead, { add(): void }>>
  readonly #leftOut: { add(): void }
  #strain: Strain
  #waitMs: number
  #strangersShare: number
  #state: Strained = { isStrained: false, share: 1, pressure: 0 }
  #datagrams: () => readonly DatagramCounts[] = () => []
  #before: Figures | undefined
  #deadline: Deadline | undefined
  #isOpen = false
  #sampled = 0
  #toldMs = 0
  #beganMs = 0
  #refusedBefore = 0
  #shed = 0
  #shedTold = 0

  constructor(config: Config, parts: AdmissionParts) {
    this.#parts = parts
    const { metrics } = parts
    const notRead = metrics.counters(
      'aspis_datagrams_not_read_total',
      'Datagrams not read while more came than can be done, by reason',
      'reason',
      NOT_READ,
    )
    this.#notRead = {
      'flow-over-budget': notRead.of('flow-over-budget'),
      'no-sip': notRead.of('no-sip'),
      'stranger-over-budget': notRead.of('stranger-over-budget'),
      'stray-response': notRead.of('stray-response'),
    }
    const shed = metrics.counters(
      'aspis_requests_shed_total',
      'Requests refused under overload, by class',
      'class',
      CLASSES,
    )
    this.lanes = new Lanes({
      nowMs: () => parts.nowMs(),
      notRead: (why, words, at) => {
        this.#notRead[why].add()
        this.#sampled += 1
        if (this.#sampled % SAMPLE === 0) this.#heaviest.add(words, at)
      },
      isLowered: (words, at) => this.police?.isIdle === false && this.police.isLowered(textOf(words, at)),
    })
    this.overload = new Overload({
      trunkOf: flow => parts.trunkOf(flow),
      takesPart: flow => this.neighbours?.takesPart(flow) === true,
      isLoggedIn: flow => this.#loggedIn.has(flow),
      shed: (kind: RequestClass) => {
        this.#shed += 1
        shed.add(CLASSES[kind ?? 0])
      },
    })
    this.#leftOut = metrics.counter(
      'aspis_requests_left_out_total',
      'Requests not sent since a neighbour asked for fewer',
    )
    metrics.gauge(
      'aspis_strained',
      '1 while more comes than can be done',
      () => (this.#state.isStrained ? 1 : 0),
      'max',
    )
    metrics.gauge(
      'aspis_strangers_share',
      'Part of the processor time that unknown sources may take',
      () => this.#state.share,
      'min',
    )
    metrics.gauge(
      'aspis_overload_pressure',
      'Classes of requests that are refused: each whole number one class wholly',
      () => this.#state.pressure,
      'max',
    )
    this.strangerAnswers = new StrangerAnswers({
      metrics,
      nowMs: () => parts.nowMs(),
      isNeighbour: flow => parts.trunkOf(flow) !== undefined,
    })
    const { waitMs, strangersShare, unboundedAccounts } = config.limits
    this.#strain = new Strain(waitMs, strangersShare)
    this.#waitMs = waitMs
    this.#strangersShare = strangersShare
    this.accountRates = new AccountRates(accountBounds(config), unboundedAccounts)
    this.configure(config)
  }

  /** Takes over a configuration. */
  configure(config: Config): void {
    this.strangerAnswers.configure(config)
    this.#isOpen = config.unauthenticatedMethods.size > 0
    const trunks = config.trunks.flatMap(({ addresses }) => [...addresses])
    this.lanes.favoured = new FavouredNetworks([...trunks, ...config.detection.allow])
    if (config.trunks.length > 0) this.neighbours ??= this.#control()
    else this.neighbours = undefined
    const { waitMs, strangersShare, unboundedAccounts } = config.limits
    this.accountRates.configure(accountBounds(config), unboundedAccounts)
    if (waitMs === this.#waitMs && strangersShare === this.#strangersShare) return
    this.#strain = new Strain(waitMs, strangersShare)
    this.#waitMs = waitMs
    this.#strangersShare = strangersShare
  }

  /** @param datagrams what went through the sockets since their start */
  start(datagrams: () => readonly DatagramCounts[]): void {
    this.#datagrams = datagrams
    this.#warnOfSmallBuffers()
    this.#arm()
  }

  stop(): void {
    this.#parts.deadlines.cancel(this.#deadline)
    this.#deadline = undefined
  }

  /** False while nobody is banned. */
  get isAsking(): boolean {
    return this.police !== undefined && this.police.bans.size > 0
  }

  /** Whether a source is heard at all. */
  admits(ip: string): boolean {
    return this.police === undefined || !this.police.bans.refuses(ip)
  }

  /** Credentials were accepted by this flow. */
  loggedIn(flow: Flow): void {
    if (flow.isReliable) this.#loggedIn.add(flow)
    else this.strangerAnswers.loggedIn(flow)
  }

  /** Takes a look, and acts by what it sees. @param dueMs when it was to come */
  look(dueMs: number): Strained {
    const nowMs = this.#parts.nowMs()
    const { active, idle } = performance.eventLoopUtilization()
    const figures: Figures = {
      nowMs,
      dueMs,
      datagrams: this.#datagrams(),
      loop: { active, idle },
      refused: this.lanes.refused,
      isOpen: this.#isOpen,
    }
    const before = this.#before ?? figures
    this.#before = figures
    const sample = sampleBetween(before, figures)
    this.#become(this.#strain.look(sample), nowMs)
    this.#tell(nowMs, sample.lagMs + sample.queueMs)
    return this.#state
  }

  #control(): NeighbourControl {
    return new NeighbourControl({
      nowMs: () => this.#parts.nowMs(),
      wallMs: Date.now,
      isNeighbour: flow => this.#parts.trunkOf(flow) !== undefined,
      leftOut: () => this.#leftOut.add(),
    })
  }

  #arm(): void {
    const { deadlines, nowMs } = this.#parts
    const now = nowMs()
    this.#deadline = deadlines.set(now, LOOK_MS, () => {
      this.look(now + LOOK_MS)
      this.#arm()
    })
  }

  #become(state: Strained, nowMs: number): void {
    const was = this.#state
    this.#state = state
    this.overload.pressure = state.pressure
    // Their calls are the second class.
    this.neighbours?.demand(Math.round(100 * Math.min(1, Math.max(0, state.pressure - 1))))
    if (state.isStrained) this.lanes.strain(state.share)
    else this.lanes.relax()
    if (state.isStrained === was.isStrained) return
    const { log } = this.#parts
    if (state.isStrained) {
      this.#beganMs = nowMs
      this.#refusedBefore = this.lanes.refused + this.#shed
      log.warn('strained', { means: 'unknown sources are heard less until it is over' })
      return
    }
    const seconds = Math.round((nowMs - this.#beganMs) / 1000)
    log.info('strain-over', { seconds, refused: this.lanes.refused + this.#shed - this.#refusedBefore })
  }

  /** Detection hears of it once a second. */
  #tell(nowMs: number, waitMs: number): void {
    if (nowMs - this.#toldMs < 1000) return
    const seconds = Math.max(1, (nowMs - this.#toldMs) / 1000)
    this.#toldMs = nowMs
    const { listener } = this.#parts
    if (!this.#state.isStrained || listener === undefined) return
    this.#heaviest.drain(LEAST_TOLD / SAMPLE, (words, count) => {
      listener.limited(textOf(words, -REMOTE), count * SAMPLE, 'over-budget')
    })
    if (waitMs > this.#waitMs) listener.strained('event-loop-lag', Math.round(waitMs))
    const shed = this.#shed - this.#shedTold
    this.#shedTold = this.#shed
    if (shed > 0) listener.strained('shedding', Math.round(shed / seconds))
  }

  #warnOfSmallBuffers(): void {
    for (const { receiveBufferBytes } of this.#datagrams()) {
      if (receiveBufferBytes === 0 || receiveBufferBytes >= SYSTEM_BUFFER_BYTES) continue
      this.#parts.log.warn('receive-buffer-small', {
        bytes: receiveBufferBytes,
        wanted: SYSTEM_BUFFER_BYTES,
        setting: 'net.core.rmem_max',
      })
      return
    }
  }
}

/** The source in the words of a datagram. */
function textOf(words: Int32Array, at: number): string {
  const [a = 0, b = 0, c = 0, d = 0] = words.subarray(at + REMOTE, at + REMOTE + 4)
  return addressText(a, b, c, d, (b | c | d) !== 0)
}

function accountBounds({ limits }: Config): AccountBounds {
  return { perAccount: limits.requestsPerAccount, textsPerCallee: limits.textsPerCallee }
}
