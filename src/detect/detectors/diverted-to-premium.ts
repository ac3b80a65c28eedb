import { detector } from '../detector.ts'
import { shapeOf } from '../numbers/number-shape.ts'
import { quoted } from '../quoted.ts'
import type { ResponseSeen } from '../sighting.ts'
import { subjectOfSource } from '../source.ts'
import { partyOf } from '../tracker/party.ts'

/**
 * A phone that answers a call with "moved" to a premium or often abused number: who follows it pays, and forwarding by
 * a captured phone is how such calls are sold.
 */
export const divertedToPremium = detector({
  id: 'diverted-to-premium',
  title: 'Calls are diverted to dear numbers',
  class: 'fraud',
  threats: ['no-authorisation-model', 'referee-in-the-middle'],
  isSpoofable: true,
  score: 40,
  evasion:
    'Divert to a number that our list does not know as dear, or by a call of its own, which counts as one of the account.',
  thresholds: {},
  start: ({ report }) => ({
    only: { response: { part: 'failures' } },
    response: seen => {
      const { response, source } = seen
      if (response.status < 300 || response.status > 399 || seen.isStray) return
      const dear = dearContact(seen)
      if (dear === undefined) return
      const callee = partyOf(response.to.uri)
      report({
        subject: source.trunk === undefined ? { kind: 'account', name: callee } : subjectOfSource(source),
        seen,
        value: 1,
        limit: 1,
        why: `A call to ${quoted(callee)} was answered from ${source.ip} with a diversion to ${quoted(dear)}, a premium or often abused number.`,
        confidence: 'medium',
        // To is what the caller wrote, and a response proves no account: it must suspend nobody.
        ...(source.trunk === undefined ? { isSpoofable: true } : {}),
      })
    },
  }),
})

function dearContact({ response }: ResponseSeen): string | undefined {
  for (const contact of response.contacts) {
    const user = contact?.uri.user ?? ''
    if (shapeOf(user).cost >= 2) return contact?.uriText
  }
  return undefined
}
