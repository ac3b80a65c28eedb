import { Judge } from '../judge.ts'
import { smallTown } from '../people/scenes.ts'
import { registerSilently } from '../people/town.ts'
import { Agenda } from '../traffic/agenda.ts'
import { DOMAIN, Edge } from '../traffic/edge.ts'
import { Phone } from '../traffic/phone.ts'
import { Random } from '../traffic/random.ts'
import type { Campaign } from '../traffic/wire.ts'

/** What it takes to be noticed, before and after a day of patience. */
export interface DriftResult {
  /** Requests a second of many sources at which somebody says something. */
  readonly noticedAtFresh: number
  readonly noticedAtDrifted: number
  /** How much more is borne after the drift, in percent. */
  readonly movedPercent: number
  /** Findings during the drift itself: the attacker was seen on the way. */
  readonly seenOnTheWay: readonly string[]
}

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000

const CAMPAIGN: Campaign = {
  ...{ id: 'drift', attack: 'D8', name: 'drift', intensity: 'slow', evasion: 'plain', clause: '4' },
}

/**
 * For a day somebody sends a little more each hour from many addresses, so that what is unusual becomes usual. Then a
 * ramp is sent, and the same to detectors that never saw the drift: both must speak at the same height, D8.
 */
export function runDrift(seed: number): DriftResult {
  const fresh = ramped(seed, false)
  const drifted = ramped(seed, true)
  return {
    noticedAtFresh: fresh.noticedAt,
    noticedAtDrifted: drifted.noticedAt,
    movedPercent: (drifted.noticedAt / fresh.noticedAt - 1) * 100,
    seenOnTheWay: [...new Set(drifted.onTheWay)],
  }
}

/** The last minute of the drift sends so many requests a minute. */
const DRIFT_TOP = 60
const DRIFT_HOURS = 24
/** The ramp goes up by this share every half minute. */
const RAMP_STEP = 1.03
const RAMP_FROM = 0.1

function ramped(seed: number, isDrifted: boolean): { noticedAt: number; onTheWay: readonly string[] } {
  const agenda = new Agenda(0)
  const judge = new Judge()
  let lastMs = 0
  const edge = new Edge(agenda, new Random(seed, 8), wired => {
    if (wired.atMs - lastMs > 1000) {
      judge.rest(wired.atMs)
      lastMs = wired.atMs
    }
    judge.see(wired)
  })
  const town = smallTown(edge, (DRIFT_HOURS + 3) * 60, 400)
  registerSilently(town)
  let sent = 0
  const send = (): void => {
    sent += 1
    const ip = `46.${sent % 200}.${(sent * 7) % 250}.${1 + (sent % 250)}`
    const dialect = { agent: 'Openwire Softphone 3.8 (Linux)' }
    const phone = new Phone({ edge, at: { ip, port: 5060 }, dialect, campaign: CAMPAIGN })
    const to = town.phones[sent % town.phones.length]
    edge.ask(
      phone,
      phone.request('REGISTER', { uri: `sip:${DOMAIN}`, to: { uri: to?.uri ?? `sip:a@${DOMAIN}` } }),
    )
  }
  const rampMs = DRIFT_HOURS * HOUR_MS + HOUR_MS
  if (isDrifted) {
    for (let minute = 0; minute < DRIFT_HOURS * 60; minute += 1) {
      const count = Math.round((DRIFT_TOP * minute) / (DRIFT_HOURS * 60))
      for (let i = 0; i < count; i += 1) agenda.at(minute * MINUTE_MS + (i * MINUTE_MS) / count, send)
    }
  }
  let perSecond = RAMP_FROM
  for (let atMs = rampMs; perSecond < 200; atMs += MINUTE_MS / 2) {
    const count = Math.round(perSecond * 30)
    for (let i = 0; i < count; i += 1) agenda.at(atMs + (i * 30_000) / count, send)
    perSecond *= RAMP_STEP
  }
  agenda.run(rampMs - 1)
  const before = judge.findings.length
  const onTheWay = judge.findings.map(({ detector }) => detector)
  let noticedAtMs = 0
  while (noticedAtMs === 0 && agenda.nowMs < rampMs + 3 * HOUR_MS) {
    agenda.run(agenda.nowMs + 1000)
    const [first] = judge.findings.slice(before).filter(({ subject }) => subject.kind === 'server')
    if (first !== undefined) noticedAtMs = first.atMs
  }
  const steps =
    noticedAtMs === 0 ? Number.POSITIVE_INFINITY : Math.floor((noticedAtMs - rampMs) / (MINUTE_MS / 2))
  return { noticedAt: RAMP_FROM * RAMP_STEP ** steps, onTheWay }
}
