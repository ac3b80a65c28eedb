import { attack } from '../attack.ts'
import { askedForProof, isTaken, proofOf, registerWith } from '../proof.ts'
import { answered } from '../reach.ts'

/** Whoever may choose the nonce prepares answers ahead: once with the phone at hand, and good for ever. */
export const inventedNonce = attack({
  id: 'invented-nonce',
  entry: 'C09',
  title: 'logs in with a nonce of its own invention',
  threats: ['digest-man-in-the-middle', 'replay'],
  clause: '§3.3, man in the middle',
  references: ['RFC 7616 §3.3', 'RFC 7616 §5.6'],
  severity: 'high',
  isIntrusive: false,
  maxMessages: 30,
  needs: ['account'],
  expected: 'A nonce that the server did not make, or that was altered, is not taken.',
  mending: {
    aspis: 'On by default: a nonce is sealed by a key, and bound to time, source, realm and algorithm.',
    kamailio:
      'Use `www_authenticate()` and `proxy_authenticate()`, which check the nonce; never compare hashes in the script.',
    opensips: 'Use `www_authorize()` and `proxy_authorize()`, which check the nonce.',
    asterisk: 'PJSIP checks its nonces: find what answers in its place.',
  },
  async run(trial) {
    const alice = await trial.user(0)
    const asked = await askedForProof(alice)
    const { nonce } = asked.challenge
    const middle = nonce.length >> 1
    const other = nonce[middle] === 'a' ? 'b' : 'a'
    const nonces = [
      ['an invented nonce', 'deadbeefdeadbeef'],
      ['an empty nonce', ''],
      ['a nonce with one character altered', `${nonce.slice(0, middle)}${other}${nonce.slice(middle + 1)}`],
      ['a nonce with one character cut off', nonce.slice(0, -1)],
    ] as const
    const refused: string[] = []
    for (const [what, forged] of nonces) {
      const answer = await registerWith(trial, asked, proofOf(asked, { challenge: { nonce: forged } }))
      if (isTaken(answer)) return trial.succeeded(`${what} was taken, and a contact registered with it`)
      refused.push(`${what} ${answered(answer)}`)
    }
    return trial.resisted(`none was taken: ${refused.join('; ')}`, { tried: refused.length })
  },
})
