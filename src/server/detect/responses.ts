import { performance } from 'node:perf_hooks'
import { ipVersion } from '../../base/ip-address.ts'
import { LIMITS } from '../../base/limits.ts'
import { parseNetwork } from '../../base/network.ts'
import { prefixOf, sourceOf } from '../../base/source-network.ts'
import type { DetectorClass } from '../../detect/detector.ts'
import { DETECTORS } from '../../detect/detectors.ts'
import type { Finding } from '../../detect/finding.ts'
import type { Incident } from '../../detect/incident.ts'
import { isBlock, type Order } from '../../detect/order.ts'
import type { OrderEnd } from '../../detect/order-book.ts'
import { type Account, type KnownOfSource, Responder } from '../../detect/responder.ts'
import { ACTIONS, type ResponsePolicy } from '../../detect/response.ts'
import { type Subject, subjectKey } from '../../detect/subject.ts'
import { ipOfFlowKey } from '../../sip/registrar/flow-token.ts'
import { parseUri } from '../../sip/uri/uri.ts'
import type { LocationStore } from '../../store/location.ts'
import type { Config } from '../config/config.ts'
import type { Log } from '../log.ts'
import type { Counters, Metrics } from '../metrics.ts'
import { Enforcer } from './enforcer.ts'
import { Exemptions } from './exemptions.ts'
import { OrderStore } from './order-store.ts'
import type { OrderTarget, ResponsePort } from './response-port.ts'

export type { Order } from '../../detect/order.ts'

/** What of a configuration the responses go by. */
export type ResponseConfig = Pick<Config, 'advertise' | 'data' | 'detection' | 'listen' | 'trunks'>

export interface ResponsesParts {
  readonly log: Log
  readonly metrics: Metrics
  /** Who is registered from where, asked once. */
  readonly location: Pick<LocationStore, 'aors' | 'bindings'>
}

/** Told of everything that follows, also of orders that are not carried out since detector or server only watch. */
export interface ResponseListener {
  onOrder?(order: Order): void
  onOrderEnd?(order: Order, why: OrderEnd): void
  onFinding?(finding: Finding, incident: Incident | undefined): void
  onIncident?(incident: Incident): void
}

/** An operator's own ban. */
export interface BanRequest {
  readonly network: string
  readonly seconds: number
  readonly reason: string
}

/** Half of a score is left after so long. */
const HALF_LIFE_MS = 10 * 60_000
const ROUND_MS = 1000
const TIDY_MS = 60_000
const FINDINGS_KEPT = 500
/** Users whose homes are known from the start: a start must not take longer for more. */
const MAX_SEEDED = 100_000
/** An operator's own bans beside each other: the rest of the table is for what is detected. */
const MAX_OPERATOR_BANS = Math.floor(LIMITS.maxBans / 2)

/** Makes what follows from findings, for a server of one or of several processes. */
export function createResponder(config: ResponseConfig, parts: ResponsesParts): Responses {
  return new Responses(config, parts)
}

/**
 * What follows from findings: the book of orders of the whole server, kept in its only process or in the one that the
 * workers report to. It tells the targets what is ordered, remembers bans over a restart, and says why.
 */
export class Responses implements ResponsePort {
  /** What is in force, as look-ups; what a process that serves asks. */
  readonly enforcer: Enforcer
  readonly #responder: Responder
  readonly #log: Log
  readonly #orders: Counters
  readonly #wouldBe: Counters
  readonly #targets = new Set<OrderTarget>()
  readonly #listeners: ResponseListener[] = []
  readonly #store: OrderStore
  readonly #findings: Finding[] = []
  readonly #classes = new Map<string, DetectorClass>(DETECTORS.map(each => [each.id, each.class]))
  #exemptions: Exemptions
  #timer: NodeJS.Timeout | undefined
  #tidiedMs = 0

  constructor(config: ResponseConfig, { log, metrics, location }: ResponsesParts) {
    this.#log = log
    this.#exemptions = new Exemptions(config)
    this.enforcer = new Enforcer({ nowMs, wallMs: Date.now })
    this.#targets.add(this.enforcer)
    this.#responder = new Responder(
      policyOf(config),
      { classOf: id => this.#classes.get(id), halfLifeMs: HALF_LIFE_MS },
      {
        onOrder: (order, remainingMs) => this.#ordered(order, remainingMs),
        onOrderEnd: (order, why) => this.#ended(order, why),
        onIncident: incident => this.#opened(incident),
      },
    )
    const actions = [...ACTIONS.filter(action => action !== 'observe'), 'suspend']
    this.#orders = metrics.counters(
      'aspis_orders_total',
      'Orders against attackers, by action',
      'action',
      actions,
    )
    this.#wouldBe = metrics.counters(
      'aspis_orders_would_be_total',
      'Orders that were not carried out since detector or server only watch, by action',
      'action',
      actions,
    )
    metrics.counterFrom(
      'aspis_orders_would_be_mistaken_total',
      'Addresses that would have been banned, and from which a user logged in then',
      () => this.#responder.mistaken,
    )
    metrics.gauge('aspis_incidents_open', 'Incidents that are not over', () => {
      return this.#responder.incidents.tidy(nowMs())
    })
    metrics.gauge('aspis_bans', 'Networks that are banned', () => this.enforcer.bans.size)
    this.#store = new OrderStore(config.data, log, () => ({
      orders: [...this.#responder.orders()],
      offences: [...this.#responder.offences(Date.now())],
    }))
    this.#seed(location)
    this.#restore(policyOf(config).mode === 'enforce')
    this.#timer = setInterval(() => void this.#round(), ROUND_MS)
    this.#timer.unref()
  }

  onFinding(finding: Finding, known: KnownOfSource | undefined): void {
    const { subject } = finding
    const exemption = subject.kind === 'source' ? this.#exemptions.of(subject.name) : undefined
    const facts = known === undefined ? undefined : { ...known, exemption: known.exemption ?? exemption }
    this.#findings.push(finding)
    if (this.#findings.length > FINDINGS_KEPT) this.#findings.shift()
    this.#responder.onFinding(finding, facts ?? { isProved: false, exemption }, moment())
    const incident = this.#responder.incidents.of(subjectKey(subject))
    this.#tell(listener => listener.onFinding?.(finding, incident))
  }

  onLogin(ip: string, account: string): void {
    this.#responder.onLogin(ip, account, nowMs())
  }

  /** Has somebody carry out orders: those that are in force, and what comes. */
  attach(target: OrderTarget): void {
    this.#targets.add(target)
    const wallMs = Date.now()
    for (const order of this.#responder.orders()) target.put(order, Math.max(1, order.endsMs - wallMs))
  }

  detach(target: OrderTarget): void {
    this.#targets.delete(target)
  }

  listen(listener: ResponseListener): void {
    this.#listeners.push(listener)
  }

  /** Another configuration from now on. */
  configure(config: ResponseConfig): void {
    const exemptions = new Exemptions(config)
    this.#exemptions = exemptions
    this.#responder.configure(policyOf(config), ({ kind, name }) => {
      return (kind === 'source' || kind === 'prefix') && exemptions.of(name) !== undefined
    })
  }

  /** An operator bans a network. @returns why not, or the order */
  ban({ network: text, seconds, reason }: BanRequest): Order | string {
    const network = parseNetwork(text)
    if (network === undefined)
      return `"${text}" is not an IP address or prefix, such as 192.0.2.7 or 192.0.2.0/24`
    const exemption = this.#exemptions.of(network.text)
    if (exemption !== undefined) return `${network.text} ${EXEMPT[exemption]}`
    const inside = this.#exemptions.within(network)
    if (inside !== undefined) return `${network.text} has in it what ${EXEMPT[inside]}`
    const own = [...this.#responder.orders()].filter(({ by }) => by === 'operator').length
    if (own >= MAX_OPERATOR_BANS) return `there are ${own} bans of operators already`
    const wallMs = Date.now()
    const order: Order = {
      id: `operator-${wallMs.toString(36)}`,
      action: 'kernel-drop',
      subject: subjectOf(text),
      isForUnproved: false,
      why: reason,
      findings: [],
      score: 0,
      beganMs: wallMs,
      endsMs: wallMs + seconds * 1000,
      offence: 1,
      isMonitorOnly: false,
      by: 'operator',
    }
    this.#responder.put(order, moment())
    void this.#store.flush(Number.POSITIVE_INFINITY)
    return order
  }

  /** Ends what is ordered about an address, a network or an account. */
  lift(text: string): Order | undefined {
    const order = this.#responder.remove(subjectOf(text))
    if (order !== undefined) void this.#store.flush(Number.POSITIVE_INFINITY)
    return order
  }

  orders(): readonly Order[] {
    return [...this.#responder.orders()]
  }

  wouldBeOrders(): readonly Order[] {
    return [...this.#responder.wouldBeOrders()]
  }

  /** Why something is or is not done about an address, a network or an account. */
  why(text: string): Explanation {
    const subject = subjectOf(text)
    const isAddress = subject.kind === 'source' || subject.kind === 'prefix'
    const ban = isAddress ? this.enforcer.bans.banOf(subject.name.split('/')[0] ?? '') : undefined
    return {
      subject,
      ...this.#responder.why(subject),
      exemption: isAddress ? this.#exemptions.of(subject.name) : undefined,
      residents: isAddress ? this.#responder.residents.count(subject.name, nowMs()) : 0,
      ...(ban === undefined ? {} : { ban: { network: ban.network.text, why: ban.why, endsMs: ban.endsMs } }),
    }
  }

  incidents(): readonly Incident[] {
    return [...this.#responder.incidents.open(nowMs())]
  }

  /** The last ones, newest first. */
  findings(): readonly Finding[] {
    return this.#findings.toReversed()
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    this.#timer = undefined
    await this.#store.close()
  }

  async #round(): Promise<void> {
    const now = nowMs()
    this.#responder.tick(now)
    for (const target of this.#targets) if (target instanceof Enforcer) target.tick()
    if (now - this.#tidiedMs >= TIDY_MS) {
      this.#tidiedMs = now
      this.#responder.incidents.tidy(now)
    }
    await this.#store.flush(now)
  }

  #opened(incident: Incident): void {
    const { id, subject, findings } = incident
    this.#log.warn('incident', { id, subject: subjectKey(subject), why: findings[0]?.why ?? '' })
    this.#tell(listener => listener.onIncident?.(incident))
  }

  #ordered(order: Order, remainingMs: number): void {
    const { id, action, subject, isForUnproved, why, findings, offence, by, isMonitorOnly } = order
    const counters = isMonitorOnly ? this.#wouldBe : this.#orders
    counters.add(action)
    const fields = {
      ...{ id, action, subject: subjectKey(subject), unproved: isForUnproved, by, offence, why },
      ...{ findings, seconds: Math.round(remainingMs / 1000) },
    }
    if (isMonitorOnly) this.#log.warn('order-would-be', fields)
    else this.#log.warn('order', fields)
    for (const target of this.#targets) this.#safely(() => target.put(order, remainingMs))
    this.#store.changed()
    this.#tell(listener => listener.onOrder?.(order))
  }

  #ended(order: Order, why: OrderEnd): void {
    if (!order.isMonitorOnly) {
      this.#log.info('order-ended', {
        ...{ id: order.id, action: order.action, subject: subjectKey(order.subject), why },
      })
    }
    for (const target of this.#targets) this.#safely(() => target.lift(order, why))
    this.#store.changed()
    this.#tell(listener => listener.onOrderEnd?.(order, why))
  }

  #tell(tell: (listener: ResponseListener) => void): void {
    for (const listener of this.#listeners) this.#safely(() => tell(listener))
  }

  /** One that cannot keeps nobody else from it. */
  #safely(act: () => void): void {
    try {
      act()
    } catch (error) {
      this.#log.error('order-not-carried-out', {
        error: error instanceof Error ? error : new Error(String(error)),
      })
    }
  }

  /** Who is registered lives where he is registered from, also before he is heard of again. */
  #seed(location: ResponsesParts['location']): void {
    const wallMs = Date.now()
    const now = nowMs()
    let left = MAX_SEEDED
    for (const aor of location.aors()) {
      for (const { received, contact } of location.bindings(aor, wallMs)) {
        const ip = received === '' ? hostOf(contact) : ipOfFlowKey(received)
        if (ipVersion(ip) !== 0) this.#responder.residents.note(sourceOf(ip), userOf(aor), now)
      }
      left -= 1
      if (left === 0) return
    }
  }

  /** @param isEnforced whether bans by detection are carried out; those of operators are always */
  #restore(isEnforced: boolean): void {
    const { orders, offences } = this.#store.load()
    for (const each of offences) this.#responder.recall(each)
    const isExempt = ({ by, subject: { kind, name } }: Order): boolean =>
      by === 'detection' && (!isEnforced || (kind !== 'account' && this.#exemptions.of(name) !== undefined))
    for (const order of orders)
      if (isBlock(order.action) && !isExempt(order)) this.#responder.put(order, moment())
  }
}

/** Why something is done or not. */
export interface Explanation extends Account {
  readonly subject: Subject
  readonly exemption: keyof typeof EXEMPT | undefined
  /** Accounts that logged in from there within a day. */
  readonly residents: number
  /** The ban that the address lies in, which may be one of a network around it. */
  readonly ban?: { readonly network: string; readonly why: string; readonly endsMs: number }
}

const EXEMPT = {
  'allow-list': 'is in the allow list of detection',
  'own-address': 'is an address of this server',
  trunk: 'belongs to a trunk',
} as const

/** `off` gives no orders, since nothing is found then. */
function policyOf({ detection }: ResponseConfig): ResponsePolicy {
  return { mode: detection.mode === 'enforce' ? 'enforce' : 'monitor', ...detection.response }
}

/** What a text of an operator names. */
function subjectOf(text: string): Subject {
  const network = parseNetwork(text)
  if (network === undefined) return { kind: 'account', name: text.replace(/^sips?:/i, '') }
  const ip = text.split('/')[0] ?? text
  const { version, bits } = network
  if (bits === (version === 4 ? 32 : 64)) return { kind: 'source', name: sourceOf(ip) }
  const isUsual = bits === (version === 4 ? 24 : 48)
  return { kind: 'prefix', name: isUsual ? prefixOf(sourceOf(ip)) : network.text }
}

/** The host of a contact, which is the address of its phone where nothing else is known of the way to it. */
function hostOf(contact: string): string {
  const uri = parseUri(contact)
  return uri.ok ? uri.value.host.replace(/^\[(.*)\]$/, '$1') : ''
}

/** `alice` of `sip:alice@example.test`: as accounts are named when they log in. */
function userOf(aor: string): string {
  return aor.slice(aor.indexOf(':') + 1, aor.lastIndexOf('@'))
}

function nowMs(): number {
  return performance.now()
}

function moment(): { readonly nowMs: number; readonly wallMs: number } {
  return { nowMs: nowMs(), wallMs: Date.now() }
}
