import { attack } from '../attack.ts'
import { callNumber, fates } from '../toll.ts'

const CALLS = 10

/** Calls to expensive numbers that an account may make before somebody stops it. */
const MOST = 3

/** Whoever has a password calls expensive numbers, as many as he can before morning. */
export const stolenAccount = attack({
  id: 'stolen-account',
  entry: 'G07',
  title: 'calls premium numbers in a burst with a stolen account',
  threats: ['no-authorisation-model', 'internal-attacker'],
  clause: '§3.3, authorisation',
  references: ['RFC 3261 §22', 'RFC 5039 §3'],
  severity: 'critical',
  isIntrusive: true,
  maxMessages: 120,
  needs: ['account', 'premium-number'],
  expected: `Expensive calls are refused, or cut off after ${MOST}.`,
  mending: {
    aspis:
      'Allow a class only to who needs it (`rules`), with `policy: limits` (`calls`, `spend`); `toll-fraud` then suspends an account after three premium calls.',
    kamailio:
      'Bound calls at once with the dialog module (`set_dlg_profile()`, `get_profile_size()`) and money with the cnxcc module.',
    opensips:
      'Bound calls at once with `get_profile_size()` of the dialog module, and fraud with the fraud_detection module.',
    asterisk:
      'Count calls with `GROUP_COUNT()` in the dialplan before `Dial()`, and ask the trunk for a limit of money.',
  },
  async run(trial) {
    const caller = await trial.registered(0)
    const { premiumNumber = '', domain } = trial.target
    const stem = premiumNumber.slice(0, -2)
    const calls = Array.from({ length: CALLS }, (_, at) =>
      callNumber(caller, `sip:${stem}${20 + at}@${domain}`, {}, trial.answerMs),
    )
    const tolled = await Promise.all(calls)
    const counts = { calls: CALLS, ...fates(tolled) }
    if (counts.tried > MOST)
      return trial.succeeded(
        `${counts.tried} of ${CALLS} calls to premium numbers were put through at once`,
        counts,
      )
    if (counts.barred === 0)
      return trial.inconclusive(`calls got ${tolled[0]?.said}: refused, or no way out`, counts)
    const refused = tolled.find(({ fate }) => fate === 'barred')?.said
    return trial.resisted(
      `${counts.tried} of ${CALLS} were put through, ${counts.barred} refused (${refused})`,
      counts,
    )
  },
})
