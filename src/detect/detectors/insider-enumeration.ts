import type { SipRequest } from '../../sip/message/message.ts'
import { type Detector, detector } from '../detector.ts'
import { offeredAccount } from '../offered-account.ts'
import { DistinctCount } from '../tables/distinct-count.ts'
import { PerSlot } from '../tables/per-slot.ts'
import type { SlotEntry } from '../tables/slot-table.ts'

const DAY_MS = 86_400_000
/** Accounts that ask for names that are not there, at a time. */
const MAX_ACCOUNTS = 4096

/** Names that are not there, asked for with right credentials: counted by account, whatever addresses it uses. */
export const insiderEnumeration: Detector = detector({
  id: 'insider-enumeration',
  title: 'An account asks for many names that are not there',
  class: 'behaviour',
  threats: ['internal-attacker', 'scanning'],
  isSpoofable: false,
  score: 40,
  evasion: 'Less than the threshold in a day, or a stolen account for each dozen of names.',
  thresholds: {
    names: {
      default: 12,
      min: 3,
      max: 10_000,
      unit: 'names',
      meaning: 'Different names that are not there which one account may ask for in a day.',
    },
  },
  start: ({ limits, tables, hash, report }) => {
    const asked = new PerSlot(tables.accounts.maxEntries, MAX_ACCOUNTS, () => ({
      names: new DistinctCount(),
      sinceMs: Number.NaN,
    }))
    // Credentials are judged just before their request is answered.
    let proved: SipRequest | undefined
    let account: SlotEntry | undefined
    return {
      only: { answer: { part: 'refusals' } },
      credentials: judged => {
        proved = judged.isAccepted ? judged.request : undefined
        if (judged.isAccepted) account = tables.accounts.peek(offeredAccount(judged))
      },
      answer: given => {
        const { request, status, isOwn, atMs } = given
        if (request !== proved || account === undefined || status !== 404 || !isOwn) return
        const state = asked.of(account)
        if (!(atMs - state.sinceMs < DAY_MS)) {
          state.names.clear()
          state.sinceMs = atMs
        }
        const { user = '', host } = request.uri
        if (!state.names.add(hash(`${user}@${host}`)) || state.names.estimate < limits.names) return
        const count = Math.round(state.names.estimate)
        report({
          subject: { kind: 'account', name: account.key },
          seen: given,
          value: count,
          limit: limits.names,
          why: `The account ${account.key} asked for about ${count} names within a day that are not there, with right credentials.`,
          confidence: 'medium',
        })
      },
    }
  },
})
