import type { AccountingFacts } from '../../mechanisms/aaa/radius/index.ts'
import type { Sensor } from '../detect/sensor.ts'
import type { Log } from '../log.ts'
import type { Counters, Metrics } from '../metrics.ts'

/** What is read when somebody asks for metrics; a reload changes what it is read from. */
export interface AaaReadings {
  /** Servers with 1 for those that answer. */
  serversUp(): Iterable<readonly [string, number]>
  questionsWaiting(): number
  recordsWaiting(): number
}

/** What AAA tells the outside: counted by name, and written to the log where somebody should look. */
export class AaaEvents {
  /** Answers of credential sources: `local known`, `radius rejected` … */
  readonly answers: Counters
  readonly questions: Counters
  readonly #packets: Counters
  readonly records: Counters
  readonly #ignored: Counters
  readonly #log: Log
  readonly #sensor: () => Sensor | undefined
  readonly #readings: { current: AaaReadings | undefined } = { current: undefined }

  /** @param sensor tells the detection of what is not believed */
  constructor(metrics: Metrics, log: Log, sensor: () => Sensor | undefined = () => undefined) {
    this.#log = log
    this.#sensor = sensor
    const readings = this.#readings
    this.answers = metrics.counters('aspis_aaa_answers_total', 'Answers of credential sources', 'answer')
    this.questions = metrics.counters(
      'aspis_radius_questions_total',
      'Questions put to RADIUS servers, by how they ended',
      'result',
      ['accepted', 'rejected', 'no-server'],
    )
    this.#packets = metrics.counters('aspis_radius_packets_sent_total', 'RADIUS packets sent', 'kind', [
      'first',
      'again',
    ])
    this.#ignored = metrics.counters(
      'aspis_radius_answers_ignored_total',
      'Packets of RADIUS servers that were not believed, by reason',
      'reason',
      [
        'message-authenticator-missing',
        'message-authenticator-wrong',
        'response-authenticator-wrong',
        'unmatched',
      ],
    )
    this.records = metrics.counters('aspis_accounting_records_total', 'Records of calls', 'outcome', [
      'acknowledged',
      'lost',
    ])
    metrics.gauges('aspis_radius_server_up', 'RADIUS servers that answer', 'server', () => {
      return readings.current?.serversUp() ?? []
    })
    metrics.gauge('aspis_radius_questions_waiting', 'Questions without an answer yet', () => {
      return readings.current?.questionsWaiting() ?? 0
    })
    metrics.gauge('aspis_accounting_records_waiting', 'Records that no server has acknowledged', () => {
      return readings.current?.recordsWaiting() ?? 0
    })
  }

  read(readings: AaaReadings): void {
    this.#readings.current = readings
  }

  ignored(server: string, reason: string): void {
    this.#ignored.add(reason)
    if (reason === 'unmatched') return
    this.#log.warn('radius-answer-ignored', { server, reason })
    this.#sensor()?.tell({ kind: 'aaa', server, what: 'answer-forged', detail: reason })
  }

  serverChanged(server: string, isUp: boolean): void {
    this.#sensor()?.tell({ kind: 'aaa', server, what: isUp ? 'alive' : 'dead', detail: '' })
    if (isUp) this.#log.info('radius-server-up', { server })
    else this.#log.warn('radius-server-down', { server })
  }

  linkFailed(server: string, why: string): void {
    if (this.#log.isDebug) this.#log.debug('radius-link-failed', { server, why })
  }

  sent(isAgain: boolean): void {
    this.#packets.add(isAgain ? 'again' : 'first')
  }

  /** @param file where the record stands now @param error why it does not */
  recordLost(facts: AccountingFacts, file: string, error?: Error): void {
    this.records.add('lost')
    const { sessionId, user } = facts
    this.#log.error('accounting-record-lost', {
      sessionId,
      user,
      file,
      ...(error === undefined ? {} : { error }),
    })
  }
}
