import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { Secret } from '../../../base/secret.ts'
import type { Finding } from '../../../detect/finding.ts'
import type { Order } from '../../../detect/order.ts'
import { eveLine } from '../../../detect/output/eve.ts'
import { type EventRecord, type OutputRecord, plainRecord } from '../../../detect/output/record.ts'
import { safeJson } from '../../../detect/output/safe-json.ts'
import { type LocalEnd, securityEventLine } from '../../../detect/output/security-event.ts'
import { syslogMessage } from '../../../detect/output/syslog.ts'
import type { Config } from '../../config/config.ts'
import type { FileFormat, OutputsConfig } from '../../config/detection-outputs.ts'
import type { Log } from '../../log.ts'
import type { Counter, Counters, Metrics } from '../../metrics.ts'
import type { Responses } from '../responses.ts'
import { type CapturePlace, captureRing } from './capture-ring.ts'
import { fileSink } from './file-sink.ts'
import { hepSink } from './hep-sink.ts'
import { RecentMessages } from './recent-messages.ts'
import { ShownMessages } from './shown-messages.ts'
import type { Sink, SinkUser } from './sink.ts'
import { syslogSink } from './syslog-sink.ts'
import { webhookSink } from './webhook-sink.ts'

/** Security events told in a second: beyond that they are counted. */
const EVENTS_PER_SECOND = 500

/** What all outputs of a server stand on. */
export interface OutputsParts {
  readonly log: Log
  readonly metrics: Metrics
  /** Number of this process among several. */
  readonly worker: number | undefined
  /** Where the server listens first, for forms that name it. */
  readonly local: LocalEnd
}

/** Opens the outputs of a configuration. @throws Error when a file of a secret cannot be read */
export function openOutputs(config: Config, parts: Omit<OutputsParts, 'local'>): Outputs {
  const [first] = config.listen
  const outputs = new Outputs({ ...parts, local: { ip: first?.ip ?? '0.0.0.0', port: first?.port ?? 0 } })
  outputs.configure(config.detection.outputs)
  return outputs
}

/** Everything that findings, orders and security events are written to. */
export class Outputs {
  /** Messages that came lately; undefined while no output shows them. */
  recent: RecentMessages | undefined
  readonly #parts: OutputsParts
  readonly #records: Counters
  readonly #lost: Counter
  readonly #left: Counter
  #sinks: readonly Sink[] = []
  #eventSinks: readonly Sink[] = []
  #second = 0
  #events = 0
  #eventNumber = 0

  constructor(parts: OutputsParts) {
    this.#parts = parts
    const { metrics } = parts
    this.#records = metrics.counters('aspis_output_records_total', 'Records for outputs, by kind', 'kind', [
      'event',
      'finding',
      'order',
    ])
    this.#lost = metrics.counter('aspis_output_records_lost_total', 'Records that an output could not take')
    this.#left = metrics.counter(
      'aspis_security_events_left_out_total',
      'Security events beyond the rate told',
    )
  }

  /** Whether anybody wants security events: what nobody wants is not made. */
  get wantsEvents(): boolean {
    return this.#eventSinks.length > 0
  }

  /**
   * Takes over a configuration; what waits in the old outputs is written first.
   * @throws Error when a file of a secret cannot be read; the old outputs stay then
   */
  configure(config: OutputsConfig): void {
    const before = this.#sinks
    const needsMessages = config.hep.length > 0 || config.captures !== undefined
    const recent = needsMessages ? (this.recent ?? new RecentMessages()) : undefined
    this.#sinks = this.#sinksOf(config, recent)
    this.recent = recent
    this.#eventSinks = this.#sinks.filter(({ takesEvents }) => takesEvents)
    for (const sink of before) void sink.close()
  }

  finding(finding: Finding): void {
    this.#write({ kind: 'finding', id: finding.id, wallMs: finding.wallMs, finding })
  }

  /** Writes what is ordered from now on. */
  follow(responses: Pick<Responses, 'listen'>): void {
    responses.listen({
      onOrder: order => this.#order(order, 'began', ''),
      onOrderEnd: (order, why) => this.#order(order, 'ended', why),
    })
  }

  #order(order: Order, change: 'began' | 'ended', reason: string): void {
    const id = `${order.id}-${order.action}-${change}-${order.endsMs.toString(36)}`
    this.#write({ kind: 'order', id, wallMs: Date.now(), change, order, reason })
  }

  /** Ask `wantsEvents` first. */
  event(event: Omit<EventRecord, 'id' | 'kind'>): void {
    const second = Math.floor(event.wallMs / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#events = 0
    }
    this.#events += 1
    if (this.#events > EVENTS_PER_SECOND) return this.#left.add()
    this.#eventNumber += 1
    const id = `${event.event}-${Math.floor(event.wallMs).toString(36)}-${this.#eventNumber.toString(36)}`
    const record: OutputRecord = { kind: 'event', id, ...event }
    this.#records.add('event')
    for (const sink of this.#eventSinks) sink.write(record)
  }

  async close(): Promise<void> {
    await Promise.all(this.#sinks.map(sink => sink.close()))
    this.#sinks = []
    this.#eventSinks = []
  }

  #write(record: OutputRecord): void {
    this.#records.add(record.kind)
    for (const sink of this.#sinks) sink.write(record)
  }

  #sinksOf(config: OutputsConfig, recent: RecentMessages | undefined): readonly Sink[] {
    const user = this.#user()
    const shown = recent === undefined ? undefined : new ShownMessages(recent)
    const secretIn = (file: string): Secret => new Secret(readFileSync(file, 'utf8').trim())
    const sinks: Sink[] = [
      ...config.files.map(({ path, format, events }) => fileSink(path, events, this.#formOf(format), user)),
      ...config.syslog.map(({ events, ...place }) => syslogSink(place, events, user)),
      ...config.webhooks.map(({ url, secretFile, events }) =>
        webhookSink(new URL(url), secretIn(secretFile), events, user),
      ),
    ]
    if (shown === undefined) return sinks
    sinks.push(
      ...config.hep.map(({ passwordFile, ...place }) => {
        const password = passwordFile === '' ? '' : secretIn(passwordFile).reveal()
        return hepSink({ ...place, password }, shown, user)
      }),
    )
    if (config.captures !== undefined) sinks.push(captureRing(this.#ringOf(config.captures), shown, user))
    return sinks
  }

  /** Several processes each have a ring of their own. */
  #ringOf(place: CapturePlace): CapturePlace {
    const { worker } = this.#parts
    return worker === undefined ? place : { ...place, folder: join(place.folder, `worker-${worker}`) }
  }

  #formOf(format: FileFormat): (record: OutputRecord) => string | undefined {
    switch (format) {
      case 'ndjson':
        return record => safeJson(plainRecord(record))
      case 'eve':
        return eveLine
      case 'syslog': {
        const sender = { host: hostname(), pid: process.pid }
        return record => syslogMessage(record, sender)
      }
      case 'asterisk':
        return record => securityEventLine(record, this.#parts.local)
    }
  }

  #user(): SinkUser {
    const { log } = this.#parts
    return {
      failed: (output, error) => log.warn('output-failed', { output, error }),
      works: output => log.info('output-works-again', { output }),
      lost: (output, records) => {
        this.#lost.add(records)
        log.warn('output-records-lost', { output, records })
      },
    }
  }
}
