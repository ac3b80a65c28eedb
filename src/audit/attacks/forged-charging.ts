import { injection, lineWith } from '../injecting.ts'

const WORD = 'somebody-else-pays'

/** Words of the network about who pays and where a phone is, said by a phone. */
export const forgedCharging = injection({
  id: 'forged-charging',
  title: 'has somebody else pay, by charging fields that only networks write',
  references: ['RFC 7315 §4.6', 'RFC 5502 §6'],
  severity: 'medium',
  expected: 'Charging vectors, served users and charged parties that a user sends are taken off.',
  mending: {
    aspis: 'On by default: such fields pass from trunks with `trusted: true` only.',
    kamailio:
      'textops: `remove_hf_re("^P-(Charg|Served|Asserted-Service|Access)")` for everybody who is no trusted peer.',
    opensips:
      'sipmsgops: `remove_hf()` of `P-Charging-Vector`, `P-Charge-Info` and `P-Served-User` for everybody who is no trusted peer.',
    asterisk: 'It makes calls of its own and sends no such field on.',
  },
  lines: domain => [
    `P-Charging-Vector: icid-value=${WORD};orig-ioi=${domain}`,
    `P-Charge-Info: <sip:${WORD}@${domain}>`,
    `P-Served-User: <sip:${WORD}@${domain}>;sescase=orig;regstate=reg`,
  ],
  believed: invite => lineWith(invite, ['P-Charging-Vector', 'P-Charge-Info', 'P-Served-User'], WORD),
})
