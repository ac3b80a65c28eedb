import type { Town } from '../people/town.ts'
import type { Agenda } from '../traffic/agenda.ts'
import type { Edge, Sender } from '../traffic/edge.ts'
import { begin, Phone, type Steps, type Wish } from '../traffic/phone.ts'
import type { Random } from '../traffic/random.ts'
import type { Dialect, Request } from '../traffic/sip.ts'
import type { Campaign } from '../traffic/wire.ts'
import { addressOf, disguised, type Evasion, encoded } from './evasion.ts'

/** A tool that says what it is, as few do. */
const TOOL: Dialect = { agent: 'friendly-scanner' }
/** What most attackers say of themselves: what any phone says. */
const COVER: Dialect = { agent: 'Openwire Softphone 3.8 (Linux)' }

/** Where an attack takes place: an edge, a town around it, and senders of its own. */
export class Field {
  readonly edge: Edge
  readonly agenda: Agenda
  readonly random: Random
  readonly town: Town
  readonly campaign: Campaign
  readonly evasion: Evasion
  /** Accounts that suffer: a finding about them is about this attack. */
  readonly targets = new Set<string>()
  readonly #block: number
  readonly #sources: number
  readonly #dialect: Dialect
  readonly #senders = new Map<string, Phone>()

  constructor(parts: {
    readonly town: Town
    readonly campaign: Campaign
    readonly evasion: Evasion
    readonly block: number
    readonly attack: AttackClass
  }) {
    this.town = parts.town
    this.edge = parts.town.edge
    this.agenda = parts.town.edge.agenda
    this.random = parts.town.edge.random
    this.campaign = parts.campaign
    this.evasion = parts.evasion
    this.#block = parts.block
    this.#sources = parts.attack.sources ?? 1
    this.#dialect = disguised(parts.attack.isTool === true ? TOOL : COVER, parts.evasion)
  }

  /** Who sends the i-th message. */
  stranger(i: number): Phone {
    return this.#sender(i, undefined)
  }

  /** The same with an account that was stolen, or bought. */
  insider(i: number, which = 0): Phone {
    const { account } = this.victim(which)
    if (account !== undefined) this.targets.add(account.user)
    return this.#sender(i, account)
  }

  /** An honest user of ours. */
  victim(i: number): Phone {
    const found = this.town.phones[i % this.town.phones.length]
    if (found === undefined) throw new Error('the town is empty')
    return found
  }

  /** The same, and what is found about him is about the attack. */
  target(i: number): Phone {
    const victim = this.victim(i)
    this.targets.add(victim.user)
    return victim
  }

  /** Somebody who uses another's address, and hears nothing of what comes back. */
  forger(ip: string): Sender {
    const at = { ip, port: 1024 + this.random.below(60_000) }
    return {
      at,
      inner: at,
      transport: 'udp',
      dialect: disguised(TOOL, this.evasion),
      campaign: this.campaign,
    }
  }

  /** A user part as the attacker writes it. */
  user(text: string): string {
    return encoded(text, this.evasion)
  }

  uri(user: string): string {
    return `sip:${this.user(user)}@example.test`
  }

  /** One request of the i-th sender, and nothing more. */
  send(i: number, method: string, wish: Wish & Partial<Request>): void {
    const phone = this.stranger(i)
    this.edge.ask(phone, { ...phone.request(method, wish), ...wish })
  }

  /** One text of the i-th sender, made from a request that would be well-formed. */
  fling(i: number, method: string, wish: Wish, change: (text: string) => string): void {
    const phone = this.stranger(i)
    const request = phone.request(method, wish)
    this.edge.fling(phone, request, change(this.edge.textOf(phone, request)))
  }

  run(steps: Steps<unknown>): void {
    begin(this.agenda, steps)
  }

  #sender(i: number, account: Phone['account']): Phone {
    const ip = addressOf(this.#block, i, this.#sources, this.evasion)
    const key = `${ip} ${account?.user}`
    const known = this.#senders.get(key)
    if (known !== undefined) return known
    const { edge, campaign, random } = this
    const at = { ip, port: 1024 + random.below(60_000) }
    const transport = this.evasion === 'small-segments' ? 'tcp' : 'udp'
    const made = new Phone({ edge, at, dialect: this.#dialect, account, transport, campaign })
    made.loss = 0
    this.#senders.set(key, made)
    return made
  }
}

/** Messages of one campaign, and ms between them. */
export type Pace = readonly [count: number, gapMs: number]

/** A way to attack. */
export interface AttackClass {
  /** Id in the catalogue of attacks. */
  readonly id: string
  /** In few words, kebab-case; with the id it names the class. */
  readonly variant: string
  readonly clause: string
  readonly high: Pace
  readonly medium: Pace
  readonly slow: Pace
  /** Sources that it has by itself, by default one. */
  readonly sources?: number
  /** The tool says its name in User-Agent. */
  readonly isTool?: boolean
  /** Minutes that the town lives before it begins; default 2. */
  readonly afterMinutes?: number
  /** Prepares, and gives back what is done again and again. */
  begin(field: Field): (i: number) => void
}

/** What an attack has to say of itself, beside its steps. */
export function attack(
  [id, variant, clause]: readonly [string, string, string],
  paces: Pick<AttackClass, 'high' | 'medium' | 'slow'> & Partial<AttackClass>,
  begin: AttackClass['begin'],
): AttackClass {
  return { ...paces, id, variant, clause, begin }
}

export function nameOf({ id, variant }: AttackClass): string {
  return `${id}-${variant}`
}

const SECOND = 1000
const MINUTE = 60_000

/** Probes: quickly, one in two seconds, one in some minutes. */
export const PROBES = { high: [120, 50], medium: [60, 2 * SECOND], slow: [60, 4 * MINUTE] } as const
/** Scans of many names. */
export const SCAN = { high: [400, 20], medium: [120, SECOND], slow: [80, 3 * MINUTE] } as const
/** Passwords tried. */
export const GUESSES = { high: [120, 200], medium: [60, 10 * SECOND], slow: [100, 10 * MINUTE] } as const
/** Floods: hundreds a second, and a few. */
export const FLOOD = { high: [1500, 1], medium: [1500, 5], slow: [1000, 50] } as const
/** Calls of one who has an account. */
export const CALLS = { high: [80, 250], medium: [40, 5 * SECOND], slow: [40, 3 * MINUTE] } as const
/** Attacks on calls that go on. */
export const STRIKES = { high: [40, 200], medium: [20, 10 * SECOND], slow: [20, 5 * MINUTE] } as const
