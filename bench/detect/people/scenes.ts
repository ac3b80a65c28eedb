import { placeCall } from '../traffic/call.ts'
import { DOMAIN, type Edge } from '../traffic/edge.ts'
import { begin, Phone, type Steps } from '../traffic/phone.ts'
import { live, pings, planOf, trunkPhone } from './lives.ts'
import { registerAll, settle, type Town, times } from './town.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/**
 * A day of honest people, with all that looks like an attack and is none.
 * @param scale 1: some 1,000,000 messages to the server in a day
 * @returns how many users there are
 */
export function honestDay(edge: Edge, scale: number): number {
  const { agenda } = edge
  const untilMs = agenda.nowMs + 24 * HOUR_MS
  const share = (count: number): number => Math.ceil(count * scale)
  const town = settle(edge, { homes: share(1500), offices: [share(200), share(1000)], mobiles: share(100) })
  live(town, { untilMs, callsPerDay: 44, registerSeconds: 1500 })
  begin(agenda, pings(town, untilMs))
  const crowd = settle(edge, { homes: share(8000), offices: [0, 0, share(2000)], mobiles: 0 }, 30_000)
  agenda.after(3 * HOUR_MS, () => powerCut([...crowd.phones, ...town.phones.slice(0, 10)]))
  agenda.after(10 * HOUR_MS, () => begin(agenda, dialler(town, share(6000))))
  agenda.after(12 * HOUR_MS, () => begin(agenda, callCentre(town, share(1500))))
  agenda.after(14 * HOUR_MS, () => flashCrowd(town, share(400)))
  // The whole office comes to work: 50 registrations a second behind one address.
  const office = town.offices[1] ?? []
  agenda.after(7.5 * HOUR_MS, () => registerAll(office, (office.length / 50) * 1000))
  for (const phone of buggyPhones(edge, share(5))) begin(agenda, buggy(phone, untilMs))
  forking(town)
  return town.phones.length + crowd.phones.length
}

/** What goes on around an attack: a few users, some calls, one office. */
export function smallTown(edge: Edge, minutes: number, callsPerDay = 200): Town {
  const town = settle(edge, { homes: 14, offices: [10], mobiles: 2 })
  const untilMs = edge.agenda.nowMs + minutes * MINUTE_MS
  live(town, { untilMs, callsPerDay, registerSeconds: minutes > 240 ? 3600 : 300 })
  begin(edge.agenda, pings(town, Math.min(untilMs, edge.agenda.nowMs + HOUR_MS)))
  return town
}

/** The light is back: all register within a minute, and some answers get lost. */
function powerCut(phones: readonly Phone[]): void {
  for (const phone of phones) {
    phone.loss = 0.3
    phone.edge.agenda.after(phone.random.between(0, MINUTE_MS), () => {
      begin(phone.edge.agenda, restored(phone))
    })
  }
}

function* restored(phone: Phone): Steps {
  const tries = 1 + phone.random.below(3)
  for (let i = 1; i < tries; i += 1) {
    // Gives up before the challenge is answered.
    yield* phone.send(phone.request('REGISTER', { uri: `sip:${DOMAIN}`, to: { uri: phone.uri } }))
    yield phone.random.between(2000, 8000)
  }
  yield* phone.register()
}

/** A campaign by a trunk: 10 calls a second, many of them not answered. */
function* dialler(town: Town, count: number): Steps {
  for (let i = 0; i < count; i += 1) {
    const caller = trunkPhone(town, `+4930${town.edge.random.digits(7)}`)
    begin(
      town.edge.agenda,
      placeCall(caller, town.edge.random.pick(town.phones).uri, planOf(town.edge.random)),
    )
    yield 100
  }
}

/** Agents behind one address ring customers all day, and are ended early by most. */
function* callCentre(town: Town, count: number): Steps {
  const agents = (town.offices[0] ?? []).slice(0, 40)
  for (let i = 0; i < count; i += 1) {
    const agent = town.edge.random.pick(agents)
    const isShort = town.edge.random.chance(0.5)
    const plan = planOf(town.edge.random)
    const number = `sip:0${town.edge.random.pick(['30', '40', '89'])}${town.edge.random.digits(7)}@${DOMAIN}`
    begin(town.edge.agenda, placeCall(agent, number, isShort ? { ...plan, talkMs: 8000 } : plan))
    yield town.edge.random.exponential(4000)
  }
}

/** A show asks its viewers to ring one number: hundreds within half a minute, nearly all meet a busy tone. */
function flashCrowd(town: Town, count: number): void {
  const { edge } = town
  const [studio] = town.homes
  if (studio === undefined) return
  times(count, () =>
    edge.agenda.after(edge.random.between(0, 30_000), () => {
      const outcome = edge.random.chance(0.02) ? 'answer' : 'busy'
      begin(
        edge.agenda,
        placeCall(edge.random.pick(town.phones), studio.uri, { outcome, ringMs: 100, talkMs: 20_000 }),
      )
    }),
  )
}

function buggyPhones(edge: Edge, count: number): readonly Phone[] {
  return times(
    count,
    at =>
      new Phone({
        edge,
        at: { ip: `198.19.0.${1 + at}`, port: 5060 },
        dialect: { agent: 'Corvo ATA-1 fw 0.3' },
      }),
  )
}

/** Firmware that writes one thing wrong, always the same, once a minute. */
function* buggy(phone: Phone, untilMs: number): Steps {
  const { edge, random } = phone
  while (edge.agenda.nowMs < untilMs) {
    const request = phone.request('PUBLISH', { uri: `sip:${DOMAIN}`, headers: [['Event', 'dialog']] })
    edge.fling(phone, request, edge.textOf(phone, request).replace(' PUBLISH\r\n', ' publish\r\n'))
    yield random.between(50_000, 70_000)
  }
}

/** Some users have two or three phones, which ring together. */
function forking(town: Town): void {
  for (const phone of town.homes.slice(0, Math.ceil(town.homes.length / 20))) {
    const at = { ip: phone.at.ip, port: phone.at.port + 100 }
    const { edge, dialect, account } = phone
    const second = new Phone({ edge, at, dialect, account })
    registerAll([second], HOUR_MS)
  }
}
