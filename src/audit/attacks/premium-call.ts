import { attack } from '../attack.ts'
import { callNumber, fates } from '../toll.ts'

/** A call of a class that the account is not granted, in every form that a number has. */
export const premiumCall = attack({
  id: 'premium-call',
  entry: 'C14',
  title: 'calls a premium number with an account that is not granted such calls',
  threats: ['no-authorisation-model'],
  clause: '§3.3, authorisation',
  references: ['RFC 3261 §22', 'RFC 3966 §5.1'],
  severity: 'high',
  isIntrusive: false,
  maxMessages: 60,
  needs: ['account', 'premium-number'],
  expected: 'A number of a class that the account is not granted is refused in every form: 403 or 404.',
  mending: {
    aspis:
      'On by default: without a rule nobody calls out. Name the class in `policy: classes` and let no rule of `rules` allow it.',
    kamailio:
      'After `proxy_authorize()` check the group of `$au` (`is_user_in()` of the group module) and the normalised number (dialplan, permissions `allow_routing()`).',
    opensips:
      'After `proxy_authorize()` check the group of `$au` (`db_is_user_in()` of the group module) and the normalised number (dialplan module).',
    asterisk: 'Give each endpoint a `context` whose dialplan has only the patterns that it may call.',
  },
  async run(trial) {
    const caller = await trial.registered(0)
    const { premiumNumber = '', domain } = trial.target
    const digits = premiumNumber.replace(/^\+/, '')
    const spaced = digits.replace(/(\d{3})(?=\d)/g, '$1-')
    const forms = [
      `sip:${premiumNumber}@${domain}`,
      `sip:${premiumNumber}@${domain};user=phone`,
      `sip:+${spaced}@${domain};user=phone`,
      `sip:%2B${digits}@${domain}`,
      `tel:${premiumNumber}`,
      `sip:${premiumNumber};phone-context=${domain}@${domain};user=phone`,
    ]
    const tolled = await Promise.all(forms.map(uri => callNumber(caller, uri, {}, trial.answerMs / 2)))
    const counts = { forms: forms.length, ...fates(tolled) }
    const first = tolled.findIndex(({ fate }) => fate === 'tried')
    if (first >= 0)
      return trial.succeeded(
        `${counts.tried} of ${forms.length} calls were put through: ${forms[first]} got ${tolled[first]?.said}`,
        counts,
      )
    if (counts.barred === 0)
      return trial.inconclusive(`calls got ${tolled[0]?.said}: refused, or no way out`, counts)
    return trial.resisted(
      `${counts.barred} of ${forms.length} forms of the number were refused (${tolled.find(({ fate }) => fate === 'barred')?.said}), none was put through`,
      counts,
    )
  },
})
