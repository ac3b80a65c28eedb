import { attack } from '../attack.ts'
import { challengesOf } from '../digest.ts'
import { askedForProof, proofOf, withProof } from '../proof.ts'
import { answered, reach } from '../reach.ts'
import { sdp } from '../saying.ts'

/** Where the voice goes stands in the body, which qop=auth does not cover. */
export const swappedBody = attack({
  id: 'swapped-body',
  entry: 'C07',
  title: 'puts another session description under captured credentials',
  threats: ['digest-without-integrity', 'message-tampering'],
  clause: '§3.3, no integrity; Table 1, row 5',
  references: ['RFC 7616 §3.4.3', 'RFC 7616 §5.7', 'RFC 3261 §22.4'],
  severity: 'medium',
  isIntrusive: false,
  maxMessages: 40,
  needs: ['two-accounts'],
  expected: 'auth-int is offered, and credentials by it are refused with another body.',
  mending: {
    aspis:
      'On by default: auth-int is offered; `digest: auth-int-methods: [INVITE]` demands it where all phones know it.',
    kamailio: 'Its digest does not cover bodies: use TLS up to the phones, so that nobody can swap them.',
    opensips:
      'Offer "auth,auth-int" as the qop of `proxy_challenge()` (3.2 and later), or use TLS up to the phones.',
    asterisk: 'PJSIP offers qop=auth alone: use TLS up to the phones, so that nobody can swap bodies.',
  },
  async run(trial) {
    const [alice, bob] = [await trial.registered(0), await trial.registered(1)]
    const attacker = await trial.stranger()
    const asked = await askedForProof(bob, { method: 'INVITE', uri: alice.aor, body: sdp(bob.line.local.ip) })
    const offers = challengesOf(asked.challenged).flatMap(each => each.qop)
    const qop = offers.includes('auth-int') ? 'auth-int' : offers.includes('auth') ? 'auth' : 'none'
    const proof = proofOf(asked, { proving: { qop } })
    const body = sdp(attacker.line.local.ip, 6_666)
    const swapped = { ...withProof(asked, proof), body }
    const { answer, request } = await reach(bob, alice, swapped, { isBare: true, afterMs: trial.silenceMs })
    const offered =
      offers.length === 0 ? 'no qop was offered' : `offered was qop="${[...new Set(offers)].join(',')}"`
    if (request === undefined)
      return trial.resisted(
        `${offered}; another body under good credentials was answered ${answered(answer)}`,
      )
    const isSwapped = request.body.includes(' 6666 ')
    return isSwapped
      ? trial.succeeded(
          `${offered}; a session description of the attacker's, under good credentials, reached the callee`,
        )
      : trial.inconclusive('the call rang, with a session description of the server’s own')
  },
})
