import { attack } from '../attack.ts'
import { reachUser, waysTo } from '../reaching.ts'
import { MENDING_OF_NOTIFY } from '../shared-mending.ts'

/** NOTIFY of a message summary that nobody subscribed to. */
export const fakeMessageWaiting = attack({
  id: 'fake-message-waiting',
  entry: 'E08',
  title: 'tells a phone of voice messages that nobody left',
  threats: ['unauthenticated-requests', 'spoofing'],
  clause: 'Table 1, row 7; §3.3, all requests must be authenticated',
  references: ['RFC 3842 §3', 'RFC 6665 §4.1.3'],
  severity: 'low',
  isIntrusive: false,
  maxMessages: 40,
  needs: ['account'],
  expected: 'What a stranger sends to a phone without credentials does not reach it.',
  mending: MENDING_OF_NOTIFY,
  async run(trial) {
    const [alice, attacker] = [await trial.registered(0), await trial.stranger()]
    const said = {
      method: 'NOTIFY',
      uri: alice.aor,
      lines: ['Event: message-summary', 'Subscription-State: active'],
      body: 'Messages-Waiting: yes\r\nVoice-Message: 9/0 (9/0)\r\n',
      contentType: 'application/simple-message-summary',
    }
    const froms = [`sip:${trial.target.domain}`, alice.aor, 'sip:provisioning@elsewhere.invalid']
    const sayings = froms.flatMap(from => waysTo(trial, alice, attacker, { ...said, from }))
    return reachUser(trial, 'NOTIFYs of a message summary', alice, attacker, sayings)
  },
})
