import { referenceOf } from '../reference.ts'
import { badReference } from '../referring.ts'

/** A good token, in a request that it was not made for. */
export const pastedReference = badReference({
  id: 'pasted-reference',
  entry: 'D07',
  title: 'pastes a reference into a call to somebody else than it names',
  threats: ['referred-by-pasted', 'referee-in-the-middle'],
  clause: '§3.3, REFER: the referee may copy the information into future unrelated requests',
  references: ['RFC 3892 §4.1', 'RFC 3892 §6.1'],
  severity: 'medium',
  expected: 'A token is good for the Request-URI that its Refer-To names: elsewhere it is 429.',
  made: {
    'a token for another callee': ({ referrer, domain }) => referenceOf(referrer, `sip:operator@${domain}`),
    'a token under another name': ({ referrer, callee, domain }) => {
      const { referredBy, part } = referenceOf(referrer, callee)
      return { referredBy: referredBy.replace(referrer.aor, `sip:operator@${domain}`), part }
    },
  },
})
