import { attack } from '../attack.ts'
import { decline, ringThrough } from '../ringing.ts'

const HOPS = 20

/** A proxy that does not count hops: loops through it never end. */
export const maxForwardsKept = attack({
  id: 'max-forwards-kept',
  entry: 'E14',
  title: 'passes a server that does not count hops, so that loops through it never end',
  threats: ['forking-amplification'],
  clause: '§3.1, forking proxies amplify traffic',
  references: ['RFC 3261 §16.6', 'RFC 7332 §3'],
  severity: 'low',
  isIntrusive: false,
  maxMessages: 40,
  needs: ['two-accounts'],
  expected: 'Max-Forwards is one less, or lower, when a request goes on.',
  mending: {
    aspis: 'On by default: Max-Forwards is one less when a request goes on.',
    kamailio: 'Call `mf_process_maxfwd_header("10")` of maxfwd for every request.',
    opensips: 'Call `mf_process_maxfwd_header(10)` of maxfwd for every request.',
    asterisk: 'A back-to-back user agent begins anew: count calls by `GROUP_COUNT()`, so that loops end.',
  },
  async run(trial) {
    const [alice, bob] = [await trial.registered(0), await trial.registered(1)]
    const rung = await ringThrough(alice, bob, { maxForwards: HOPS })
    if ('problem' in rung) return trial.inconclusive(rung.problem)
    const hops = rung.ringing.invite.header('Max-Forwards')
    await decline(rung.ringing)
    const left = /^\d{1,3}$/.test(hops) ? Number(hops) : Number.POSITIVE_INFINITY
    if (left >= HOPS)
      return trial.succeeded(
        `of ${HOPS} hops that an INVITE might take "${hops}" were left behind the server`,
      )
    return trial.resisted(`of ${HOPS} hops that an INVITE might take ${left} were left behind the server`)
  },
})
