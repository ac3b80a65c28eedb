import { BoundedMap } from '../base/bounded-map.ts'
import { prefixOf, sourceOf } from '../base/source-network.ts'
import type { DetectorClass } from './detector.ts'
import type { Finding } from './finding.ts'
import { KeptTexts } from './kept-texts.ts'
import { type Subject, subjectKey } from './subject.ts'

/** Why several findings are one matter, and how grave it is. */
export interface Incident {
  /** That of its first finding: equal in a replay. */
  readonly id: string
  readonly subject: Subject
  /** Event clock, ms. */
  readonly openedMs: number
  readonly openedWallMs: number
  readonly lastMs: number
  readonly lastWallMs: number
  /** The last ones, oldest first. */
  readonly findings: readonly Finding[]
  /** Findings in all. */
  readonly count: number
  /** Keys of other incidents that are about the same: the address of an attacked account, the network of an address. */
  readonly links: readonly string[]
}

/** What an incident weighs now. */
export interface Weight {
  /** From evidence that nobody can forge. */
  readonly solid: number
  /** From all evidence. */
  readonly all: number
  /** Classes that stand behind `solid` with enough of their own to count. */
  readonly classes: readonly DetectorClass[]
  /** A certainty of the specification, not forgeable and still of weight. */
  readonly isCertain: boolean
  /** Wrong credentials by an address that receives what is sent to it, still of weight. */
  readonly isProvedGuessing: boolean
  /** Fraud that a detector is sure of, by credentials that were right. */
  readonly isSureFraud: boolean
}

/** How scores add up. */
export interface Weighing {
  /** The class of a detector by its id; undefined for one that is gone: its findings weigh nothing. */
  classOf(detector: string): DetectorClass | undefined
  /** After so long half of a score is left, ms. */
  readonly halfLifeMs: number
}

/** A class adds no more than this: a detector that is wrong is wrong many times. */
export const MAX_CLASS_SCORE = 60
/** A class with less than this does not count as a second opinion. */
const LEAST_OPINION = 10
/** What a certainty or a guess must still weigh to carry a block. */
const LEAST_REASON = 10
/** Below this, and quiet, an incident is over. */
const OVER_SCORE = 5
const FINDINGS_KEPT = 12
const LINKS_KEPT = 16
const MAX_INCIDENTS = 20_000

interface ClassScore {
  readonly class: DetectorClass
  solid: number
  forgeable: number
  atMs: number
}

/** What speaks against a subject. */
interface Charges {
  readonly scores: ClassScore[]
  /** When a reason came last that may carry a block alone. */
  certainMs: number
  guessMs: number
  fraudMs: number
}

interface Held extends Incident {
  lastMs: number
  lastWallMs: number
  findings: Finding[]
  count: number
  links: string[]
  /** Of the findings of detectors that act. */
  readonly acting: Charges
  /** Of all findings, also of detectors that only watch. */
  readonly watching: Charges
}

/**
 * Gathers findings into one incident per subject, and links what belongs together. A score is a sum over classes of
 * detectors, each bounded, that fades exponentially; time is an argument.
 */
export class Incidents {
  readonly #weighing: Weighing
  readonly #held = new BoundedMap<string, Held>(MAX_INCIDENTS)
  readonly #texts = new KeptTexts()

  constructor(weighing: Weighing) {
    this.#weighing = weighing
  }

  /** Adds a finding to the incident of its subject. @param nowMs event clock, never going back */
  take(finding: Finding, nowMs: number): Incident {
    const key = subjectKey(finding.subject)
    const held = this.#held.get(key) ?? this.#opened(key, finding, nowMs)
    held.lastMs = nowMs
    held.lastWallMs = finding.wallMs
    held.count += 1
    held.findings.push(this.#texts.keep(finding))
    if (held.findings.length > FINDINGS_KEPT) held.findings.shift()
    this.#weigh(held, finding, nowMs)
    for (const link of linksOf(finding)) this.#link(key, held, link)
    return held
  }

  /** What an incident weighs. @param withWatchers count detectors too that only watch */
  weightOf(incident: Incident, nowMs: number, withWatchers = false): Weight {
    const held = this.#held.get(subjectKey(incident.subject))
    if (held === undefined) return NOTHING
    let solid = 0
    let all = 0
    const classes: DetectorClass[] = []
    const charges = withWatchers ? held.watching : held.acting
    for (const score of charges.scores) {
      const left = this.#left(score.atMs, nowMs)
      solid += score.solid * left
      all += Math.min(MAX_CLASS_SCORE, (score.solid + score.forgeable) * left)
      if (score.solid * left >= LEAST_OPINION) classes.push(score.class)
    }
    const weighs = (atMs: number): boolean => MAX_CLASS_SCORE * this.#left(atMs, nowMs) >= LEAST_REASON
    return {
      solid,
      all,
      classes,
      isCertain: classes.includes('spec') && weighs(charges.certainMs),
      isProvedGuessing: classes.includes('auth') && weighs(charges.guessMs),
      isSureFraud: classes.includes('fraud') && weighs(charges.fraudMs),
    }
  }

  of(key: string): Incident | undefined {
    return this.#held.get(key)
  }

  /** Those that are not over, oldest use first. */
  *open(nowMs: number): IterableIterator<Incident> {
    for (const [, held] of this.#held.entries()) if (!this.#isOver(held, nowMs)) yield held
  }

  /** Forgets what is over. To be called now and then. @returns how many are left */
  tidy(nowMs: number): number {
    let left = 0
    for (const [key, held] of this.#held.entries()) {
      if (this.#isOver(held, nowMs)) this.#held.delete(key)
      else left += 1
    }
    return left
  }

  #opened(key: string, finding: Finding, nowMs: number): Held {
    const held: Held = {
      id: finding.id,
      subject: finding.subject,
      openedMs: nowMs,
      openedWallMs: finding.wallMs,
      lastMs: nowMs,
      lastWallMs: finding.wallMs,
      findings: [],
      count: 0,
      links: [],
      acting: noCharges(),
      watching: noCharges(),
    }
    this.#held.set(key, held)
    return held
  }

  #weigh(held: Held, finding: Finding, nowMs: number): void {
    const kind = this.#weighing.classOf(finding.detector)
    if (kind === undefined) return
    this.#add(held.watching, kind, finding, nowMs)
    if (!finding.isMonitorOnly) this.#add(held.acting, kind, finding, nowMs)
  }

  #add(charges: Charges, kind: DetectorClass, finding: Finding, nowMs: number): void {
    let score = charges.scores.find(each => each.class === kind)
    if (score === undefined) {
      score = { class: kind, solid: 0, forgeable: 0, atMs: nowMs }
      charges.scores.push(score)
    }
    const left = this.#left(score.atMs, nowMs)
    const added = Math.max(0, finding.score)
    // Wrong passwords are the deed of whoever tries them, never of the account.
    const isSolid = !finding.isSpoofable && !(kind === 'auth' && finding.subject.kind === 'account')
    score.solid = Math.min(MAX_CLASS_SCORE, score.solid * left + (isSolid ? added : 0))
    score.forgeable = Math.min(MAX_CLASS_SCORE, score.forgeable * left + (isSolid ? 0 : added))
    score.atMs = nowMs
    if (!isSolid) return
    if (kind === 'spec' && finding.confidence === 'high') charges.certainMs = nowMs
    if (kind === 'auth' && finding.confidence !== 'low') charges.guessMs = nowMs
    if (kind === 'fraud' && finding.confidence === 'high') charges.fraudMs = nowMs
  }

  /** Both sides of a link know it. */
  #link(key: string, held: Held, other: string): void {
    if (other === key) return
    addLink(held, other)
    const counterpart = this.#held.get(other)
    if (counterpart !== undefined) addLink(counterpart, key)
  }

  #isOver(held: Held, nowMs: number): boolean {
    if (nowMs - held.lastMs < this.#weighing.halfLifeMs) return false
    const sum = held.watching.scores.reduce((total, { solid, forgeable, atMs }) => {
      return total + (solid + forgeable) * this.#left(atMs, nowMs)
    }, 0)
    return sum < OVER_SCORE
  }

  #left(atMs: number, nowMs: number): number {
    return 2 ** (-(nowMs - atMs) / this.#weighing.halfLifeMs)
  }
}

const NOTHING: Weight = {
  solid: 0,
  all: 0,
  classes: [],
  isCertain: false,
  isProvedGuessing: false,
  isSureFraud: false,
}

function noCharges(): Charges {
  const never = Number.NEGATIVE_INFINITY
  return { scores: [], certainMs: never, guessMs: never, fraudMs: never }
}

function addLink(held: Held, key: string): void {
  if (!held.links.includes(key) && held.links.length < LINKS_KEPT) held.links.push(key)
}

/** An address belongs to its network, and whoever is harmed to those whose messages show it. */
function linksOf({ subject, evidence }: Finding): string[] {
  if (subject.kind === 'server') return []
  if (subject.kind === 'source') return [subjectKey({ kind: 'prefix', name: prefixOf(subject.name) })]
  return evidence
    .filter(({ from }) => from !== '')
    .map(({ from }) => subjectKey({ kind: 'source', name: sourceOf(from) }))
}
