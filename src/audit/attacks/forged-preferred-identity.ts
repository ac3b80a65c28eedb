import { ASSERTING, injection, lineWith } from '../injecting.ts'

const WORD = 'chief-of-police'

/** A hint for the first proxy that is not true: taken at its word, or sent on. */
export const forgedPreferredIdentity = injection({
  id: 'forged-preferred-identity',
  title: 'prefers to be somebody else, by a P-Preferred-Identity that is none of his',
  references: ['RFC 3325 §6', 'RFC 3325 §9.2'],
  severity: 'medium',
  expected:
    "A preferred identity that is not the user's is not asserted, and the hint itself goes no further.",
  mending: {
    aspis: 'On by default: the hint is taken off, and only an address of the proven user is asserted by it.',
    kamailio: 'textops: `remove_hf("P-Preferred-Identity")`; assert what `$au` may use, never the hint.',
    opensips: 'sipmsgops: `remove_hf("P-Preferred-Identity")`; assert what `$au` may use, never the hint.',
    asterisk: 'It makes calls of its own and sends no such hint on; leave `trust_id_inbound` at `no`.',
  },
  lines: domain => [`P-Preferred-Identity: "Chief" <sip:${WORD}@${domain}>`],
  believed: invite => lineWith(invite, [...ASSERTING, 'P-Preferred-Identity'], WORD),
})
