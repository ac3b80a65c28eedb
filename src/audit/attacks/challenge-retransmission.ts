import { attack } from '../attack.ts'
import type { Saying } from '../saying.ts'
import type { Trial } from '../trial.ts'

/** What is repeated comes again after 500 ms (RFC 3261 §17.2.1). */
const WINDOW_MS = 800

/** One request each, and silence: how often the challenge comes. */
export const challengeRetransmission = attack({
  id: 'challenge-retransmission',
  entry: 'F14',
  title: 'asks once, stays silent, and counts how often it is challenged',
  threats: ['challenge-retransmission', 'reflection'],
  clause: '§3.3: 401 and 407 must be transmitted only once',
  references: ['RFC 3261 §26.3.2.4', 'RFC 3261 §17.2.1'],
  severity: 'medium',
  isIntrusive: false,
  maxMessages: 10,
  needs: [],
  expected: 'A 401 or 407 goes out once, whether it was heard or not.',
  mending: {
    aspis: 'On by default: challenges are stateless and sent once.',
    kamailio:
      'Challenge before `t_newtran()`, so that `sl` sends the challenge: `www_challenge()` and `proxy_challenge()` then keep no state.',
    opensips:
      'Challenge before `t_newtran()`, so that `sl` sends the challenge: `www_challenge()` and `proxy_challenge()` then keep no state.',
    asterisk: 'PJSIP challenges within a transaction and repeats: let strangers come by TCP or TLS only.',
  },
  async run(trial) {
    const { domain, accounts } = trial.target
    const user = `sip:${accounts[0]?.user ?? 'nobody'}@${domain}`
    const register: Saying = { method: 'REGISTER', uri: `sip:${domain}`, from: user, to: user }
    const others = ['INVITE', 'OPTIONS', 'MESSAGE', 'SUBSCRIBE'].map(method => ({
      method,
      uri: user,
      from: user,
    }))
    const seen = await Promise.all([register, ...others].map(saying => challenges(trial, saying)))
    const challenged = seen.filter(({ times }) => times > 0)
    const worst = seen.toSorted((a, b) => b.times - a.times)[0]
    const counts = { asked: seen.length, challenged: challenged.length, most: worst?.times ?? 0 }
    if (worst === undefined || worst.times === 0)
      return trial.inconclusive(`none of ${seen.length} requests was challenged`, counts)
    if (worst.times > 1)
      return trial.succeeded(
        `one ${worst.method} brought ${worst.times} challenges to an address that never answered`,
        counts,
      )
    return trial.resisted(
      `${challenged.length} of ${seen.length} requests were challenged, each once`,
      counts,
    )
  },
})

async function challenges(trial: Trial, saying: Saying): Promise<{ method: string; times: number }> {
  const stranger = await trial.stranger({ transport: 'UDP' })
  await trial.turn()
  stranger.line.send(stranger.text(saying))
  await trial.pause(Math.max(WINDOW_MS, trial.silenceMs))
  const times = stranger.line.heard.filter(({ status }) => status === 401 || status === 407).length
  return { method: saying.method, times }
}
