import { attack } from '../attack.ts'
import { challengesOf } from '../digest.ts'
import { askedForProof, isTaken, proofOf, registerWith } from '../proof.ts'
import { answered } from '../reach.ts'

/**
 * Who sits between takes the better rows of a challenge away, and the phone answers what is left. A server may offer
 * MD5 to old phones beside something better; what it may not do is know nothing better, or take the nonce of one row in
 * the answer to another.
 */
export const md5Downgrade = attack({
  id: 'md5-downgrade',
  entry: 'C08',
  title: 'answers with MD5, as if the better rows of the challenge had been taken away',
  threats: ['known-plaintext', 'mechanism-bid-down'],
  clause: '§3.3, known plaintext; §3.2, security agreement',
  references: ['RFC 8760 §2.3', 'RFC 8760 §2.4', 'RFC 7616 §5.11'],
  severity: 'medium',
  isIntrusive: false,
  maxMessages: 12,
  needs: ['account'],
  expected: 'Something better than MD5 is offered, and its nonce is worth nothing in an answer by MD5.',
  mending: {
    aspis: 'On by default: SHA-256 first, MD5 for users marked by `aspis user add --md5` alone.',
    kamailio: 'Set `algorithm` of the auth module to "SHA-256" where all phones know it.',
    opensips:
      'Name SHA-256 among the algorithms of `www_challenge()` and `proxy_challenge()` (3.2 and later).',
    asterisk: '`supported_algorithms_uas=SHA-256` in the auth object (20.12, 21.7, 22.2 and later).',
  },
  async run(trial) {
    const alice = await trial.user(0)
    const asked = await askedForProof(alice)
    const offers = challengesOf(asked.challenged).map(each => each.algorithm)
    const better = challengesOf(asked.challenged).find(each => !/^md5/i.test(each.algorithm))
    const offered = offers.join(', ')
    // The nonce of the best row, if there is a better one than MD5.
    const lies = { challenge: { ...(better ?? asked.challenge), algorithm: 'MD5' } }
    const answer = await registerWith(trial, asked, proofOf(asked, lies))
    if (!isTaken(answer))
      return trial.resisted(
        `offered was ${offered}; an answer by MD5 to the first row was answered ${answered(answer)}`,
      )
    if (better === undefined) return trial.succeeded(`nothing but ${offered} is offered, and it was taken`)
    return trial.succeeded(
      `offered was ${offered}; the nonce of ${better.algorithm} was taken in an answer by MD5`,
    )
  },
})
