import { referenceOf } from '../reference.ts'
import { badReference } from '../referring.ts'

/** What a referrer signed, changed by the referee. */
export const editedReference = badReference({
  id: 'edited-reference',
  entry: 'D06',
  title: 'edits what a referrer signed, and calls with it somebody he never named',
  threats: ['referred-by-forged', 'referee-in-the-middle'],
  clause: '§3.3, REFER: the referee can forge the Referred-By header',
  references: ['RFC 3892 §4.1', 'RFC 3892 §6'],
  severity: 'medium',
  isOfAnybody: true,
  expected: 'A token that was changed after it was signed is 429.',
  made: {
    'another refer target, edited into the signed part': ({ referrer, callee, domain }) => {
      const other = `sip:operator@${domain}`
      const { referredBy, part } = referenceOf(referrer, other)
      return { referredBy, part: part.replace(`Refer-To: <${other}>`, `Refer-To: <${callee}>`) }
    },
    'another referrer, edited into the signed part': ({ referrer, callee, domain }) => {
      const { referredBy, part } = referenceOf(referrer, callee)
      const other = `sip:operator@${domain}`
      return {
        referredBy: referredBy.replace(referrer.aor, other),
        part: part.replace(`Referred-By: <${referrer.aor}>`, `Referred-By: <${other}>`),
      }
    },
  },
})
