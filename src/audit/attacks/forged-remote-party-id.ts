import { ASSERTING, injection, lineWith } from '../injecting.ts'

const WORD = 'chief-of-police'

/** The older header field that gateways still believe. */
export const forgedRemotePartyId = injection({
  id: 'forged-remote-party-id',
  title: 'is shown as somebody else, by a Remote-Party-ID in a call of his own',
  references: ['RFC 3325 §5', 'RFC 3324 §2.3'],
  severity: 'high',
  expected: 'A Remote-Party-ID that a user sends is taken off before the callee sees it.',
  mending: {
    aspis: 'On by default: taken off whatever comes from outside trunks with `trusted: true`.',
    kamailio:
      'textops: `remove_hf("Remote-Party-ID")` before `append_hf()` or `append_rpid_hf()` of your own.',
    opensips: 'sipmsgops: `remove_hf("Remote-Party-ID")` before you append your own.',
    asterisk: 'Leave `trust_id_inbound` of the endpoint at `no`, and set `callerid`.',
  },
  lines: domain => [`Remote-Party-ID: "Chief" <sip:${WORD}@${domain}>;party=calling;screen=yes;privacy=off`],
  believed: invite => lineWith(invite, ASSERTING, WORD),
})
