import type { Confidence, Evidence } from './finding.ts'
import type {
  AaaSeen,
  AnswerGiven,
  BindingsChanged,
  CallSeen,
  ConnectionSeen,
  CredentialsJudged,
  DialogDoubted,
  IdentityJudged,
  MediaSeen,
  MessageDropped,
  MessageMalformed,
  NameResolved,
  RequestSeen,
  ResponseSeen,
  RuleDecided,
  Seen,
  ServerStrained,
  SourceLimited,
} from './sighting.ts'
import type { OnlyAnswers, OnlyCalls, OnlyCredentials, OnlyRequests, OnlyResponses } from './sortings.ts'
import type { Subject } from './subject.ts'
import type { Tables } from './tables.ts'

/** What a detector's verdict rests on; a block needs two of them, or certainty of the specification. */
export type DetectorClass =
  | 'auth'
  | 'behaviour'
  | 'distribution'
  | 'fraud'
  | 'signature'
  | 'spec'
  | 'state'
  | 'volume'

/** A number that the operator may change. */
export interface Threshold {
  readonly default: number
  readonly min: number
  readonly max: number
  /** `attempts`, `ms`, `per second` … */
  readonly unit: string
  /** One sentence for the configuration's documentation. */
  readonly meaning: string
}

/** One detector: a small file, pure, the same live and offline. */
export interface Detector<Name extends string = string> {
  /** Kebab-case. */
  readonly id: string
  readonly title: string
  readonly class: DetectorClass
  /** Ids of `src/threats` that it answers. */
  readonly threats: readonly string[]
  /** Whether somebody can make its evidence bear another's address: then what unproved sources did bans nobody. */
  readonly isSpoofable: boolean
  /** What a finding adds to the incident of its subject, 0 to 100, unless the report says otherwise. */
  readonly score: number
  /** What an evader would do, and what is left of the detector then. */
  readonly evasion: string
  readonly thresholds: Readonly<Record<Name, Threshold>>
  /** Begins to watch. */
  start(setup: Setup<Name>): Watch
}

/** What a detector is given. */
export interface Setup<Name extends string = string> {
  readonly limits: Readonly<Record<Name, number>>
  readonly tables: Tables
  /** A keyed 32-bit hash of a text that a stranger chose. */
  hash(text: string): number
  report(report: Report): void
}

/** What a detector says when it found something. The engine repeats none for the same subject within a minute. */
export interface Report {
  readonly subject: Subject
  /** What made the cup run over: its message is evidence. Undefined for a verdict of the clock. */
  readonly seen: Seen | undefined
  readonly value: number
  readonly limit: number
  /** One sentence; texts of peers only through `quoted`. */
  readonly why: string
  readonly confidence: Confidence
  /** Default: the detector's. */
  readonly score?: number
  /** Default: the detector's, unless the source proved that it receives. */
  readonly isSpoofable?: boolean
  /** What came before, oldest first; at most 8 are kept. */
  readonly evidence?: readonly Evidence[]
}

/** What a detector wants to be told, one function a kind; the engine calls no other. */
export interface Watch {
  /** What of some kinds it cares for: it is not called for the rest. */
  readonly only?: {
    readonly answer?: OnlyAnswers
    readonly call?: OnlyCalls
    readonly credentials?: OnlyCredentials
    readonly request?: OnlyRequests
    readonly response?: OnlyResponses
  }
  aaa?(seen: AaaSeen): void
  answer?(given: AnswerGiven): void
  call?(seen: CallSeen): void
  connection?(seen: ConnectionSeen): void
  credentials?(judged: CredentialsJudged): void
  doubt?(doubted: DialogDoubted): void
  drop?(dropped: MessageDropped): void
  identity?(judged: IdentityJudged): void
  limited?(limited: SourceLimited): void
  media?(seen: MediaSeen): void
  malformed?(malformed: MessageMalformed): void
  naming?(resolved: NameResolved): void
  registration?(changed: BindingsChanged): void
  request?(seen: RequestSeen): void
  response?(seen: ResponseSeen): void
  rule?(decided: RuleDecided): void
  strain?(strained: ServerStrained): void
  /** Once a second of the event clock, before the first sighting after it. */
  tick?(nowMs: number): void
}

/** Declares a detector; gives its thresholds their names. */
export function detector<Name extends string>(declared: Detector<Name>): Detector {
  return declared
}
