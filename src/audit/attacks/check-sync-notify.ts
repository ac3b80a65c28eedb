import { attack } from '../attack.ts'
import { reachUser, waysTo } from '../reaching.ts'
import { MENDING_OF_NOTIFY } from '../shared-mending.ts'

/** NOTIFY check-sync: phones restart on it, or fetch a configuration. */
export const checkSyncNotify = attack({
  id: 'check-sync-notify',
  entry: 'E08',
  title: 'has a phone restart or fetch its configuration with a NOTIFY',
  threats: ['unauthenticated-requests', 'spoofing'],
  clause: 'Table 1, row 7; §3.3, all requests must be authenticated',
  references: ['RFC 6665 §4.1.3', 'RFC 3261 §22.1'],
  severity: 'high',
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
      lines: ['Event: check-sync;reboot=true', 'Subscription-State: active'],
    }
    const froms = [`sip:${trial.target.domain}`, alice.aor, 'sip:provisioning@elsewhere.invalid']
    const sayings = froms.flatMap(from => waysTo(trial, alice, attacker, { ...said, from }))
    return reachUser(trial, 'NOTIFYs of check-sync', alice, attacker, sayings)
  },
})
