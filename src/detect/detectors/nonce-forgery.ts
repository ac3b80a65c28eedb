import { detector } from '../detector.ts'
import { subjectOfSource } from '../source.ts'
import { DecayingCounts } from '../tables/decaying-counts.ts'

const HALF_LIFE_MS = 600_000
const EVERYBODY = { slot: 0, generation: 1 }
/** After a restart each phone brings one old nonce, and then logs in: a login pays for more than one. */
const LOGIN_PAYS = 2

/**
 * Nonces that the server never gave: guessed, forged or altered. They cost one keyed hash and no memory. Logins pay for
 * what restarts and old phones bring, so that only those count who never log in.
 */
export const nonceForgery = detector({
  id: 'nonce-forgery',
  title: 'Nonces that the server never gave',
  class: 'auth',
  threats: ['authentication-load', 'replay', 'flooding'],
  isSpoofable: true,
  score: 30,
  evasion: 'Few forged nonces from each of many sources: they are counted together, too.',
  thresholds: {
    ofSource: {
      ...{ default: 15, min: 3, max: 10_000, unit: 'requests' },
      meaning:
        'Requests of one source with nonces that the server never gave, fading by half in ten minutes.',
    },
    ofAll: {
      ...{ default: 300, min: 50, max: 1_000_000, unit: 'requests' },
      meaning: 'The same of all sources together, less two for each login.',
    },
  },
  start({ limits, tables, report }) {
    const forged = new DecayingCounts(tables.sources.maxEntries, HALF_LIFE_MS)
    const all = new DecayingCounts(2, HALF_LIFE_MS)
    return {
      credentials(judged) {
        const { source, atMs, why } = judged
        if (judged.isAccepted) {
          if (all.at(EVERYBODY, atMs) < 1) return
          if (forged.at(source, atMs) > 0)
            forged.add(source, -Math.min(LOGIN_PAYS, forged.at(source, atMs)), atMs)
          all.add(EVERYBODY, -Math.min(LOGIN_PAYS, all.at(EVERYBODY, atMs)), atMs)
          return
        }
        if (why !== 'nonce-altered') return
        const value = forged.add(source, 1, atMs)
        const ofAll = all.add(EVERYBODY, 1, atMs)
        if (value >= limits.ofSource) {
          report({
            subject: subjectOfSource(source),
            ...{ seen: judged, value: Math.round(value), limit: limits.ofSource, confidence: 'medium' },
            why: `${source.ip} sent about ${Math.round(value)} nonces in some minutes that the server never gave`,
          })
        } else if (ofAll >= limits.ofAll) {
          report({
            subject: { kind: 'server', name: '' },
            ...{ seen: judged, value: Math.round(ofAll), limit: limits.ofAll, confidence: 'medium' },
            why: `About ${Math.round(ofAll)} nonces came from many sources in some minutes that the server never gave`,
          })
        }
      },
    }
  },
})
