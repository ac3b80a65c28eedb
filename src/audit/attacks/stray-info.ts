import { attack } from '../attack.ts'
import { reachUser, waysTo } from '../reaching.ts'

/** INFO that belongs to no call. */
export const strayInfo = attack({
  id: 'stray-info',
  entry: 'E08',
  title: 'sends digits to a phone with an INFO outside of any call',
  threats: ['unauthenticated-requests', 'spoofing'],
  clause: 'Table 1, row 7; §3.3, all requests must be authenticated',
  references: ['RFC 6086 §4.2', 'RFC 3261 §22.1'],
  severity: 'low',
  isIntrusive: false,
  maxMessages: 40,
  needs: ['account'],
  expected: 'What a stranger sends to a phone without credentials does not reach it.',
  mending: {
    aspis: 'On by default: every request needs credentials or the proof of its dialog.',
    kamailio:
      'Ask for credentials whatever From says: `proxy_authorize(…)` for INFO too, or drop it from outside (`if (is_method("INFO") && !allow_source_address()) exit;`).',
    opensips:
      'Ask for credentials whatever From says: `proxy_authorize(…)` for INFO too, or drop it from outside (`check_source_address(…)`).',
    asterisk: 'PJSIP answers a dialog that it does not know with 481: nothing to do.',
  },
  async run(trial) {
    const [alice, attacker] = [await trial.registered(0), await trial.stranger()]
    const said = {
      method: 'INFO',
      uri: alice.aor,
      lines: [],
      body: 'Signal=5\r\nDuration=160\r\n',
      contentType: 'application/dtmf-relay',
    }
    const froms = [`sip:${trial.target.domain}`, alice.aor, 'sip:provisioning@elsewhere.invalid']
    const sayings = froms.flatMap(from => waysTo(trial, alice, attacker, { ...said, from }))
    return reachUser(trial, 'INFOs', alice, attacker, sayings)
  },
})
