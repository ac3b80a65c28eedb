import { hasCredentials, nameOf } from '../asked-name.ts'
import { detector } from '../detector.ts'
import { evidenceOf } from '../evidence.ts'
import type { Evidence } from '../finding.ts'
import { fingerprintOf } from '../fingerprint.ts'
import { isHome } from '../offered-account.ts'
import type { AnswerGiven, RequestSeen } from '../sighting.ts'
import { type Source, subjectOfSource } from '../source.ts'
import { OpenQuestions } from '../tables/open-questions.ts'
import { PerSlot } from '../tables/per-slot.ts'
import { SeenBefore } from '../tables/seen-before.ts'

const DAY_MS = 24 * 3_600_000
/** An honest phone answers a challenge within a round trip; so long it may have been lost and sent again. */
/** A phone that found no answer tries again after some seconds, and a third time. */
const PATIENCE_MS = 15_000
const MAX_PAIRS = 16_384
const MAX_EVIDENCE = 5
const MAX_WATCHED = 1024
/** Where users of ours live so many more may be left open: phones without an account, numbers that are no more. */
const HOME_FACTOR = 5
/** What a stranger gets in place of a challenge that would be larger than his request allows. */
const FORBIDDEN = 403
/** The answers that say that a user is not there. */
const UNKNOWN_USER: ReadonlySet<number> = new Set([404, 410, 484, 604])

/**
 * One who looks for names: names that a source asks for and is challenged, and then never proves to be or to call; and
 * names that the server does not know. Not requests are counted, but what comes of them: a thousand phones behind one
 * address finish what they begin, one who searches finishes nothing.
 */
export const userEnumeration = detector({
  id: 'user-enumeration',
  title: 'One source asks for name after name',
  class: 'behaviour',
  threats: ['scanning', 'known-internet-attacks'],
  isSpoofable: true,
  score: 40,
  evasion:
    'Four names a day from each source: `distributed-enumeration` counts by network. At an address where users of ours live, 24 names.',
  thresholds: {
    names: {
      ...{ default: 5, min: 3, max: 1000, unit: 'names in a day' },
      meaning: 'Different names that a source asked for, and that came to nothing.',
    },
    burst: {
      ...{ default: 16, min: 8, max: 10_000, unit: 'names' },
      meaning:
        'Different names that a source without users asked for, before there was time to see what comes of them.',
    },
  },
  start({ limits, tables, hash, report }) {
    const questions = new OpenQuestions<Source>(tables.sources.maxEntries, MAX_PAIRS, PATIENCE_MS, DAY_MS)
    const proved = new SeenBefore()
    const lastVia = new Int32Array(tables.sources.maxEntries)
    const changes = new Int32Array(tables.sources.maxEntries)
    const kept = new PerSlot<Evidence[]>(tables.sources.maxEntries, MAX_WATCHED, () => [])

    function keep(seen: RequestSeen | AnswerGiven): void {
      const { source } = seen
      if (questions.leftOf(source) < 2) return
      const evidence = kept.of(source)
      evidence.push(evidenceOf(seen))
      if (evidence.length > MAX_EVIDENCE) evidence.shift()
    }

    function limitOf(source: Source, nowMs: number): number {
      return isHome(source, nowMs) ? limits.names * HOME_FACTOR : limits.names
    }

    function tellLeft(source: Source, seen: RequestSeen | AnswerGiven | undefined, nowMs: number): void {
      const value = questions.leftOf(source)
      const limit = limitOf(source, nowMs)
      if (value < limit) return
      report({
        subject: subjectOfSource(source),
        ...{ seen, value, limit, confidence: limit === limits.names ? 'high' : 'low' },
        evidence: kept.peek(source) ?? [],
        why: `${source.ip} asked for ${value} different names within a day that came to nothing`,
      })
    }

    /** Before the time is up: many at once, all by one hand. */
    function tellBurst(seen: RequestSeen | AnswerGiven, open: number): void {
      const { source, request, atMs } = seen
      if (open < limits.names || isHome(source, atMs)) return
      const isOneHand = (changes[source.slot] ?? 0) * 4 <= open
      const isBurst = open >= limits.burst && isOneHand
      if (!isBurst && fingerprintOf(request) === '') return
      report({
        subject: subjectOfSource(source),
        ...{ seen, value: open, limit: isBurst ? limits.burst : limits.names, confidence: 'medium' },
        why: `${source.ip} asked for ${open} different names at once, and proved to be none of them`,
      })
    }

    function ask(seen: RequestSeen | AnswerGiven, key: number): void {
      const { source, request, atMs } = seen
      const before = questions.openOf(source)
      if (before === 0) changes[source.slot] = 0
      const open = questions.ask(source, key, atMs)
      const via = sumOf(request.topVia.host)
      if (open > before && via !== lastVia[source.slot])
        changes[source.slot] = (changes[source.slot] ?? 0) + 1
      lastVia[source.slot] = via
      keep(seen)
      tellBurst(seen, open)
      if (questions.leftOf(source) >= limits.names) tellLeft(source, seen, atMs)
    }

    function askUnproved(given: AnswerGiven): void {
      const key = hash(nameOf(given.request))
      if (given.request.method !== 'REGISTER' || !proved.has(key)) ask(given, key)
    }

    return {
      only: { request: { methods: ['REGISTER'] }, credentials: 'accepted' },
      request(seen) {
        const { request, source } = seen
        if (request.method !== 'REGISTER' || source.trunk !== undefined || hasCredentials(request)) return
        const key = hash(nameOf(request))
        if (!proved.has(key)) ask(seen, key)
      },
      answer(given) {
        const { request, source, status, atMs } = given
        if (source.trunk !== undefined || request.to.tag !== undefined) return
        if (status < 300) {
          if (questions.openOf(source) > 0) questions.settle(source, hash(nameOf(request)), atMs)
        } else if (status === 401 || status === 407) {
          // Credentials that were refused are no proof: old, unreadable or of another realm, they cost nothing.
          if (request.method !== 'REGISTER' || hasCredentials(request)) askUnproved(given)
        } else if (status === FORBIDDEN && given.isOwn) {
          if (request.method !== 'REGISTER' && !hasCredentials(request)) ask(given, hash(nameOf(request)))
        } else if (UNKNOWN_USER.has(status) && given.isOwn) {
          // Who proved himself is counted by account: `insider-enumeration`.
          const key = hash(nameOf(request))
          if (isHome(source, atMs) && hasCredentials(request)) return questions.settle(source, key, atMs)
          questions.leave(source, key, atMs)
          keep(given)
          tellLeft(source, given, atMs)
        }
      },
      credentials(judged) {
        if (!judged.isAccepted) return
        const { request, source, atMs } = judged
        if (questions.openOf(source) === 0) return
        const key = hash(nameOf(request))
        if (request.method === 'REGISTER') proved.add(key)
        questions.settle(source, key, atMs)
      },
      tick(nowMs) {
        questions.tick(nowMs, source => tellLeft(source, undefined, nowMs))
      },
    }
  },
})

/** Tells two hosts apart; who wants them to look alike can write the same one. */
function sumOf(host: string): number {
  let sum = host.length
  for (let i = 0; i < host.length; i += 1) sum = (Math.imul(sum, 31) + host.charCodeAt(i)) | 0
  return sum
}
