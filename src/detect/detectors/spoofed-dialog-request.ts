import { detector } from '../detector.ts'
import { isHome } from '../offered-account.ts'
import { quoted } from '../quoted.ts'
import type { DialogDoubted } from '../sighting.ts'
import { subjectOfSource } from '../source.ts'
import { PairCounts } from '../tables/pair-counts.ts'

const DAY_MS = 24 * 3_600_000
const MAX_PAIRS = 8192

/** What each of them would have done, had it been believed. */
const EFFECTS: ReadonlyMap<string, string> = new Map([
  ['ACK', 'answers for the caller'],
  ['BYE', 'ends the call'],
  ['CANCEL', 'cancels the call'],
  ['INFO', 'speaks in the call'],
  ['INVITE', 'moves the media of the call'],
  ['PRACK', 'answers for the caller'],
  ['REFER', 'sends the call elsewhere'],
  ['UPDATE', 'moves the media of the call'],
])

/**
 * Requests inside a call from an address that is neither party's: BYE and CANCEL that end it, re-INVITE and UPDATE that
 * move its media, ACK that speaks for the caller; a captured call played again from elsewhere. They are refused without
 * proof. A user on the way to another network registers there first: from where users of ours live it takes more.
 */
export const spoofedDialogRequest = detector({
  id: 'spoofed-dialog-request',
  title: 'A stranger speaks in a call',
  class: 'state',
  threats: ['spoofed-in-dialog-request', 'unauthenticated-ack', 'spoofing'],
  isSpoofable: true,
  score: 40,
  evasion:
    'Write the address of a party on a datagram: no address tells it then, and only the tags, the nonce and the proof of the dialog stand.',
  thresholds: {
    calls: {
      ...{ default: 1, min: 1, max: 100, unit: 'calls in a day' },
      meaning: 'Calls of others that one source without users of ours spoke in.',
    },
    callsAtHome: {
      ...{ default: 3, min: 1, max: 1000, unit: 'calls in a day' },
      meaning: 'The same of a source where users of ours live.',
    },
  },
  start({ limits, tables, hash, report }) {
    const spoken = new PairCounts(tables.sources.maxEntries, MAX_PAIRS, DAY_MS)
    return {
      doubt(seen) {
        if (!isByStranger(seen)) return
        const { source, message, atMs, account } = seen
        if (message?.kind !== 'request' || source.trunk !== undefined) return
        const { distinct } = spoken.add(source, hash(message.callId), atMs)
        const isAtHome = isHome(source, atMs)
        const limit = isAtHome ? limits.callsAtHome : limits.calls
        if (distinct < limit) return
        const { method } = message
        const of = account === '' ? '' : ` of ${quoted(account)}`
        report({
          subject: subjectOfSource(source),
          ...{ seen, value: distinct, limit, confidence: isAtHome ? 'low' : 'medium' },
          why: `${source.ip}, which is no party, sent ${quoted(method, 16)} in a call${of}: it ${EFFECTS.get(method) ?? 'speaks in the call'}`,
        })
      },
      tick: nowMs => spoken.sweep(nowMs),
    }
  },
})

function isByStranger({ doubt }: DialogDoubted): boolean {
  return doubt === 'request-from-another-source' || doubt === 'cancel-from-another-source'
}
