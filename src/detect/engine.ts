import { BoundedMap } from '../base/bounded-map.ts'
import { ownText } from '../base/own-text.ts'
import { addPart, digestWord, finishDigest, SipKey } from '../base/sip-hash.ts'
import type { Detector, Report } from './detector.ts'
import { evidenceOf } from './evidence.ts'
import type { Evidence, Finding } from './finding.ts'
import type {
  AnswerGiven,
  CallSeen,
  CredentialsJudged,
  RequestSeen,
  ResponseSeen,
  Seen,
  Sighting,
  SightingKind,
} from './sighting.ts'
import { KnownSource, type KnownSources, SourceTables } from './source-tables.ts'
import { subjectKey } from './subject.ts'
import { tell, Watching } from './watching.ts'

/** How one detector is run; what is left out is its default. */
export interface DetectorSettings {
  /** `monitor`: its findings are told, and nothing follows. */
  readonly mode?: 'off' | 'monitor' | 'enforce'
  readonly limits?: Readonly<Record<string, number>>
}

/** What an engine is given. */
export interface EngineOptions {
  readonly detectors: readonly Detector[]
  readonly settings: Readonly<Record<string, DetectorSettings | undefined>>
  readonly known: KnownSources
  /** 16 octets: strangers cannot choose texts that meet. */
  readonly hashKey: Uint8Array
  /** Ms since 1970 at a time of the event clock. */
  wallMs(atMs: number): number
  onFinding(finding: Finding): void
  /** A detector threw, and watches no more. */
  onDisabled(detector: string, error: Error): void
}

/** The same about the same is told once in so long. */
const REPEAT_MS = 60_000
const MAX_TOLD = 20_000
const MAX_EVIDENCE = 8
const TICK_MS = 1000
/** After a pause of the clock at most so many seconds are counted one by one. */
const MAX_TICKS = 120
/** Texts whose hash is remembered, a power of two, and how long they may be. */
const HASHED_KEPT = 64
const MAX_HASHED_CHARS = 256

/**
 * Tells every sighting to who watches its kind, and makes findings of what they report. The same sightings give the
 * same findings: nothing here asks a clock or chance.
 */
export class Engine {
  readonly tables: SourceTables
  readonly #options: EngineOptions
  readonly #key: SipKey
  readonly #running: string[] = []
  readonly #watching = new Watching()
  readonly #told = new BoundedMap<string, Told>(MAX_TOLD)
  readonly #hashedTexts = new Array<string | undefined>(HASHED_KEPT).fill(undefined)
  readonly #hashes = new Int32Array(HASHED_KEPT)
  #settings: EngineOptions['settings']
  #nowMs = Number.NEGATIVE_INFINITY
  #nextTickMs = Number.NEGATIVE_INFINITY

  constructor(options: EngineOptions) {
    this.#options = options
    this.#settings = options.settings
    this.#key = new SipKey(options.hashKey)
    this.tables = new SourceTables(options.known, this.hash('slots'))
    for (const detector of options.detectors) this.#start(detector)
  }

  /** Other settings: a detector whose own changed begins anew, the others go on with what they know. */
  configure(settings: EngineOptions['settings']): void {
    const before = this.#settings
    this.#settings = settings
    for (const detector of this.#options.detectors) {
      const { id } = detector
      if (JSON.stringify(before[id] ?? {}) === JSON.stringify(settings[id] ?? {})) continue
      const at = this.#running.indexOf(id)
      if (at >= 0) this.#running.splice(at, 1)
      this.#watching.remove(id)
      this.#start(detector)
    }
  }

  /** Ids of the detectors that watch. */
  get watching(): readonly string[] {
    return this.#running
  }

  /** The source of an address, for the `source` of a sighting. */
  sourceOf(ip: string): KnownSource {
    return this.tables.sourceOf(ip)
  }

  /** Whether anybody watches a kind: what nobody watches need not be told. */
  watches(kind: SightingKind): boolean {
    return this.#watching[kind].length > 0
  }

  /** Tells a sighting. Its time may not go back; `advance` comes first where time has passed. */
  see(sighting: Sighting): void {
    if (sighting.kind === 'credentials') return this.seeCredentials(sighting)
    if (sighting.atMs >= this.#nextTickMs) this.advance(sighting.atMs)
    tell(this.#watching, sighting, this.#disable)
  }

  /** As `see`: of the kinds that each message brings, nothing need be asked. */
  seeRequest(seen: RequestSeen): void {
    if (seen.atMs >= this.#nextTickMs) this.advance(seen.atMs)
    this.#watching.request.tell(seen, this.#disable)
  }

  seeResponse(seen: ResponseSeen): void {
    if (seen.atMs >= this.#nextTickMs) this.advance(seen.atMs)
    this.#watching.response.tell(seen, this.#disable)
  }

  seeAnswer(given: AnswerGiven): void {
    if (given.atMs >= this.#nextTickMs) this.advance(given.atMs)
    this.#watching.answer.tell(given, this.#disable)
  }

  seeCall(seen: CallSeen): void {
    if (seen.atMs >= this.#nextTickMs) this.advance(seen.atMs)
    this.#watching.call.tell(seen, this.#disable)
  }

  seeCredentials(judged: CredentialsJudged): void {
    if (judged.atMs >= this.#nextTickMs) this.advance(judged.atMs)
    this.#learn(judged)
    this.#watching.credentials.tell(judged, this.#disable)
  }

  /** The event clock went on: ticks are told that are due. */
  advance(nowMs: number): void {
    if (nowMs <= this.#nowMs) return
    this.#nowMs = nowMs
    if (this.#nextTickMs === Number.NEGATIVE_INFINITY) this.#nextTickMs = nowMs + TICK_MS
    if (nowMs - this.#nextTickMs > MAX_TICKS * TICK_MS) this.#nextTickMs = nowMs - MAX_TICKS * TICK_MS
    while (this.#nextTickMs <= nowMs) {
      const atMs = this.#nextTickMs
      this.#nextTickMs += TICK_MS
      this.#watching.tick.tell(atMs, this.#disable)
    }
  }

  /** A keyed hash of a stranger's text. */
  readonly hash = (text: string): number => {
    // Detector after detector asks for the same few texts of a message.
    const place = placeOf(text)
    if (this.#hashedTexts[place] === text) return this.#hashes[place] ?? 0
    this.#key.begin()
    addPart(text)
    finishDigest()
    const hash = digestWord(0)
    if (text.length > MAX_HASHED_CHARS) return hash
    this.#hashedTexts[place] = text
    this.#hashes[place] = hash
    return hash
  }

  /** Who logged in is known, and receives what is sent to him. */
  #learn(judged: CredentialsJudged): void {
    const { sources } = this.tables
    const { source } = judged
    if (!(source instanceof KnownSource) || !sources.holds(source)) return
    if (judged.isNonceOurs) {
      source.isProved = true
      source.provedMs = judged.atMs
      // Nobody forgets himself between two guesses by a flood of addresses that are forged.
      sources.keep(source)
    }
    if (!judged.isAccepted) return
    source.lastLoginMs = judged.atMs
    sources.keep(source)
    this.tables.accountOf(source, judged.user, judged.realm).lastLoginMs = judged.atMs
  }

  #start(detector: Detector): void {
    const { mode = 'enforce', limits = {} } = this.#settings[detector.id] ?? {}
    if (mode === 'off') return
    const defaults = Object.entries(detector.thresholds).map(([name, each]) => [name, each.default] as const)
    const watch = detector.start({
      limits: { ...Object.fromEntries(defaults), ...limits },
      tables: this.tables,
      hash: this.hash,
      report: report => this.#report(detector, report, mode === 'monitor'),
    })
    this.#running.push(detector.id)
    this.#watching.add(detector.id, watch)
  }

  readonly #disable = (id: string, thrown: unknown): void => {
    this.#running.splice(this.#running.indexOf(id), 1)
    this.#watching.remove(id)
    this.#options.onDisabled(id, thrown instanceof Error ? thrown : new Error(String(thrown)))
  }

  #report(detector: Detector, report: Report, isMonitorOnly: boolean): void {
    const atMs = report.seen?.atMs ?? this.#nowMs
    const about = `${detector.id} ${subjectKey(report.subject)}`
    const score = report.score ?? detector.score
    const isSpoofable = report.isSpoofable ?? (detector.isSpoofable && !isFirm(report.seen))
    const told = this.#told.get(about)
    if (told !== undefined && atMs - told.atMs < REPEAT_MS && !isGraver(told, score, isSpoofable)) return
    this.#told.set(about, { atMs, score, isSpoofable })
    const wallMs = this.#options.wallMs(atMs)
    this.#options.onFinding({
      id: `${detector.id}-${this.#idOf(about, wallMs)}`,
      detector: detector.id,
      subject: { ...report.subject, name: ownText(report.subject.name) },
      atMs,
      wallMs,
      threats: detector.threats,
      value: report.value,
      limit: report.limit,
      confidence: report.confidence,
      score,
      isSpoofable,
      why: report.why,
      evidence: evidenceFor(report),
      isMonitorOnly,
    })
  }

  /** Of subject and time, not of chance: a replay gives the same. */
  #idOf(about: string, wallMs: number): string {
    ID_KEY.begin()
    addPart(`${about} ${Math.floor(wallMs)}`)
    finishDigest()
    return hex(digestWord(0)) + hex(digestWord(1))
  }
}

/** Names of one length are many: their ends tell them apart. */
function placeOf(text: string): number {
  const { length } = text
  return (
    (length + text.charCodeAt(length - 1) * 5 + text.charCodeAt(length - 2) * 11 + text.charCodeAt(0) * 23) &
    (HASHED_KEPT - 1)
  )
}

/** What was told last about the same. */
interface Told {
  readonly atMs: number
  readonly score: number
  readonly isSpoofable: boolean
}

/** Nobody hides what is certain behind a forged or a mild finding that he made happen before. */
function isGraver(told: Told, score: number, isSpoofable: boolean): boolean {
  if (isSpoofable !== told.isSpoofable) return told.isSpoofable
  return score >= 2 * told.score
}

const ID_KEY = new SipKey(new Uint8Array(16))

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0')
}

function evidenceFor({ seen, evidence = [] }: Report): readonly Evidence[] {
  const last = seen === undefined ? [] : [evidenceOf(seen satisfies Seen)]
  return [...evidence, ...last].slice(-MAX_EVIDENCE)
}

/** So long a nonce that came back shows that datagrams with that address are its own: an address changes hands. */
const PROOF_MS = 10 * 60_000

/** Whether nobody else can have sent it: by a connection, or over UDP shortly after a nonce of ours came back. */
function isFirm(seen: Seen | undefined): boolean {
  if (seen === undefined) return false
  const { source, transport, atMs } = seen
  return transport === 'udp' ? source.isProved && atMs - source.provedMs < PROOF_MS : source.isProved
}
