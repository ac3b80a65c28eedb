import { attack } from '../attack.ts'
import { askedForProof, proofOf, withProof } from '../proof.ts'
import { answered, reach } from '../reach.ts'
import { sdp } from '../saying.ts'

/** A good password proves who pays, not who is shown: the user of the credentials must be the user in From. */
export const masqueradedByUser = attack({
  id: 'masqueraded-by-user',
  entry: 'C12',
  title: "calls in another user's name with its own good password",
  threats: ['user-name-not-tied-to-uri', 'spoofing'],
  clause: '§3.3, username and URI',
  references: ['RFC 3261 §22.1', 'RFC 3261 §26.3.2.2'],
  severity: 'high',
  isIntrusive: false,
  maxMessages: 40,
  needs: ['two-accounts'],
  expected: 'The user of the credentials must be the user in From: 403.',
  mending: {
    aspis: 'On by default: From must be an address of the account that logged in.',
    kamailio:
      'Use `auth_check("$fd", "subscriber", "1")`, or compare `$au` with `$fU` after `proxy_authenticate()`.',
    opensips:
      'Compare `$au` with `$fU` after `proxy_authorize()`, or call `db_is_from_authorized("uri")` of auth_db.',
    asterisk:
      'Set `callerid` of each endpoint and `trust_id_inbound` to no: From of phones is not used then.',
  },
  async run(trial) {
    const alice = await trial.registered(0)
    const bob = await trial.registered(1, { who: 'bob, the attacker' })
    const callee = await trial.registered(trial.target.accounts[2] === undefined ? 0 : 2).catch(() => alice)
    const saying = { method: 'INVITE', uri: callee.aor, from: alice.aor, body: sdp(bob.line.local.ip) }
    const asked = await askedForProof(bob, saying)
    const proved = withProof(asked, proofOf(asked))
    const { answer, request } = await reach(bob, callee, proved, { isBare: true, afterMs: trial.silenceMs })
    if (request === undefined)
      return trial.resisted(`From ${alice.aor} with the credentials of bob was answered ${answered(answer)}`)
    const shown = request.uri('From')
    if (shown.startsWith(`${alice.aor.split('@')[0] ?? ''}@`))
      return trial.succeeded(`the call rang with From <${shown}>, by the credentials of bob`)
    return trial.resisted(`the call rang, but with From <${shown}>`)
  },
})
