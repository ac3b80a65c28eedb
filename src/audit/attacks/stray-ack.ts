import { attack } from '../attack.ts'
import { token } from '../saying.ts'

/** ACK that belongs to nothing: the one method that cannot be challenged, so a way around every proof. */
export const strayAck = attack({
  id: 'stray-ack',
  entry: 'E04',
  title: 'reaches a user with an ACK that belongs to no call',
  threats: ['unauthenticated-ack', 'unauthenticated-requests'],
  clause: '§3.3, ACK relies on the credentials of previous requests',
  references: ['RFC 3261 §22.1', 'RFC 3261 §16.6'],
  severity: 'medium',
  isIntrusive: false,
  maxMessages: 40,
  needs: ['account'],
  expected: 'An ACK without a call is dropped, whatever its tags and Route say.',
  mending: {
    aspis: 'On by default: an ACK needs the proof of its dialog and its source, or it is dropped.',
    kamailio:
      'Relay an ACK only where `t_check_trans()` finds its INVITE or `is_known_dlg()` its dialog; `exit` otherwise.',
    opensips:
      'Relay an ACK only where `t_check_trans()` or, behind `loose_route()`, `validate_dialog()` finds its call; `exit` otherwise.',
    asterisk: 'A back-to-back user agent sends no ACK of others on: nothing to do.',
  },
  async run(trial) {
    const alice = await trial.registered(0)
    const attacker = await trial.stranger()
    const { ip, ports } = trial.target
    const port = ports[attacker.line.transport] ?? 0
    const routes = [`<sip:${ip}:${port};lr>`]
    const base = { method: 'ACK', contact: false as const, to: alice.aor }
    const tries = [
      { ...base, uri: alice.aor },
      { ...base, uri: alice.aor, toTag: token() },
      { ...base, uri: alice.contact, toTag: token() },
      { ...base, uri: alice.contact, toTag: token(), routes },
    ]
    for (const saying of tries) attacker.line.send(attacker.text(saying))
    await trial.pause(trial.silenceMs)
    const reached = alice.line.heard.filter(({ method }) => method === 'ACK').length
    const counts = { tried: tries.length, reached }
    if (reached > 0)
      return trial.succeeded(`${reached} of ${tries.length} ACKs without a call reached a user`, counts)
    return trial.resisted(`none of ${tries.length} ACKs without a call reached a user`, counts)
  },
})
