import type { Finding } from '../../../detect/finding.ts'
import type { Incident } from '../../../detect/incident.ts'
import type { Order } from '../../../detect/order.ts'
import { type KnownOfSource, Responder } from '../../../detect/responder.ts'
import type { IncidentLine, ReplayFileOptions } from './replay-file.ts'

/** Half of a score is left after so long, as in a server. */
const HALF_LIFE_MS = 600_000

/** What findings come to: incidents, and what a server that acts would have done about them. */
export class Consequences {
  readonly orders: Order[] = []
  readonly #responder: Responder
  readonly #gravest = new Map<string, IncidentLine>()

  constructor({ detectors, policy }: Pick<ReplayFileOptions, 'detectors' | 'policy'>) {
    const classes = new Map(detectors.map(each => [each.id, each.class]))
    this.#responder = new Responder(
      policy,
      { classOf: id => classes.get(id), halfLifeMs: HALF_LIFE_MS },
      {
        onOrder: order => {
          if (!order.isMonitorOnly) this.orders.push(order)
        },
        onOrderEnd: () => {},
        onIncident: () => {},
      },
    )
  }

  take(finding: Finding, known: KnownOfSource | undefined): void {
    const { atMs, wallMs, subject } = finding
    this.#responder.tick(atMs)
    this.#responder.onFinding(finding, known, { nowMs: atMs, wallMs })
    const { incidents } = this.#responder
    const incident = incidents.of(`${subject.kind}:${subject.name}`)
    if (incident !== undefined) this.#note(incident, atMs)
  }

  login(source: string, account: string, atMs: number): void {
    this.#responder.onLogin(source, account, atMs)
  }

  /** Gravest first. */
  incidents(): readonly IncidentLine[] {
    return [...this.#gravest.values()].sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1))
  }

  #note(incident: Incident, nowMs: number): void {
    const { id, subject, count } = incident
    const { all, classes } = this.#responder.incidents.weightOf(incident, nowMs, true)
    const before = this.#gravest.get(id)
    const isGraver = before === undefined || all > before.score
    this.#gravest.set(id, {
      ...{ id, subject, findings: count, score: Math.round(isGraver ? all : before.score) },
      classes: isGraver ? [...classes].sort() : before.classes,
    })
  }
}
