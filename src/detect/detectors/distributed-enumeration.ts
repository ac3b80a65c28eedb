import { hasCredentials, nameOf } from '../asked-name.ts'
import { detector } from '../detector.ts'
import type { Prefix } from '../source.ts'
import { OpenQuestions } from '../tables/open-questions.ts'

const DAY_MS = 24 * 3_600_000
/** A phone that found no answer tries again after some seconds, and a third time. */
const PATIENCE_MS = 15_000
const MAX_PAIRS = 16_384
/** A network where users of ours live holds phones without account, too. */
const HOME_FACTOR = 5
const UNKNOWN_USER: ReadonlySet<number> = new Set([404, 410, 484, 604])

/**
 * A search for names that is spread over the addresses of one network, so that no source asks for many: the names that
 * came to nothing, counted by IPv4 /24 and IPv6 /48.
 */
export const distributedEnumeration = detector({
  id: 'distributed-enumeration',
  title: 'The sources of one network ask for name after name',
  class: 'behaviour',
  threats: ['scanning'],
  isSpoofable: true,
  score: 25,
  evasion: 'Sources in many networks: the detectors of volume and distribution see those together.',
  thresholds: {
    names: {
      ...{ default: 15, min: 5, max: 10_000, unit: 'names in a day' },
      meaning: 'Different names that the sources of one network asked for, and that came to nothing.',
    },
  },
  start({ limits, tables, hash, report }) {
    const questions = new OpenQuestions<Prefix>(tables.prefixes.maxEntries, MAX_PAIRS, PATIENCE_MS, DAY_MS)
    const loginMs = new Float64Array(tables.prefixes.maxEntries)
    const loginOf = new Int32Array(tables.prefixes.maxEntries)

    function limitOf({ slot, generation }: Prefix, nowMs: number): number {
      const isHome = loginOf[slot] === generation && nowMs - (loginMs[slot] ?? 0) < DAY_MS
      return isHome ? limits.names * HOME_FACTOR : limits.names
    }

    return {
      only: { answer: { part: 'failures' }, credentials: 'accepted' },
      answer(given) {
        const { request, source, status, atMs } = given
        if (status < 400 || source.trunk !== undefined || request.to.tag !== undefined) return
        if (status === 401 || status === 407) {
          if (!hasCredentials(request)) questions.ask(source.prefix, hash(nameOf(request)), atMs)
        } else if (UNKNOWN_USER.has(status) && given.isOwn) {
          questions.leave(source.prefix, hash(nameOf(request)), atMs)
        }
      },
      credentials(judged) {
        if (!judged.isAccepted) return
        const { source, request, atMs } = judged
        const { prefix } = source
        loginMs[prefix.slot] = atMs
        loginOf[prefix.slot] = prefix.generation
        if (questions.openOf(prefix) > 0) questions.settle(prefix, hash(nameOf(request)), atMs)
      },
      tick(nowMs) {
        questions.tick(nowMs, prefix => {
          const value = questions.leftOf(prefix)
          const limit = limitOf(prefix, nowMs)
          if (value < limit) return
          report({
            subject: { kind: 'prefix', name: prefix.name },
            ...{ seen: undefined, value, limit, confidence: limit === limits.names ? 'medium' : 'low' },
            why: `Sources of ${prefix.name} asked for ${value} different names within a day that came to nothing`,
          })
        })
      },
    }
  },
})
