import type { DiameterFault, PeerNews } from '../../mechanisms/aaa/diameter/index.ts'
import type { Sensor } from '../detect/sensor.ts'
import type { Log } from '../log.ts'
import type { Counters, Metrics } from '../metrics.ts'

/** What is read when somebody asks for metrics; a reload changes what it is read from. */
export interface DiameterReadings {
  /** Peers with 1 for those that are open. */
  peersOpen(): Iterable<readonly [string, number]>
  pending(): number
}

/** A peer is no longer there. */
const LOST: ReadonlySet<PeerNews> = new Set(['closed', 'handshake-timeout', 'watchdog-failed'])

/** What Diameter tells the outside. */
export class DiameterEvents {
  /** Requests of ours, by how they ended: `MA right`, `UA allowed`, `LI no-peer` … */
  readonly requests: Counters
  /** Requests of peers, by kind and Result-Code. */
  readonly served: Counters
  readonly #refused: Counters
  readonly #news: Counters
  readonly #log: Log
  readonly #sensor: () => Sensor | undefined
  readonly #readings: { current: DiameterReadings | undefined } = { current: undefined }

  /** @param sensor tells the detection of what is not believed */
  constructor(metrics: Metrics, log: Log, sensor: () => Sensor | undefined = () => undefined) {
    this.#log = log
    this.#sensor = sensor
    const readings = this.#readings
    this.requests = metrics.counters(
      'aspis_diameter_requests_total',
      'Requests to Diameter peers, by command and how they ended',
      'result',
      ['MA right', 'MA wrong', 'MA no-peer', 'MA timeout'],
    )
    this.served = metrics.counters(
      'aspis_diameter_requests_served_total',
      'Requests of Diameter peers, by kind and Result-Code',
      'result',
    )
    this.#refused = metrics.counters(
      'aspis_diameter_messages_refused_total',
      'Messages of Diameter peers that were not believed',
      'reason',
      ['answer-unmatched', 'avp-length'],
    )
    this.#news = metrics.counters(
      'aspis_diameter_peer_events_total',
      'What happened to connections to Diameter peers',
      'event',
      ['failover', 'open'],
    )
    metrics.gauges('aspis_diameter_peer_open', 'Diameter peers that can be asked', 'peer', () => {
      return readings.current?.peersOpen() ?? []
    })
    metrics.gauge('aspis_diameter_requests_waiting', 'Requests to peers without an answer yet', () => {
      return readings.current?.pending() ?? 0
    })
  }

  read(readings: DiameterReadings): void {
    this.#readings.current = readings
  }

  refused(peer: string, why: DiameterFault | 'answer-unmatched' | 'identity-wrong'): void {
    this.#refused.add(why)
    this.#log.warn('diameter-message-refused', { peer, why })
    // An answer that comes late is unmatched as well.
    if (why === 'answer-unmatched') return
    this.#sensor()?.tell({ kind: 'aaa', server: peer, what: 'answer-forged', detail: why })
  }

  peer(peer: string, what: PeerNews, detail: string | undefined): void {
    this.#news.add(what)
    if (what === 'identity-wrong')
      this.#sensor()?.tell({ kind: 'aaa', server: peer, what: 'answer-forged', detail: what })
    else if (what === 'open') this.#sensor()?.tell({ kind: 'aaa', server: peer, what: 'alive', detail: '' })
    else if (LOST.has(what)) this.#sensor()?.tell({ kind: 'aaa', server: peer, what: 'dead', detail: what })
    const fields = { peer, what, ...(detail === undefined ? {} : { detail }) }
    if (what === 'open') this.#log.info('diameter-peer', fields)
    else this.#log.warn('diameter-peer', fields)
  }

  terminated(peer: string, user: string, addresses: number): void {
    this.#log.info('diameter-registration-terminated', { peer, user, addresses })
  }

  broke(what: string, error: Error): void {
    this.#log.error('diameter-failed', { what, error })
  }
}
