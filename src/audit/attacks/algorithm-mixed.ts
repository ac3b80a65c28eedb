import { attack } from '../attack.ts'
import { challengesOf } from '../digest.ts'
import { askedForProof, isTaken, proofOf, registerWith } from '../proof.ts'
import { answered } from '../reach.ts'

/** Who checks by what the credentials say, and not by what was asked, lets the sender choose. */
export const algorithmMixed = attack({
  id: 'algorithm-mixed',
  entry: 'C08',
  title: 'answers a challenge by an algorithm that it did not offer',
  threats: ['known-plaintext', 'mechanism-bid-down'],
  clause: '§3.3, known plaintext',
  references: ['RFC 7616 §3.4', 'RFC 8760 §2.6'],
  severity: 'low',
  isIntrusive: false,
  maxMessages: 40,
  needs: ['account'],
  expected: 'An algorithm that was not offered is not taken, however right the response is.',
  mending: {
    aspis:
      'On by default: the nonce is bound to the algorithm of its row, and only what is offered is looked at.',
    kamailio: 'The auth module reckons by its own `algorithm`; let nothing but its functions decide.',
    opensips: 'Name the algorithms in `www_challenge()`; leave none to the sender.',
    asterisk: 'Name them in `supported_algorithms_uas` of the auth object (20.12, 21.7, 22.2 and later).',
  },
  async run(trial) {
    const alice = await trial.user(0)
    const tried: string[] = []
    for (const algorithm of ['MD5', 'SHA-256', 'SHA-512-256', 'MD5-sess', 'SHA-256-sess']) {
      const asked = await askedForProof(alice)
      const offers = challengesOf(asked.challenged).map(each => each.algorithm.toUpperCase())
      if (offers.includes(algorithm.toUpperCase())) continue
      const answer = await registerWith(trial, asked, proofOf(asked, { challenge: { algorithm } }))
      if (isTaken(answer))
        return trial.succeeded(`offered was ${offers.join(', ')}, and a response by ${algorithm} was taken`)
      tried.push(`${algorithm} ${answered(answer)}`)
    }
    return trial.resisted(`what was not offered was not taken: ${tried.join('; ')}`, { tried: tried.length })
  },
})
