import { type Plan, placeCall } from '../traffic/call.ts'
import { CARRIER, DOMAIN, EDGE } from '../traffic/edge.ts'
import { begin, Phone, type Steps } from '../traffic/phone.ts'
import type { Random } from '../traffic/random.ts'
import { mobileAddress, type Town } from './town.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** What one user does until a time: registers, refreshes, calls, mistypes. */
export interface Habits {
  readonly untilMs: number
  readonly callsPerDay: number
  readonly registerSeconds: number
}

/** Lets every user of a town live. */
export function live(town: Town, habits: Habits): void {
  const { edge } = town
  for (const phone of town.phones) {
    const startMs = edge.random.between(
      0,
      Math.min(habits.registerSeconds * 1000, habits.untilMs - edge.agenda.nowMs),
    )
    edge.agenda.after(startMs, () => begin(edge.agenda, refresh(phone, habits)))
    edge.agenda.after(startMs + 2000, () => begin(edge.agenda, calls(phone, town, habits)))
  }
  for (const phone of town.mobiles) begin(edge.agenda, roam(phone, habits))
  for (const phone of town.homes.slice(0, Math.ceil(town.homes.length / 10))) {
    begin(edge.agenda, keepAlive(phone, habits))
  }
}

function* refresh(phone: Phone, { untilMs, registerSeconds }: Habits): Steps {
  const { random, edge } = phone
  if (random.chance(0.02)) yield* mistype(phone)
  while (edge.agenda.nowMs < untilMs) {
    yield* phone.register(registerSeconds)
    yield random.between(0.5, 0.95) * registerSeconds * 1000
  }
}

/** A new phone, and a password that is typed in twice or three times before it is right. */
function* mistype(phone: Phone): Steps {
  const tries = 1 + phone.random.below(3)
  for (let i = 0; i < tries; i += 1) {
    yield* phone.register(600, 'mistyped')
    yield phone.random.between(5000, 40_000)
  }
}

function* calls(phone: Phone, town: Town, { untilMs, callsPerDay }: Habits): Steps {
  const { random, edge } = phone
  for (;;) {
    yield random.exponential(DAY_MS / callsPerDay)
    if (edge.agenda.nowMs >= untilMs) return
    if (random.chance(diurnal(edge.agenda.nowMs))) yield* placeCall(phone, whom(phone, town), planOf(random))
  }
}

/** Share of the busiest hour's calls: nights are quiet. */
export function diurnal(nowMs: number): number {
  const hour = (nowMs / HOUR_MS) % 24
  return hour < 6 ? 0.03 : hour < 9 ? 0.4 : hour < 18 ? 1 : hour < 22 ? 0.5 : 0.1
}

function whom({ random, account }: Phone, town: Town): string {
  const dice = random.next()
  // A wrong number now and then.
  if (dice < 0.015) return `sip:${random.pick(['reception', '29999', 'bobb', 'fax', '21'])}@${DOMAIN}`
  if (dice < 0.3) return `sip:0${random.pick(['30', '40', '89', '711'])}${random.digits(7)}@${DOMAIN}`
  if (dice < 0.33 && account?.mayCallAbroad === true)
    return `sip:+${random.pick(['43', '41', '33', '44'])}${random.digits(9)}@${DOMAIN}`
  return random.pick(town.phones).uri
}

/** How calls of honest people go. */
export function planOf(random: Random): Plan {
  const dice = random.next()
  const ringMs = random.between(1500, 18_000)
  const talkMs = 3000 + random.exponential(random.chance(0.03) ? 3 * HOUR_MS : 120_000)
  const isEndedByCallee = random.chance(0.5)
  if (dice < 0.64) return { outcome: 'answer', ringMs, talkMs, isEndedByCallee, isHeld: random.chance(0.06) }
  if (dice < 0.65) return { outcome: 'answer', ringMs, talkMs, transferTo: `sip:reception@${DOMAIN}` }
  if (dice < 0.652) return { outcome: 'answer', ringMs, talkMs, hasNoAck: true }
  if (dice < 0.74) return { outcome: 'busy', ringMs: 100, talkMs }
  if (dice < 0.77) return { outcome: 'decline', ringMs: 3000, talkMs }
  if (dice < 0.9) return { outcome: 'cancel', ringMs, talkMs }
  return { outcome: 'no-answer', ringMs: 30_000, talkMs }
}

/** A mobile that changes its address every few minutes, and registers from the new one. */
function* roam(phone: Phone, { untilMs }: Habits): Steps {
  for (;;) {
    yield phone.random.between(120_000, 2_400_000)
    if (phone.edge.agenda.nowMs >= untilMs) return
    phone.at = mobileAddress(phone.edge)
    yield* phone.register()
  }
}

function* keepAlive(phone: Phone, { untilMs }: Habits): Steps {
  while (phone.edge.agenda.nowMs < untilMs) {
    yield phone.random.between(110_000, 130_000)
    phone.edge.hear(phone, '\r\n\r\n')
  }
}

/** The neighbour's end of the line: its calls need no password. */
export function trunkPhone(town: Town, number: string): Phone {
  const account = { user: number, password: '', mayCallAbroad: false, bindings: [] }
  return new Phone({ edge: town.edge, at: CARRIER, account, dialect: { agent: 'Transit SBC 9' } })
}

/** Pings of a neighbour, every half minute. */
export function* pings(town: Town, untilMs: number): Steps {
  const trunk = trunkPhone(town, 'ping')
  while (town.edge.agenda.nowMs < untilMs) {
    yield* trunk.send(trunk.request('OPTIONS', { uri: `sip:${EDGE.ip}` }))
    yield 30_000
  }
}
