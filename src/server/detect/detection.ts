import { randomBytes } from 'node:crypto'
import type { Flow } from '../../base/flow.ts'
import type { Detector } from '../../detect/detector.ts'
import { DETECTORS } from '../../detect/detectors.ts'
import { type DetectorSettings, Engine } from '../../detect/engine.ts'
import type { Finding } from '../../detect/finding.ts'
import { Observer } from '../../detect/observer.ts'
import type { KnownSources } from '../../detect/source-tables.ts'
import { subjectKey } from '../../detect/subject.ts'
import type { DetectionConfig } from '../config/detection.ts'
import type { Log } from '../log.ts'
import type { Counters, Metrics } from '../metrics.ts'
import { Sensor } from './sensor.ts'

/** What detection is given by the server. */
export interface DetectionParts {
  readonly log: Log
  readonly metrics: Metrics
  /** By detector. */
  readonly settings: Readonly<Record<string, DetectorSettings | undefined>>
  readonly known: KnownSources
  /** Default: all of them. */
  readonly detectors?: readonly Detector[]
  /** Monotonic, ms. */
  nowMs(): number
  trunkOf(flow: Flow): string | undefined
}

/** Settings of all detectors by a configuration. */
export function detectorSettings({ mode, detectors }: DetectionConfig): DetectionParts['settings'] {
  if (mode !== 'off') return detectors
  return Object.fromEntries(DETECTORS.map(({ id }) => [id, { mode: 'off' }]))
}

/** How often the event clock goes on while nothing comes. */
const ADVANCE_MS = 250

/** Detection in one process: the engine, its sensor, and what everybody is told of a finding. */
export class Detection {
  readonly engine: Engine
  readonly sensor: Sensor
  readonly #parts: DetectionParts
  readonly #findings: Counters
  readonly #disabled: Counters
  readonly #listeners: ((finding: Finding) => void)[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(parts: DetectionParts) {
    this.#parts = parts
    const { metrics, nowMs, detectors = DETECTORS } = parts
    const ids = detectors.map(({ id }) => id)
    this.#findings = metrics.counters('aspis_findings_total', 'Findings, by detector', 'detector', ids)
    this.#disabled = metrics.counters(
      'aspis_detectors_disabled_total',
      'Detectors that failed and watch no more',
      'detector',
      ids,
    )
    this.engine = new Engine({
      detectors,
      settings: parts.settings,
      known: parts.known,
      hashKey: randomBytes(16),
      wallMs: atMs => Math.round(Date.now() - nowMs() + atMs),
      onFinding: finding => this.#found(finding),
      onDisabled: (detector, error) => {
        this.#disabled.add(detector)
        parts.log.error('detector-disabled', { detector, error })
      },
    })
    this.sensor = new Sensor({
      later: work => void setImmediate(work),
      ...{ observer: new Observer(this.engine), nowMs, trunkOf: parts.trunkOf },
      onFailed: error =>
        parts.log.error('detection-failed', {
          error: error instanceof Error ? error : new Error(String(error)),
        }),
    })
  }

  /** Has somebody told of every finding, from now on. */
  onFinding(listener: (finding: Finding) => void): void {
    this.#listeners.push(listener)
  }

  /** Other settings, and other neighbours and allowed addresses, which it asks for anew. */
  configure(settings: DetectionParts['settings']): void {
    this.engine.configure(settings)
    this.engine.tables.reconsider(this.#parts.known)
  }

  start(): void {
    this.#timer = setInterval(() => this.sensor.advance(), ADVANCE_MS)
    this.#timer.unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #found(finding: Finding): void {
    const { id, detector, subject, score, confidence, isSpoofable, why } = finding
    this.#findings.add(detector)
    this.#parts.log.warn('finding', {
      ...{ id, detector, subject: subjectKey(subject), score, confidence },
      ...{ forgeable: isSpoofable, why },
    })
    for (const listener of this.#listeners) {
      try {
        listener(finding)
      } catch (error) {
        this.#parts.log.error('finding-not-told', {
          error: error instanceof Error ? error : new Error(String(error)),
        })
      }
    }
  }
}
