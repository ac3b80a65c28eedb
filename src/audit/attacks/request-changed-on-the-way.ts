import { attack } from '../attack.ts'
import { answered, reach } from '../reach.ts'
import { sdp, token } from '../saying.ts'

/** Credentials cover method and Request-URI; who holds them on the way changes everything else. */
export const requestChangedOnTheWay = attack({
  id: 'request-changed-on-the-way',
  entry: 'E12',
  title: 'takes a proven INVITE on its way, changes its media address and sends it on',
  threats: ['digest-without-integrity', 'digest-man-in-the-middle', 'headers-cannot-be-covered'],
  clause: 'Table 2; §3.3, digest covers few fields',
  references: ['RFC 7616 §3.4.3', 'RFC 3261 §22.4'],
  severity: 'high',
  isIntrusive: false,
  maxMessages: 60,
  needs: ['two-accounts', 'addresses'],
  expected:
    'Credentials that were made for one source are worth nothing from another, whatever else they cover.',
  mending: {
    aspis:
      'On by default: nonces are bound to their source; `digest: auth-int-methods: [INVITE]` covers bodies too.',
    kamailio:
      '`modparam("auth", "auth_checks_no_dlg", 9)` binds nonces to Request-URI and source, without `nonce_count`, beside which it is not looked at; TLS to every phone.',
    opensips: 'TLS to every phone: nonces of its auth module are not bound to a source.',
    asterisk:
      'PJSIP puts the source address into its nonces: find what answers in its place; TLS to every phone.',
  },
  async run(trial) {
    const [alice, bob] = [await trial.registered(0), await trial.registered(1)]
    const middle = await trial.stranger({ who: 'middle' })
    const whole = {
      method: 'INVITE',
      uri: bob.aor,
      callId: token(),
      fromTag: token(),
      body: sdp(alice.line.local.ip),
    }
    const challenged = await alice.ask({ ...whole, cseq: 1 })
    const proof = challenged.final === undefined ? undefined : alice.proof(challenged.final, whole)
    if (proof === undefined)
      return trial.inconclusive(`an INVITE was not asked for credentials: ${answered(challenged)}`)
    const evil = sdp(middle.line.local.ip, 6_666)
    // The proven INVITE never arrives: what arrives is this one.
    const { answer, request } = await reach(
      middle,
      bob,
      { ...whole, from: alice.aor, cseq: 2, lines: [proof], body: evil },
      { isBare: true },
    )
    if (request?.body.includes(middle.line.local.ip))
      return trial.succeeded(`the call rang with media toward ${middle.line.local.ip}, proven by another`)
    if (request !== undefined) return trial.inconclusive('the call rang, with media of neither')
    return trial.resisted(
      `credentials that ${alice.line.local.ip} had made were answered ${answered(answer)} from ${middle.line.local.ip}`,
    )
  },
})
