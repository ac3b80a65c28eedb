import { H } from '../../sip/message/header-id.ts'
import { detector } from '../detector.ts'
import type { AnswerGiven } from '../sighting.ts'
import { DecayingCounts } from '../tables/decaying-counts.ts'

const HALF_LIFE_MS = 30_000
/** Somebody logged in there so lately. */
const HOME_MS = 60_000
const HOME_FACTOR = 10

/**
 * Challenges that nobody makes use of: who asked acknowledges an INVITE's and comes back with credentials, or is not
 * where the request said it came from. Then the server's answers hit that address, which is the victim and not the
 * sender; scanners that never mean to log in look the same.
 */
export const reflection = detector({
  id: 'reflection',
  title: 'Answers that hit who did not ask',
  class: 'volume',
  threats: ['reflection', 'challenge-retransmission'],
  isSpoofable: true,
  score: 20,
  evasion:
    'Spread the forged addresses over a network: it is counted as one, too. Over all networks it is a flood.',
  thresholds: {
    answers: {
      default: 150,
      min: 10,
      max: 1_000_000,
      unit: 'answers',
      meaning: 'Challenges to one address that nobody made use of, fading by half in 30 seconds.',
    },
    answersOfPrefix: {
      default: 600,
      min: 10,
      max: 10_000_000,
      unit: 'answers',
      meaning: 'The same to one network.',
    },
  },
  start: ({ tables, limits, report }) => {
    const ofSource = new DecayingCounts(tables.sources.maxEntries, HALF_LIFE_MS)
    const ofPrefix = new DecayingCounts(tables.prefixes.maxEntries, HALF_LIFE_MS)

    const tell = (seen: AnswerGiven, isPrefix: boolean, value: number, limit: number): void => {
      const { source } = seen
      const name = isPrefix ? source.prefix.name : source.ip
      report({
        subject: isPrefix ? { kind: 'prefix', name } : { kind: 'source', name },
        seen,
        value,
        limit,
        why: `${name} was sent ${Math.round(value)} challenges within a minute and made use of none: its address is forged, or it only scans.`,
        confidence: 'medium',
        isSpoofable: true,
      })
    }

    return {
      only: { answer: { part: 'failures' } },
      request: ({ request, source, transport, atMs }) => {
        if (transport !== 'udp') return
        if (request.method !== 'ACK' && !request.has(H.authorization) && !request.has(H.proxyAuthorization))
          return
        if (ofSource.at(source, atMs) < 1) return
        ofSource.add(source, -1, atMs)
        if (ofPrefix.at(source.prefix, atMs) >= 1) ofPrefix.add(source.prefix, -1, atMs)
      },
      answer: given => {
        const { status, source, transport, atMs } = given
        if ((status !== 401 && status !== 407) || !given.isOwn || transport !== 'udp') return
        if (source.trunk !== undefined || source.isAllowed) return
        const value = ofSource.add(source, 1, atMs)
        const there = ofPrefix.add(source.prefix, 1, atMs)
        // Where users log in now, many may begin at once and come back later: after a power cut, a whole office.
        const factor = atMs - source.lastLoginMs < HOME_MS ? HOME_FACTOR : 1
        const [mine, all] = [limits.answers * factor, limits.answersOfPrefix * factor]
        if (value >= mine) tell(given, false, value, mine)
        else if (there >= all) tell(given, true, there, all)
      },
    }
  },
})
