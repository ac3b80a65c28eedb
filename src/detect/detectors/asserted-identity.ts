import { parseNameAddr } from '../../sip/headers/name-addr.ts'
import { H, type HeaderId } from '../../sip/message/header-id.ts'
import { detector } from '../detector.ts'
import { quoted } from '../quoted.ts'
import { subjectOfSource } from '../source.ts'
import { FewDistinct, mixed } from '../tables/few-distinct.ts'
import { partyOf } from '../tracker/party.ts'

const DAY_MS = 86_400_000
const ROWS = 4096
const WIDTH = 16

/** What only those of the trust domain may say (RFC 3325 §9.1); Diversion and Remote-Party-ID were never standardised as more. */
const ASSERTED: readonly (readonly [HeaderId, string])[] = [
  [H.pAssertedIdentity, 'P-Asserted-Identity'],
  [H.remotePartyId, 'Remote-Party-ID'],
  [H.diversion, 'Diversion'],
]

/**
 * Who asserts an identity that is not for him to assert. Phones say their own that way, which harms nobody; counted
 * are different others, and a user of ours whom a source names where nobody logged in is told at once.
 */
export const assertedIdentity = detector({
  id: 'asserted-identity',
  title: 'Identities asserted by who may not',
  class: 'spec',
  threats: ['spoofing', 'proxy-unsure-of-user'],
  isSpoofable: true,
  score: 30,
  evasion: 'One identity a source and day: the server takes it out of the request all the same.',
  thresholds: {
    identities: {
      default: 4,
      min: 2,
      max: WIDTH,
      unit: 'identities',
      meaning: 'Different identities of others that one source asserted within a day.',
    },
  },
  start: ({ tables, limits, hash, report }) => {
    const salt = hash('asserted-identity')
    const identities = new FewDistinct(ROWS, WIDTH, DAY_MS)
    return {
      only: { request: { methods: ['INVITE', 'MESSAGE'], part: 'outside' } },
      request: seen => {
        const { request, source, atMs } = seen
        if (request.method !== 'INVITE' && request.method !== 'MESSAGE') return
        if (seen.isInDialog || source.trunk !== undefined || source.isAllowed) return
        const isStranger = source.lastLoginMs === Number.NEGATIVE_INFINITY
        for (const [id, name] of ASSERTED) {
          // A user's phone diverts calls of others, and says so.
          if ((id === H.diversion && !isStranger) || !request.has(id)) continue
          const asserted = parseNameAddr(request.list(id)[0] ?? '')
          if (!asserted.ok) continue
          const party = partyOf(asserted.value.uri)
          if (party === partyOf(request.from.uri)) continue
          const isOurs = isStranger && tables.accounts.peek(party) !== undefined
          const count = identities.add(mixed(salt, source.slot, source.generation), hash(party), atMs)
          if (!isOurs && count < limits.identities) continue
          report({
            subject: subjectOfSource(source),
            seen,
            value: count,
            limit: isOurs ? 1 : limits.identities,
            why: isOurs
              ? `${source.ip}, where nobody logged in, asserts in ${name} to be ${quoted(party)}, a user of ours.`
              : `${source.ip} asserted ${count} identities of others within a day, last ${quoted(party)} in ${name}.`,
            confidence: 'medium',
            isSpoofable: !source.isProved,
          })
          return
        }
      },
    }
  },
})
