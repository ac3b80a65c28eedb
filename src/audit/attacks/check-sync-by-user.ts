import { attack } from '../attack.ts'
import { token } from '../saying.ts'

/** NOTIFY check-sync of a user with a good password for the phone of another: one stolen account restarts all phones. */
export const checkSyncByUser = attack({
  id: 'check-sync-by-user',
  entry: 'E08',
  title: "has another user's phone restart with a NOTIFY and the credentials of one's own account",
  threats: ['no-authorisation-model', 'internal-attacker'],
  clause: 'Table 1, row 7; §3.3, no authorisation model',
  references: ['RFC 6665 §4.1.3', 'RFC 3261 §22.1'],
  severity: 'medium',
  isIntrusive: false,
  maxMessages: 40,
  needs: ['two-accounts'],
  expected: 'A NOTIFY outside of any dialog reaches no phone, whoever sends it: 481 or 403.',
  mending: {
    aspis: 'On by default: a NOTIFY of a user that belongs to no dialog is answered 481.',
    kamailio:
      'Refuse it from users: `if (is_method("NOTIFY") && !has_totag() && !allow_source_address()) { sl_send_reply("481", "No Subscription"); exit; }`.',
    opensips:
      'Refuse it from users: a NOTIFY without `has_totag()` is for trusted peers only (`check_source_address(…)`); reply 481.',
    asterisk: 'Asterisk sends no NOTIFY of others on: nothing to do.',
  },
  async run(trial) {
    const [alice, bob] = [await trial.registered(0), await trial.registered(1)]
    const orders = ['check-sync;reboot=true', 'check-sync', 'resync'].map(event => ({
      method: 'NOTIFY',
      uri: alice.aor,
      callId: token(),
      lines: [`Event: ${event}`, 'Subscription-State: active'],
    }))
    const answers = new Set<string>()
    let reached = 0
    for (const order of orders) {
      const asked = bob.askProved(order)
      void asked.then(({ final }) => answers.add(final?.startLine ?? 'silence'))
      const heard = await alice.request('NOTIFY', trial.silenceMs)
      if (heard !== undefined) {
        reached++
        alice.respond(heard, 481, { contact: false })
      }
      await asked
    }
    const counts = { tried: orders.length, reached }
    if (reached > 0)
      return trial.succeeded(
        `${reached} of ${orders.length} orders of one user reached the phone of another`,
        counts,
      )
    return trial.resisted(
      `none of ${orders.length} orders of one user reached the phone of another (${[...answers].join(', ')})`,
      counts,
    )
  },
})
