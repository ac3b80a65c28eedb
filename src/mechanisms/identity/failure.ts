/** Codes of RFC 8224 §6.2.2. */
export type IdentityStatus = 403 | 428 | 436 | 437 | 438

/** Everything that can be wrong with an Identity header field, its token, or its certificate. */
export type IdentityFailure = keyof typeof IDENTITY_FAILURES

interface FailureFacts {
  readonly status: IdentityStatus
  /** One sentence for people. */
  readonly words: string
}

const of = (status: IdentityStatus, words: string): FailureFacts => ({ status, words })

/** One a line, sorted. The code is that of RFC 8224 §6.2.2 for a request in which nothing is better. */
export const IDENTITY_FAILURES = {
  'alg-not-es256': of(438, 'The token is not signed with ES256, the only algorithm of PASSporT.'),
  'attest-malformed': of(438, 'The attestation is missing or is none of A, B and C.'),
  'certificate-algorithm-unsupported': of(
    437,
    'A certificate of the chain is signed in a way that is not accepted.',
  ),
  'certificate-constraints-conflict': of(437, 'The certificate carries both kinds of claim constraints.'),
  'certificate-count': of(437, 'The certificate file holds no certificate, or too many of them.'),
  'certificate-expired': of(437, 'A certificate of the chain is no longer valid.'),
  'certificate-extension-unknown': of(437, 'A critical extension of a certificate is not understood.'),
  'certificate-is-authority': of(
    437,
    'The certificate that signed is an authority; only end entities sign tokens.',
  ),
  'certificate-issuer-not-authority': of(
    437,
    'A certificate of the chain was issued by one that is no authority.',
  ),
  'certificate-key-unsupported': of(437, 'The key of the certificate is not ECDSA on P-256.'),
  'certificate-malformed': of(437, 'A certificate cannot be read.'),
  'certificate-not-yet-valid': of(437, 'A certificate of the chain is not valid yet.'),
  'certificate-path-too-long': of(437, 'The chain is longer than one of its authorities permits.'),
  'certificate-scope-exceeds-parent': of(
    437,
    'The certificate claims numbers that its parent does not have.',
  ),
  'certificate-scope-unknown': of(437, 'The numbers of an authority in the chain are listed elsewhere.'),
  'certificate-signature-wrong': of(437, 'The signature of a certificate in the chain is wrong.'),
  'certificate-tn-list-malformed': of(437, 'The list of telephone numbers in a certificate breaks RFC 8226.'),
  'certificate-untrusted': of(437, 'The chain leads to no authority that we trust.'),
  'certificate-usage-wrong': of(437, 'The certificate may not be used for signatures.'),
  'chain-incomplete': of(438, 'A diversion names a destination that no other token has.'),
  'chain-orig-differs': of(438, 'A diversion names another caller than the call it diverts.'),
  'chain-target-differs': of(438, 'The last diversion leads elsewhere than the request.'),
  'claim-excluded': of(438, 'The token carries a claim that its certificate forbids.'),
  'claim-missing': of(438, 'The token lacks a claim that its type or certificate demands.'),
  'claim-not-permitted': of(438, 'A claim has a value that the certificate does not permit.'),
  'compact-not-possible': of(438, 'A token of this type must be in full form.'),
  'credential-address-refused': of(436, 'The address of the certificate is one that is never fetched.'),
  'credential-fetch-failed': of(436, 'The certificate could not be fetched.'),
  'credential-too-large': of(436, 'The certificate file is larger than is accepted.'),
  'crit-unsupported': of(438, 'The token demands an extension that is not understood.'),
  'date-future': of(403, 'The Date header field is in the future.'),
  'date-malformed': of(438, 'The Date header field cannot be read.'),
  'date-missing': of(438, 'A token in compact form needs a Date header field.'),
  'date-outside-certificate': of(437, 'The token is dated outside the validity of its certificate.'),
  'date-stale': of(403, 'The Date header field is too old.'),
  'dest-differs': of(438, 'The destination in the token is not that of the request.'),
  'dest-malformed': of(438, 'The claim dest is missing or malformed.'),
  'div-malformed': of(438, 'The claim div is missing or malformed.'),
  'header-duplicate': of(438, 'The same token stands twice.'),
  'header-malformed': of(438, 'The Identity header field breaks its grammar.'),
  'header-too-large': of(438, 'The Identity header field is larger than 8 KiB.'),
  'iat-future': of(403, 'The token is dated in the future.'),
  'iat-malformed': of(438, 'The claim iat is not a whole number.'),
  'iat-stale': of(403, 'The token is too old.'),
  'info-not-x5u': of(438, 'The address of the certificate differs between token and header field.'),
  'info-scheme-refused': of(436, 'The address of the certificate is not an https URL.'),
  'json-malformed': of(438, 'Header or payload of the token is not JSON that can be accepted.'),
  'mky-differs': of(438, 'The media key fingerprints in the token are not those of the message.'),
  'mky-malformed': of(438, 'The claim mky is malformed.'),
  'number-not-authorised': of(438, 'The certificate does not cover the telephone number.'),
  'orig-differs': of(438, 'The caller in the token is not that of the request.'),
  'orig-malformed': of(438, 'The claim orig is missing or malformed.'),
  'origid-malformed': of(438, 'The claim origid is missing or is no UUID.'),
  'ppt-differs': of(438, 'Header field and token name different PASSporT types.'),
  'ppt-unsupported': of(428, 'The type of the token is not supported.'),
  'rcd-malformed': of(438, 'The rich call data break RFC 9795.'),
  'replay-memory-short': of(438, 'The token is older than what is remembered of tokens used.'),
  replayed: of(438, 'The token was already used for another call.'),
  'request-only': of(428, 'A token that is for requests stands in a response.'),
  'response-only': of(428, 'A token of type rsp stands in a request.'),
  'signature-malformed': of(438, 'The signature is not 64 octets in base64url.'),
  'signature-wrong': of(438, 'The signature does not fit the token and the key.'),
  'signer-differs': of(438, 'The token is signed by another than the party that answered the call.'),
  'token-malformed': of(438, 'The token does not consist of three parts in base64url.'),
  'too-many': of(438, 'The request carries too many Identity header fields.'),
  'typ-not-passport': of(438, 'The type of the token is not passport.'),
  'uri-not-authorised': of(438, 'The certificate does not name the domain of the caller.'),
} as const satisfies Readonly<Record<string, FailureFacts>>

/** The reason phrase that goes with a failure. @see RFC 8224 §6.2.2 */
export function phraseOf(status: IdentityStatus): string {
  return PHRASES[status]
}

const PHRASES: Readonly<Record<IdentityStatus, string>> = {
  403: 'Stale Date',
  428: 'Use Identity Header',
  436: 'Bad Identity Info',
  437: 'Unsupported Credential',
  438: 'Invalid Identity Header',
}
