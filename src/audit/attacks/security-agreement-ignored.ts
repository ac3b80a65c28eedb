import { attack } from '../attack.ts'
import { isTaken } from '../proof.ts'
import { answered } from '../reach.ts'

/** What a client says that it was offered, after somebody took the better mechanisms away (RFC 3329 §2.4). */
const BID_DOWN = ['Require: sec-agree', 'Proxy-Require: sec-agree', 'Security-Verify: digest;q=0.1']

/** An agreement that is demanded and ignored, or not compared, is an agreement that whoever sits between can weaken. */
export const securityAgreementIgnored = attack({
  id: 'security-agreement-ignored',
  entry: 'H04',
  title: 'registers by a security agreement that was never made',
  threats: ['mechanism-bid-down'],
  clause: '§3.2, security agreement',
  references: ['RFC 3329 §2.3', 'RFC 3329 §2.4', 'RFC 3261 §8.2.2.3'],
  severity: 'medium',
  isIntrusive: false,
  maxMessages: 20,
  needs: ['account'],
  expected: 'Who knows the agreement compares Security-Verify and answers 494; who does not answers 420.',
  mending: {
    aspis: 'On by default: requests that demand sec-agree are refused with 420, since it is not supported.',
    kamailio:
      'Call `sanity_check()`, which answers 420 to options beyond its `proxy_require`; with `ims_ipsec_pcscf` compare Security-Verify.',
    opensips: 'Answer `Require` and `Proxy-Require` with 420 where the option is not known.',
    asterisk: 'PJSIP makes no agreement with phones: let them come by a `transport` of TLS alone.',
  },
  async run(trial) {
    const alice = await trial.user(0)
    const uri = `sip:${alice.domain}`
    const honest = await alice.register(60)
    if (!isTaken(honest)) return trial.inconclusive(`an honest REGISTER got ${answered(honest)}`)
    await alice.register(0)
    const saying = { method: 'REGISTER', uri, to: alice.aor, lines: ['Expires: 60', ...BID_DOWN] }
    const answer = await alice.askProved(saying)
    if (isTaken(answer)) {
      trial.atEnd(() => alice.register(0))
      return trial.succeeded(
        'a REGISTER that demanded a security agreement, and named one that was never offered, was served',
      )
    }
    return trial.resisted(
      `a REGISTER with an agreement that was never offered was answered ${answered(answer)}`,
    )
  },
})
