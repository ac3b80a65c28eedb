import type { Address } from '../../base/flow.ts'
import type { Detector } from '../detector.ts'
import { type DetectorSettings, Engine } from '../engine.ts'
import type { Finding } from '../finding.ts'
import { Observer } from '../observer.ts'
import type { KnownOfSource } from '../responder.ts'
import type { KnownSources } from '../source-tables.ts'
import { MediaWatch } from './call-media.ts'
import { BEGAN_MS, CaptureMessages } from './capture-messages.ts'
import type { CaptureProblem } from './read-capture.ts'
import { type CaptureCounts, CaptureSensor, type ReplayLogin } from './sensor.ts'
import { ServerAddresses } from './servers.ts'

/** What a capture is replayed with. */
export interface ReplayOptions {
  readonly detectors: readonly Detector[]
  readonly settings: Readonly<Record<string, DetectorSettings | undefined>>
  readonly known: KnownSources
  /** Of the server whose traffic it is; port 0: any. */
  readonly servers: readonly Address[]
  /** @param known of the address that it is about; undefined when it is about no address */
  onFinding(finding: Finding, known: KnownOfSource | undefined): void
  /** An account proved itself from an address. */
  onLogin?(source: string, account: string, atMs: number): void
}

/** What was read. */
export interface ReplaySummary {
  readonly packets: number
  readonly datagrams: number
  readonly segments: number
  readonly messages: CaptureCounts
  /** Requests by method, responses by class, sorted by name. */
  readonly kinds: readonly (readonly [string, number])[]
  /** TCP streams by what they carried. */
  readonly streams: Readonly<Record<string, number>>
  /** What was not read, by reason, sorted by name. */
  readonly notRead: readonly (readonly [string, number])[]
  /** Detectors that failed, and why. */
  readonly disabled: readonly (readonly [string, string])[]
  /** Ms since 1970 of the first packet, and for how long packets came. */
  readonly beganWallMs: number
  readonly lastedMs: number
}

/**
 * Everybody who has the file can choose texts that meet in a hash; the same file is to give the same findings,
 * which a key of chance would not.
 */
const HASH_KEY = new Uint8Array(16)

/** What is counted by the second is counted to its end. */
const AFTERMATH_MS = 2000

/** Shows a capture to the detectors, as fast as it can be read. */
export class Replay {
  readonly #messages: CaptureMessages
  readonly #sensor: CaptureSensor
  readonly #observer: Observer
  readonly #disabled: [string, string][] = []

  constructor(options: ReplayOptions) {
    const { detectors, settings, known } = options
    const servers = new ServerAddresses(options.servers)
    const engine = new Engine({
      ...{ detectors, settings, known, hashKey: HASH_KEY },
      onFinding: finding => options.onFinding(finding, knownOf(engine, servers, finding)),
      wallMs: atMs => this.#messages.firstWallMs + atMs - BEGAN_MS,
      onDisabled: (detector, error) => this.#disabled.push([detector, error.message]),
    })
    const observer = new Observer(engine, seen => media.call(seen))
    const media = new MediaWatch((what, call, source, transport) => {
      observer.see({ kind: 'media', what, call, source, transport, atMs: this.#messages.nowMs })
    })
    this.#observer = observer
    const onLogin: ReplayLogin = (...login) => options.onLogin?.(...login)
    const sensor = new CaptureSensor(observer, servers, { onLogin, media })
    this.#sensor = sensor
    this.#messages = new CaptureMessages({
      onDatagram: (octets, ends, nowMs) => {
        if (!sensor.datagram(octets, ends, nowMs)) media.packet(octets, ends, nowMs)
      },
      onMessage: (text, ends, nowMs) => sensor.message(text, ends, nowMs),
      onBroken: (broken, ends, nowMs) => sensor.broken(broken, ends, nowMs),
      isServed: ends => servers.wayOf(ends, true) !== 'past',
    })
  }

  /** Takes the next piece of the file. */
  feed(piece: Buffer): CaptureProblem | undefined {
    return this.#messages.feed(piece)
  }

  /** The file ends here. */
  end(): CaptureProblem | undefined {
    const problem = this.#messages.end()
    this.#observer.advance(this.#messages.nowMs + AFTERMATH_MS)
    return problem
  }

  summary(): ReplaySummary {
    const { packets, datagrams, segments, streams, notRead, firstWallMs, nowMs } = this.#messages
    return {
      ...{ packets, datagrams, segments, streams: streams.counts, disabled: this.#disabled },
      messages: this.#sensor.counts,
      kinds: byName(this.#sensor.kinds),
      notRead: byName(notRead),
      beganWallMs: firstWallMs,
      lastedMs: nowMs - BEGAN_MS,
    }
  }
}

function knownOf(engine: Engine, servers: ServerAddresses, { subject }: Finding): KnownOfSource | undefined {
  const source = subject.kind === 'source' ? engine.tables.sources.peek(subject.name) : undefined
  if (source === undefined) return undefined
  const isOwn = servers.isOwn(source.ip)
  const exemption = source.trunk !== undefined ? 'trunk' : source.isAllowed ? 'allow-list' : undefined
  return { isProved: source.isProved, exemption: exemption ?? (isOwn ? 'own-address' : undefined) }
}

function byName(counts: ReadonlyMap<string, number>): readonly (readonly [string, number])[] {
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1))
}
