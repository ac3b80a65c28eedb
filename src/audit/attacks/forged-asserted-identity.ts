import { ASSERTING, injection, lineWith } from '../injecting.ts'

const WORD = 'chief-of-police'

/** A user asserts another identity of his. */
export const forgedAssertedIdentity = injection({
  id: 'forged-asserted-identity',
  title: 'asserts to be somebody else, by a P-Asserted-Identity in a call of his own',
  references: ['RFC 3325 §5', 'RFC 3325 §6'],
  severity: 'high',
  expected: 'A P-Asserted-Identity that a user sends is taken off before the callee sees it.',
  mending: {
    aspis: 'On by default: asserted identities pass from trunks with `trusted: true` only.',
    kamailio:
      'textops: `remove_hf("P-Asserted-Identity")` for everybody who is no trusted peer (permissions: `allow_source_address()`), then append your own.',
    opensips:
      'sipmsgops: `remove_hf("P-Asserted-Identity")` unless `check_source_address()` knows the peer, then `append_hf()` your own.',
    asterisk: 'Leave `trust_id_inbound` of the endpoint at `no`, and set `callerid`.',
  },
  lines: domain => [`P-Asserted-Identity: "Chief" <sip:${WORD}@${domain}>`],
  believed: invite => lineWith(invite, ASSERTING, WORD),
})
