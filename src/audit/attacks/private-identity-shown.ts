import { fieldsWith, PRIVACY_MENDING, privacyLeak } from '../privacy.ts'

/** An asserted identity that its owner asked to keep inside the trust domain. */
export const privateIdentityShown = privacyLeak({
  id: 'private-identity-shown',
  title: 'reads the asserted identity of a caller who asked for its privacy',
  threats: ['real-identity-shown'],
  clause: "§3.3, privacy: a user's personal information and real identity",
  references: ['RFC 3325 §7', 'RFC 3323 §4.2'],
  expected: 'With `Privacy: id` no asserted identity reaches a phone.',
  mending: {
    ...PRIVACY_MENDING,
    aspis: 'On by default: asserted identities are told to trunks with `trusted: true` only.',
    kamailio:
      'textops: `if (is_privacy("id")) remove_hf("P-Asserted-Identity")` toward everybody who is no trusted peer.',
    opensips:
      'sipmsgops: `if (is_privacy("id")) remove_hf("P-Asserted-Identity")` toward everybody who is no trusted peer.',
  },
  forms: {
    'Privacy: id': ({ aor }) => ['Privacy: id', `P-Preferred-Identity: <${aor}>`],
    'the same with an identity that was asserted before': ({ aor }) => [
      'Privacy: id',
      `P-Asserted-Identity: <${aor}>`,
    ],
  },
  shown: (invite, { account }) =>
    fieldsWith(
      invite,
      ['P-Asserted-Identity', 'P-Preferred-Identity', 'Remote-Party-ID', 'Proxy-Authorization'],
      [account?.user ?? 'nobody'],
    ),
})
