/** What stands against a threat: a stage of the pipeline by name, or a room of the source tree by path. */
export type Defence = `stage:${string}` | `room:${string}`

/** Work that answers what is open today. */
export type LaterWork =
  | 'detection framework'
  | 'DNSSEC'
  | 'ENUM'
  | 'IPsec'
  | 'media relay'
  | 'privacy service'
  | 'provisioning'
  | 'PSTN interworking'
  | 'S/MIME'
  | 'security agreement'
  | 'signed identity'

/** One threat or weakness that the paper names; the spine of defences, tests, detectors and attacks. */
export type Threat = AnsweredThreat | OpenThreat

interface ThreatText {
  /** Kebab-case; stages, detectors and attacks cite it. */
  readonly id: string
  readonly title: string
  /** Where the paper names it: section or table row, and by what words. */
  readonly clause: string
  readonly impact: string
  readonly remedy: string
}

/** Defended against today, and shown to be. */
export interface AnsweredThreat extends ThreatText {
  readonly status: 'answered'
  readonly defences: readonly [Defence, ...Defence[]]
  /** Names of tests, word for word. */
  readonly tests: readonly [string, ...string[]]
}

/** Not yet answered, or in part only. */
export interface OpenThreat extends ThreatText {
  readonly status: 'open'
  readonly awaits: LaterWork
  /** What stands against a part of it already. */
  readonly defences?: readonly Defence[]
}
