import { attack } from '../attack.ts'
import { callNumber, fates, type Tolled } from '../toll.ts'

/** What is dialled before a number somewhere: of trunks, of PBXs, of countries, of carriers. */
const PREFIXES = [
  '',
  '+',
  '0',
  '00',
  '000',
  '9',
  '90',
  '900',
  '011',
  '9011',
  '0011',
  '8',
  '810',
  '1',
  '99',
  '*67',
]

/** One number behind one prefix after the other: somewhere a rule is forgotten. */
export const dialPrefixes = attack({
  id: 'dial-prefixes',
  entry: 'G06',
  title: 'looks for a way out to a premium number behind one dial prefix after the other',
  threats: ['scanning', 'no-authorisation-model'],
  clause: '§3.3, authorisation',
  references: ['RFC 3261 §22', 'RFC 3966 §5.1'],
  severity: 'high',
  isIntrusive: false,
  maxMessages: 120,
  needs: ['account', 'premium-number'],
  expected: 'No prefix leads to the number, and who tries many is stopped.',
  mending: {
    aspis:
      'On by default: without a rule nobody calls out; `policy: numbers` makes one number of all its forms; `dial-prefix-scan` finds who tries prefixes.',
    kamailio:
      'Normalise `$rU` with the dialplan module before any route is chosen, refuse what fits no rule, count refusals in an htable.',
    opensips:
      'Normalise `$rU` with the dialplan module before any route is chosen, refuse what fits no rule, count refusals in a cache.',
    asterisk:
      'No pattern such as `_X.` or `_0.` that leads to a trunk: list what may be called, digit by digit.',
  },
  async run(trial) {
    const caller = await trial.registered(0)
    const { premiumNumber = '', domain } = trial.target
    const digits = premiumNumber.replace(/^\+/, '')
    const tolled: Tolled[] = []
    for (let at = 0; at < PREFIXES.length; at += 4) {
      const calls = PREFIXES.slice(at, at + 4).map(prefix =>
        callNumber(caller, `sip:${prefix}${digits}@${domain}`, {}, trial.answerMs / 2),
      )
      tolled.push(...(await Promise.all(calls)))
      if (tolled.slice(-4).every(({ said }) => said === 'silence')) break
    }
    const counts = { prefixes: tolled.length, ...fates(tolled) }
    const first = tolled.findIndex(({ fate }) => fate === 'tried')
    if (first >= 0)
      return trial.succeeded(
        `${counts.tried} of ${tolled.length} prefixes led out, the first "${PREFIXES[first]}" (${tolled[first]?.said})`,
        counts,
      )
    if (counts.barred === 0)
      return trial.inconclusive(`calls got ${tolled[0]?.said}: refused, or no way out`, counts)
    return trial.resisted(
      `none of ${tolled.length} prefixes led out: ${counts.barred} were refused (${tolled.find(({ fate }) => fate === 'barred')?.said})`,
      counts,
    )
  },
})
