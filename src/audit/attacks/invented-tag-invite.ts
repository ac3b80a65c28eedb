import { attack } from '../attack.ts'
import { reachUser, waysTo } from '../reaching.ts'
import { MENDING_OF_INVENTED_TAGS } from '../shared-mending.ts'

/** INVITE that claims to belong to a dialog: many servers ask for no credentials then. */
export const inventedTagInvite = attack({
  id: 'invented-tag-invite',
  entry: 'E07',
  title: 'calls without credentials by inventing a To tag',
  threats: ['spoofed-in-dialog-request', 'unauthenticated-requests'],
  clause: '§3.1, hijacking; §3.3, all requests must be authenticated',
  references: ['RFC 3261 §12.2', 'RFC 3261 §22.3'],
  severity: 'critical',
  isIntrusive: false,
  maxMessages: 60,
  needs: ['two-accounts'],
  expected: 'A To tag proves nothing: a request for a dialog that is not there reaches nobody.',
  mending: MENDING_OF_INVENTED_TAGS,
  async run(trial) {
    const [alice, attacker] = [await trial.registered(0), await trial.stranger()]
    // A user's From, so that credentials are asked for wherever they are asked for at all.
    const from = `sip:${trial.target.accounts[1]?.user ?? ''}@${trial.target.domain}`
    const sayings = ['INVITE'].flatMap(method =>
      waysTo(trial, alice, attacker, { method, uri: alice.aor, from }).filter(
        ({ toTag }) => toTag !== undefined,
      ),
    )
    return reachUser(trial, 'INVITEs with an invented To tag', alice, attacker, sayings)
  },
})
