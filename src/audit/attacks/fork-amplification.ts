import { attack } from '../attack.ts'
import { MAX_OF_ONE, mirrorsAt, sentRound } from '../looping.ts'

/** Two users with two contacts each, each contact leading to the other: one request becomes 2, 4, 8 and so on. */
export const forkAmplification = attack({
  id: 'fork-amplification',
  entry: 'F11',
  title: 'makes one request into many by contacts of two users that lead to one another',
  threats: ['forking-amplification'],
  clause: '§3.1, forking proxies amplify traffic',
  references: ['RFC 5393 §3', 'RFC 5393 §4.2'],
  severity: 'high',
  isIntrusive: false,
  maxMessages: 200,
  needs: ['two-accounts'],
  expected: 'A request that comes back as it was is answered 482: six come of one, and no more.',
  mending: {
    aspis:
      'On by default: loops are seen by the branch (RFC 5393), Max-Breadth is 60 at most, and a user has ten contacts at most.',
    kamailio:
      'Bound contacts by `max_contacts` of registrar, ask callers from outside for proof, and refuse a Via of your own in `$hdr(Via)` with 482.',
    opensips:
      'Bound contacts by `max_contacts` of registrar, ask callers from outside for proof, and lower `mf_process_maxfwd_header()`.',
    asterisk:
      'Set `max_contacts` of each `aor` to 1; a dialplan that dials one user from another must count.',
  },
  async run(trial) {
    const [one, other] = [trial.target.accounts[0]?.user ?? '', trial.target.accounts[1]?.user ?? '']
    const contacts = [
      { of: 0, user: other },
      { of: 0, user: other },
      { of: 1, user: one },
      { of: 1, user: one },
    ]
    const received = await sentRound(trial, await mirrorsAt(trial, contacts))
    const counts = { sent: 1, received }
    if (received === 0) return trial.inconclusive('the request came to none of the contacts', counts)
    if (received > MAX_OF_ONE)
      return trial.succeeded(
        `one request became ${received} when its contacts led back, until its hops were used up or we ended it`,
        counts,
      )
    return trial.resisted(`one request became ${received} when its contacts led back, and no more`, counts)
  },
})
