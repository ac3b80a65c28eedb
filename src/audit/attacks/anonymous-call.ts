import { attack } from '../attack.ts'
import { answered, reach } from '../reach.ts'

const ANONYMOUS = 'sip:anonymous@anonymous.invalid'

/** An anonymous call to a user who wants none. */
export const anonymousCall = attack({
  id: 'anonymous-call',
  entry: 'D11',
  title: 'calls a user anonymously who wants no such calls',
  threats: ['real-identity-shown', 'spam-calls'],
  clause: '§3.3, privacy; §3.3, spam',
  references: ['RFC 5079 §3', 'RFC 3323 §4.1'],
  severity: 'low',
  isIntrusive: false,
  maxMessages: 80,
  needs: ['account', 'rejects-anonymous'],
  expected: 'An anonymous call to who wants none is refused, best with 433.',
  mending: {
    aspis: 'On by default: a user calls under his own address only, so an anonymous From is 403.',
    kamailio:
      'textops: `if ($fd == "anonymous.invalid" || is_privacy("id")) send_reply("433", "Anonymity Disallowed")` for such users.',
    opensips:
      'sipmsgops: `if ($fd == "anonymous.invalid" || is_privacy("id")) send_reply(433, "Anonymity Disallowed")` for such users.',
    asterisk:
      'In the dialplan: test the presentation that `CALLERID(pres)` gives and hang up with cause 21, or call `PrivacyManager()`.',
  },
  async run(trial) {
    const { rejectsAnonymous, accounts } = trial.target
    if (rejectsAnonymous === undefined) return trial.skipped('no account wants no anonymous calls')
    const callers = accounts.filter(({ user }) => user !== rejectsAnonymous.user)
    const [caller] = callers
    if (caller === undefined) return trial.inconclusive('there is no other account to call from')
    const [alice, bob] = [await trial.registered(caller), await trial.registered(rejectsAnonymous)]
    const named = await reach(alice, bob, { method: 'INVITE', uri: bob.aor })
    if (named.request === undefined)
      return trial.inconclusive(`a call with a name did not ring: ${answered(named.answer)}`)
    const stranger = await trial.stranger()
    const saying = { method: 'INVITE', uri: bob.aor, from: ANONYMOUS }
    const tries = [
      await reach(alice, bob, saying),
      await reach(alice, bob, { ...saying, lines: ['Privacy: id'] }),
      await reach(stranger, bob, saying, { isBare: true, withinMs: trial.silenceMs }),
    ]
    const rang = tries.filter(({ request }) => request !== undefined).length
    const counts = { tried: tries.length, rang }
    if (rang > 0) return trial.succeeded(`${rang} of ${tries.length} anonymous calls rang`, counts)
    const refused = tries.map(({ answer }) => answered(answer)).join('; ')
    return trial.resisted(
      `a call with a name rang, none of ${tries.length} anonymous ones: ${refused}`,
      counts,
    )
  },
})
