import { BoundedMap } from '../base/bounded-map.ts'
import { LIMITS } from '../base/limits.ts'
import type { Finding } from './finding.ts'
import { type Incident, Incidents, type Weighing } from './incident.ts'
import { blockMs, groundsOf, isBlock, type Order } from './order.ts'
import { OrderBook, type OrderEnd, outweighs, strengthOf } from './order-book.ts'
import { Residents } from './residents.ts'
import { type Judgement, judge, type ResponsePolicy, type SubjectFacts } from './response.ts'
import { type Subject, subjectKey } from './subject.ts'

/** Two clocks, since a ban ends by the one and is told by the other. */
export interface Moment {
  /** Monotonic, ms. */
  readonly nowMs: number
  /** Ms since 1970. */
  readonly wallMs: number
}

/** What is told of an address with a finding. */
export type KnownOfSource = Pick<SubjectFacts, 'isProved' | 'exemption'>

/** Who is told what follows. */
export interface ResponderUser {
  /** An order begins, grows or is prolonged. */
  onOrder(order: Order, remainingMs: number): void
  onOrderEnd(order: Order, why: OrderEnd): void
  /** An incident that was not there before. */
  onIncident(incident: Incident): void
}

/** Offences of one subject; forgotten a longest ban after the last order ended. */
export interface Offences {
  readonly key: string
  readonly count: number
  /** Ms since 1970. */
  readonly untilMs: number
}

/** Why something is or is not done about a subject. */
export interface Account {
  readonly incident: Incident | undefined
  readonly judgement: Judgement | undefined
  readonly facts: SubjectFacts | undefined
  readonly order: Order | undefined
  readonly wouldBe: Order | undefined
  readonly offences: number
}

const EVERYONE: KnownOfSource = { isProved: false, exemption: undefined }

/**
 * From findings to orders: gathers findings into incidents, judges each by the response policy, and keeps the book of
 * orders. The same live and in a replay; who carries orders out is somebody else.
 */
export class Responder {
  readonly incidents: Incidents
  readonly residents = new Residents()
  readonly #user: ResponderUser
  readonly #orders: OrderBook
  readonly #wouldBe: OrderBook
  readonly #offences = new BoundedMap<string, Offences>(LIMITS.maxBans)
  readonly #judged = new BoundedMap<string, { facts: SubjectFacts; judgement: Judgement }>(LIMITS.maxBans)
  readonly #laterLoggedIn = new BoundedMap<string, true>(LIMITS.maxBans)
  #policy: ResponsePolicy
  /** Addresses that would have been banned, and from which a user logged in afterwards: mistakes, most likely. */
  mistaken = 0

  constructor(policy: ResponsePolicy, weighing: Weighing, user: ResponderUser) {
    this.#policy = policy
    this.#user = user
    this.incidents = new Incidents(weighing)
    this.#orders = new OrderBook(LIMITS.maxBans, (order, why) => user.onOrderEnd(order, why))
    this.#wouldBe = new OrderBook(LIMITS.maxBans, (order, why) => user.onOrderEnd(order, why))
  }

  /** Another policy from now on. @param isExempt addresses about which nothing is done any more */
  configure(policy: ResponsePolicy, isExempt: (subject: Subject) => boolean): void {
    this.#policy = policy
    const isOver = (order: Order): boolean =>
      order.by === 'detection' && (policy.mode === 'monitor' || isExempt(order.subject))
    for (const order of [...this.#orders.all()])
      if (isOver(order)) this.#orders.remove(subjectKey(order.subject))
    for (const order of [...this.#wouldBe.all()])
      if (isExempt(order.subject)) this.#wouldBe.remove(subjectKey(order.subject))
  }

  /** @param known of the address that the finding is about; undefined when it is about no address */
  onFinding(finding: Finding, known: KnownOfSource | undefined, moment: Moment): void {
    const { nowMs } = moment
    const incident = this.incidents.take(finding, nowMs)
    if (incident.count === 1) this.#user.onIncident(incident)
    const { subject } = finding
    const residents = subject.kind === 'source' ? this.residents.count(subject.name, nowMs) : 0
    const facts: SubjectFacts = { ...(known ?? EVERYONE), residents }
    const policy = this.#policy
    const acting = judge(incident, this.incidents.weightOf(incident, nowMs), facts, policy)
    const watching = judge(incident, this.incidents.weightOf(incident, nowMs, true), facts, policy)
    const isEnforced = policy.mode === 'enforce'
    this.#judged.set(subjectKey(subject), { facts, judgement: isEnforced ? acting : watching })
    if (isEnforced) this.#order(this.#orders, incident, acting, moment, false)
    if (!isEnforced || strengthOf(watching) > strengthOf(acting))
      this.#order(this.#wouldBe, incident, watching, moment, true)
  }

  /** An account proved itself from an address. */
  onLogin(ip: string, account: string, nowMs: number): void {
    this.residents.note(ip, account, nowMs)
    if (this.#wouldBe.size === 0) return
    const order = this.#wouldBe.of(subjectKey({ kind: 'source', name: ip }))
    if (order === undefined || !isBlock(order.action) || this.#laterLoggedIn.has(order.id)) return
    this.#laterLoggedIn.set(order.id, true)
    this.mistaken += 1
  }

  /** To be called once a second. */
  tick(nowMs: number): void {
    this.#orders.tick(nowMs)
    this.#wouldBe.tick(nowMs)
  }

  orders(): IterableIterator<Order> {
    return this.#orders.all()
  }

  /** What would be in force if detectors and policy were not told to watch only. */
  wouldBeOrders(): IterableIterator<Order> {
    return this.#wouldBe.all()
  }

  /** An operator's own order, or one of before a restart. */
  put(order: Order, { nowMs, wallMs }: Moment): void {
    const remainingMs = order.endsMs - wallMs
    if (remainingMs <= 0) return
    ;(order.isMonitorOnly ? this.#wouldBe : this.#orders).put(order, nowMs + remainingMs)
    this.#user.onOrder(order, remainingMs)
  }

  /** Ends an order before its time. */
  remove(subject: Subject): Order | undefined {
    return this.#orders.remove(subjectKey(subject))
  }

  why(subject: Subject): Account {
    const key = subjectKey(subject)
    return {
      incident: this.incidents.of(key),
      judgement: this.#judged.get(key)?.judgement,
      facts: this.#judged.get(key)?.facts,
      order: this.#orders.of(key),
      wouldBe: this.#wouldBe.of(key),
      offences: this.#offences.get(key)?.count ?? 0,
    }
  }

  /** What is to be remembered over a restart beside the orders. */
  *offences(wallMs: number): IterableIterator<Offences> {
    for (const [, each] of this.#offences.entries()) if (each.untilMs > wallMs) yield each
  }

  recall(offences: Offences): void {
    this.#offences.set(offences.key, offences)
  }

  #order(
    book: OrderBook,
    incident: Incident,
    { action, isForUnproved, score }: Judgement,
    { nowMs, wallMs }: Moment,
    isMonitorOnly: boolean,
  ): void {
    if (action === 'observe') return
    const key = subjectKey(incident.subject)
    const current = book.of(key)
    if (current !== undefined && !outweighs({ action, isForUnproved }, current)) return
    const isGrown = current !== undefined && isBlock(current.action)
    const isNewBlock = isBlock(action) && !isGrown
    const before = this.#offencesOf(key, wallMs)
    const offence = isNewBlock ? before + 1 : Math.max(1, before)
    const endsMs = isGrown ? current.endsMs : wallMs + this.#lastsMs(action, offence)
    const order: Order = {
      id: `${incident.id}.${offence}`,
      action,
      subject: incident.subject,
      isForUnproved,
      ...groundsOf(incident),
      score: Math.round(score),
      beganMs: current?.beganMs ?? wallMs,
      endsMs,
      offence,
      isMonitorOnly,
      by: 'detection',
    }
    if (isNewBlock && !isMonitorOnly)
      this.#offences.set(key, { key, count: offence, untilMs: endsMs + this.#policy.maxBanMs })
    const remainingMs = Math.max(1, endsMs - wallMs)
    book.put(order, nowMs + remainingMs)
    this.#user.onOrder(order, remainingMs)
  }

  #offencesOf(key: string, wallMs: number): number {
    const known = this.#offences.get(key)
    return known === undefined || known.untilMs <= wallMs ? 0 : known.count
  }

  #lastsMs(action: Order['action'], offence: number): number {
    const { banMs, maxBanMs, restMs, suspendMs } = this.#policy
    if (action === 'suspend') return blockMs(suspendMs, maxBanMs, offence)
    return isBlock(action) ? blockMs(banMs, maxBanMs, offence) : restMs
  }
}
