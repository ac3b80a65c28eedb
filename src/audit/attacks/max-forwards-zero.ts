import { attack } from '../attack.ts'
import { decline, ringThrough } from '../ringing.ts'

/** A request that may go no further. */
export const maxForwardsZero = attack({
  id: 'max-forwards-zero',
  entry: 'E14',
  title: 'has a request go on that may go no further',
  threats: ['forking-amplification'],
  clause: '§3.1, forking proxies amplify traffic',
  references: ['RFC 3261 §16.3', 'RFC 7332 §3'],
  severity: 'low',
  isIntrusive: false,
  maxMessages: 40,
  needs: ['two-accounts'],
  expected: 'A request with Max-Forwards 0 is answered 483 and goes no further.',
  mending: {
    aspis: 'On by default: Max-Forwards 0 is answered 483.',
    kamailio: 'Call `mf_process_maxfwd_header("10")` of maxfwd first, and reply 483 where it fails.',
    opensips: 'Call `mf_process_maxfwd_header(10)` of maxfwd first, and reply 483 where it fails.',
    asterisk: 'A back-to-back user agent begins anew: count calls by `GROUP_COUNT()`, so that loops end.',
  },
  async run(trial) {
    const [alice, bob] = [await trial.registered(0), await trial.registered(1)]
    const rung = await ringThrough(alice, bob)
    if ('problem' in rung) return trial.inconclusive(rung.problem)
    await decline(rung.ringing)
    const asked = alice.askProved({ method: 'INVITE', uri: bob.aor, maxForwards: 0 })
    const heard = await bob.request('INVITE', trial.silenceMs)
    if (heard !== undefined) bob.respond(heard, 486, { contact: false })
    const { final } = await asked
    if (heard !== undefined)
      return trial.succeeded(
        `an INVITE with Max-Forwards 0 reached its callee, with ${heard.header('Max-Forwards')}`,
      )
    return trial.resisted(
      `an INVITE with Max-Forwards 0 got ${final?.startLine ?? 'silence'}, and went no further`,
    )
  },
})
