import { type Detector, detector, type Report } from '../detector.ts'
import type { AnswerGiven, Seen } from '../sighting.ts'
import { Mix, UsualMix } from '../tables/mix.ts'
import { isKnown, LED_SOMEWHERE, Strangers } from '../tables/strangers.ts'

/** Requests of strangers, and answers of ours, that make one picture. */
const REQUESTS = 256
const ANSWERS = 512
/** Part of a picture that is learned. */
const WEIGHT = 0.05
/** So far the usual may drift in a day. */
const DRIFT = 0.1
const DAY_MS = 86_400_000
/** After a finding nothing is learned for so long. */
const FROZEN_MS = 600_000
/** A picture that took longer to gather says nothing of now. */
const STALE_MS = 600_000

const METHOD_NAMES = ['REGISTER', 'INVITE', 'OPTIONS', 'SUBSCRIBE', 'MESSAGE', 'BYE', 'CANCEL', 'ACK']
/** Cell 0 is what led somewhere. */
const METHODS = new Map(METHOD_NAMES.map((method, at) => [method, at + 1]))
const OTHER_METHOD = 9
const METHOD_PRIOR = [0.3, 0.5, 0.1, 0.05, 0.01, 0.01, 0.01, 0.005, 0.01, 0.005]
/** Led somewhere, challenged, forbidden, not found, no dialog, other 4xx, 5xx. */
const ANSWER_PRIOR = [0.5, 0.4, 0.02, 0.02, 0.01, 0.03, 0.02]

/**
 * What comes, as a mix of kinds: requests of strangers by method, with those that led somewhere as a kind of its own,
 * and our answers by what they say. Honest crowds, however large, bring their logins with them; a flood shifts the mix
 * and nothing comes of it. Both must be so: the mix far from the usual one, and hardly anything that led somewhere.
 */
export const mixChange: Detector = detector({
  id: 'mix-change',
  title: 'The mix of requests or answers is not the usual one',
  class: 'distribution',
  threats: ['flooding', 'scanning', 'no-intrusion-detection'],
  isSpoofable: true,
  score: 30,
  evasion: 'A flood in the usual mix: it needs logins in their usual share, and these have owners.',
  thresholds: {
    distance: {
      default: 0.45,
      min: 0.1,
      max: 1,
      unit: 'Hellinger distance',
      meaning: 'How far the mix may be from the usual one: 0 the same, 1 nothing in common.',
    },
    percentGood: {
      default: 6,
      min: 0,
      max: 100,
      unit: 'percent',
      meaning: 'Part that leads somewhere, below which a mix that far is told.',
    },
  },
  start: ({ limits, tables, report }) => {
    const strangers = new Strangers({
      ...{ slots: tables.sources.maxEntries, cellMs: 10_000, patience: 6, maxPerSource: 1000 },
    })
    const told = (seen: Seen, what: string, { distance, percentGood, main }: Picture): void => {
      const found: Report = {
        subject: { kind: 'server', name: '' },
        seen,
        value: Number(distance.toFixed(2)),
        limit: limits.distance,
        why: `The mix of ${what} lies at ${distance.toFixed(2)} from the usual one (Hellinger distance), ${Math.round(percentGood)} % led somewhere, and ${main}.`,
        confidence: 'medium',
      }
      report(found)
    }
    const requests = new Pictures(METHOD_PRIOR, REQUESTS, limits)
    const answers = new Pictures(ANSWER_PRIOR, ANSWERS, limits)
    const came = (seen: Seen, method: string): void => {
      if (method === 'ACK') return
      strangers.came(seen.source, seen.atMs)
      const picture = requests.add(METHODS.get(method) ?? OTHER_METHOD, seen.atMs)
      if (picture === undefined) return
      const main = `most were ${METHOD_NAMES[picture.mostCell - 1] ?? 'of other methods'}`
      told(seen, 'requests of strangers', { ...picture, main })
    }
    const led = (seen: Seen): void => {
      if (strangers.settled(seen.source) !== 0) requests.add(0, seen.atMs)
    }
    return {
      only: {
        request: { part: 'outside', strangers: true },
        call: LED_SOMEWHERE,
        credentials: 'accepted',
      },
      request: seen => {
        // What belongs to a call is counted when it is doubted: phones that are called are often unknown.
        if (!seen.isInDialog && !isKnown(seen.source, seen.atMs)) came(seen, seen.request.method)
      },
      doubt: seen => {
        const { source, atMs, message } = seen
        if (message?.kind === 'request' && !isKnown(source, atMs)) came(seen, message.method)
      },
      answer: given => {
        if (given.source.trunk !== undefined) return
        const picture = answers.add(cellOf(given), given.atMs)
        if (picture === undefined) return
        told(given, 'answers', { ...picture, main: `most said ${ANSWER_NAMES[picture.mostCell] ?? ''}` })
      },
      credentials: judged => {
        if (judged.isAccepted) led(judged)
      },
      call: seen => {
        led(seen)
      },
      tick: nowMs => strangers.advance(nowMs, () => {}),
    }
  },
})

interface Picture {
  readonly distance: number
  readonly percentGood: number
  readonly main: string
}

const ANSWER_NAMES = [
  'yes',
  'who are you (401, 407)',
  'forbidden (403)',
  'not found (404)',
  'no such call (481)',
  'a bad request (4xx)',
  'a failure (5xx)',
]

function cellOf({ status, isOwn }: AnswerGiven): number {
  if (!isOwn || status < 400) return 0
  if (status === 401 || status === 407) return 1
  if (status === 403) return 2
  if (status === 404 || status === 480) return 3
  if (status === 481) return 4
  return status < 500 ? 5 : 6
}

/** Pictures of a mix, one after the other. Cell 0 is what led somewhere. */
class Pictures {
  readonly #usual: UsualMix
  readonly #mix: Mix
  readonly #size: number
  readonly #limits: Readonly<Record<'distance' | 'percentGood', number>>
  #beganMs = 0
  #dayMs = Number.NaN
  #frozenUntilMs = Number.NEGATIVE_INFINITY

  constructor(
    prior: readonly number[],
    size: number,
    limits: Readonly<Record<'distance' | 'percentGood', number>>,
  ) {
    this.#usual = new UsualMix({ prior, weight: WEIGHT, maxDrift: DRIFT })
    this.#mix = new Mix(prior.length)
    this.#size = size
    this.#limits = limits
  }

  /** @returns a picture that is finished and not a usual one */
  add(cell: number, nowMs: number): (Omit<Picture, 'main'> & { readonly mostCell: number }) | undefined {
    if (this.#mix.total === 0) this.#beganMs = nowMs
    return this.#mix.add(cell) < this.#size ? undefined : this.#judge(nowMs)
  }

  #judge(nowMs: number): (Omit<Picture, 'main'> & { readonly mostCell: number }) | undefined {
    const mix = this.#mix
    const distance = this.#usual.distance(mix)
    const percentGood = mix.share(0) * 100
    const mostCell = mix.counts.indexOf(Math.max(...mix.counts))
    const isUsual = distance <= this.#limits.distance || percentGood >= this.#limits.percentGood
    if (!isUsual) this.#frozenUntilMs = nowMs + FROZEN_MS
    else if (nowMs >= this.#frozenUntilMs) this.#learn(nowMs)
    const isStale = nowMs - this.#beganMs > STALE_MS
    mix.clear()
    return isUsual || isStale ? undefined : { distance, percentGood, mostCell }
  }

  #learn(nowMs: number): void {
    if (Number.isNaN(this.#dayMs)) this.#dayMs = nowMs
    if (nowMs - this.#dayMs >= DAY_MS) {
      this.#dayMs = nowMs
      this.#usual.beginDay()
    }
    this.#usual.learn(this.#mix)
  }
}
