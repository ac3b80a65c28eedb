import { attack } from '../attack.ts'
import { MAX_OF_ONE, mirrorsAt, sentRound } from '../looping.ts'

/** A contact whose phone forwards to the user it is a contact of. */
export const loopThroughContact = attack({
  id: 'loop-through-contact',
  entry: 'E14',
  title: 'has a request go round by a contact that sends it back',
  threats: ['forking-amplification'],
  clause: '§3.1, forking proxies amplify traffic',
  references: ['RFC 5393 §4.2', 'RFC 3261 §16.3'],
  severity: 'medium',
  isIntrusive: false,
  maxMessages: 100,
  needs: ['two-accounts'],
  expected: 'A request that comes back as it was is answered 482.',
  mending: {
    aspis: 'On by default: a request that comes back with the same branch is answered 482 (RFC 5393).',
    kamailio:
      'Ask callers from outside for proof, and lower the bound of `mf_process_maxfwd_header()`; a Via of your own in `$hdr(Via)` is a loop.',
    opensips: 'Ask callers from outside for proof, and lower the bound of `mf_process_maxfwd_header()`.',
    asterisk:
      'A back-to-back user agent cannot see its loops: count calls of an endpoint by `GROUP_COUNT()`, and refuse more.',
  },
  async run(trial) {
    const contacts = [{ of: 0, user: trial.target.accounts[0]?.user ?? '' }]
    const rounds = await sentRound(trial, await mirrorsAt(trial, contacts))
    const counts = { rounds }
    if (rounds === 0) return trial.inconclusive('the request did not come to the contact', counts)
    if (rounds > MAX_OF_ONE)
      return trial.succeeded(
        `a request went round ${rounds} times, until its hops were used up or we ended it`,
        counts,
      )
    return trial.resisted(
      `a request came ${rounds} times to the contact that sent it back, and no more`,
      counts,
    )
  },
})
