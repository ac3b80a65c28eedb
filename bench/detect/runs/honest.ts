import { DETECTORS } from '../../../src/detect/detectors.ts'
import { Responder } from '../../../src/detect/responder.ts'
import { Judge, type Settings } from '../judge.ts'
import { CONTROLS } from '../people/controls.ts'
import { honestDay } from '../people/scenes.ts'
import { Agenda } from '../traffic/agenda.ts'
import { CARRIER, Edge } from '../traffic/edge.ts'
import { Random } from '../traffic/random.ts'
import { DEFAULT_POLICY, HALF_LIFE_MS } from './policy.ts'

/** What was said of people who did nothing. */
export interface HonestResult {
  readonly what: string
  readonly id: string
  readonly users: number
  /** That the server received. */
  readonly messages: number
  readonly alerts: readonly string[]
  /** Orders that bar somebody. */
  readonly blocks: readonly string[]
  /** Milder orders. */
  readonly orders: readonly string[]
  readonly seconds: number
}

/** A day of honest people, D5. @param scale 1: a million messages */
export function runHonestDay(seed: number, scale: number, settings: Settings = {}): HonestResult {
  return judged({ id: 'D5', what: 'a day of honest people' }, seed, edge => honestDay(edge, scale), settings)
}

/** What looks like an attack and is none. */
export function runControls(seed: number): readonly HonestResult[] {
  return CONTROLS.map(control =>
    judged(control, seed, edge => {
      control.begin(edge)
      return edge.accounts.size
    }),
  )
}

function judged(
  { id, what }: { readonly id: string; readonly what: string },
  seed: number,
  begin: (edge: Edge) => number,
  settings: Settings = {},
): HonestResult {
  const startedMs = performance.now()
  const [alerts, blocks, orders]: [string[], string[], string[]] = [[], [], []]
  const classes = new Map(DETECTORS.map(detector => [detector.id, detector.class]))
  const weighing = { halfLifeMs: HALF_LIFE_MS, classOf: (detector: string) => classes.get(detector) }
  const responder = new Responder(DEFAULT_POLICY, weighing, {
    onOrder: ({ action, subject, why }) => {
      const list = action === 'drop' || action === 'kernel-drop' || action === 'suspend' ? blocks : orders
      list.push(`${action} ${subject.kind} ${subject.name}: ${why}`)
    },
    onOrderEnd: () => undefined,
    onIncident: () => undefined,
  })
  const judge = new Judge({
    settings,
    onFinding: finding => {
      const { subject, atMs, wallMs, detector, why } = finding
      alerts.push(`${detector} ${subject.kind} ${subject.name}: ${why}`)
      const source = subject.kind === 'source' ? judge.engine.tables.sources.peek(subject.name) : undefined
      const exemption = source?.ip === CARRIER.ip ? ('trunk' as const) : undefined
      const known = source && { isProved: source.isProved, exemption }
      responder.onFinding(finding, known, { nowMs: atMs, wallMs })
    },
    onLogin: (ip, account, nowMs) => responder.onLogin(ip, account, nowMs),
  })
  let [messages, lastMs] = [0, 0]
  const agenda = new Agenda(0)
  const edge = new Edge(agenda, new Random(seed, 5), wired => {
    if (wired.isInward && wired.text.length > 4) messages += 1
    if (wired.atMs - lastMs > 1000) {
      judge.rest(wired.atMs)
      responder.tick(wired.atMs)
      lastMs = wired.atMs
    }
    judge.see(wired)
  })
  const users = begin(edge)
  agenda.run()
  judge.rest(agenda.nowMs + 60_000)
  const seconds = (performance.now() - startedMs) / 1000
  return { id, what, users, messages, alerts, blocks, orders, seconds }
}
