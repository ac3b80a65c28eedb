import { attack } from '../attack.ts'
import { token } from '../saying.ts'
import { boundAfter } from '../taking-over.ts'

/** A user's own REGISTER that went by, with its credentials, sent again with another contact. Digest does not cover Contact. */
export const contactSwappedInCopy = attack({
  id: 'contact-swapped-in-copy',
  entry: 'E09',
  title: "binds a contact of its own with a copy of a user's REGISTER and its credentials",
  threats: ['registration-hijack', 'digest-without-integrity', 'replay'],
  clause: '§3.1, hijacking; §3.3, no integrity of digest',
  references: ['RFC 3261 §22.1', 'RFC 7616 §5.4', 'RFC 7616 §3.3'],
  severity: 'critical',
  isIntrusive: false,
  maxMessages: 40,
  needs: ['account', 'addresses'],
  expected: 'Credentials that were used once, from elsewhere, open nothing: 401 with stale, or 403.',
  mending: {
    aspis: 'On by default: a nonce serves one source, and a nonce count serves once.',
    kamailio:
      'Set `qop` to "auth" and `nonce_count` to 1 in the auth module, with a transaction made before (`t_newtran()`): a count is good once then.',
    opensips: 'Leave `disable_nonce_check` of auth at 0, so that a nonce is good once; use TLS.',
    asterisk:
      'PJSIP binds a nonce to its source, but takes it again from there: set `nonce_lifetime` of the `auth` short, and use TLS.',
  },
  async run(trial) {
    const [alice, attacker] = [await trial.user(0), await trial.stranger()]
    const said = {
      method: 'REGISTER',
      uri: `sip:${alice.domain}`,
      to: alice.aor,
      callId: token(),
      lines: ['Expires: 60'],
    }
    const { final, status } = await alice.ask(said)
    const proof = final === undefined ? undefined : alice.proof(final, said)
    if (proof === undefined)
      return trial.inconclusive(`a REGISTER without credentials got ${status}, no challenge`)
    const proved = { ...said, cseq: 2, lines: [...said.lines, proof] }
    const own = await alice.ask(proved)
    if (own.status !== 200) return trial.inconclusive(`the user could not register: ${own.status}`)
    trial.atEnd(() => alice.register(0))
    trial.atEnd(() => alice.register(0, attacker.contact))
    const stolen = { ...proved, cseq: 3, from: alice.aor, contact: attacker.contact }
    const answer = await attacker.ask(stolen)
    return boundAfter(trial, alice, attacker.contact, [answer.final?.startLine ?? 'silence'])
  },
})
