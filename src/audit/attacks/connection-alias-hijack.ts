import type { Agent } from '../agent.ts'
import { attack } from '../attack.ts'
import type { Trial } from '../trial.ts'

/** A connection that says in its Via that it is the one of somebody else. */
export const connectionAliasHijack = attack({
  id: 'connection-alias-hijack',
  entry: 'E09',
  title: 'takes the requests for a user by a connection whose Via has the address of that user',
  threats: ['registration-hijack', 'tcp-session-hijack', 'eavesdropping'],
  clause: '§3.1, registration hijacking; Table 1, row 1',
  references: ['RFC 5923 §9.2', 'RFC 5626 §5.3', 'RFC 3261 §18.2.2'],
  severity: 'critical',
  isIntrusive: false,
  maxMessages: 120,
  needs: ['two-accounts', 'tcp'],
  expected:
    'A request for a user goes to the connection or address that the user registered, whatever a Via says.',
  mending: {
    aspis: 'On by default: a binding keeps its flow; `alias` is not believed.',
    kamailio:
      '`tcp_accept_aliases=no` (the default), and `force_tcp_alias()` only for peers that proved themselves by TLS.',
    opensips:
      '`tcp_accept_aliases=0` (the default), and `force_tcp_alias()` only for peers that proved themselves by TLS.',
    asterisk: '`rewrite_contact=yes` for phones, so that the connection they registered by is what counts.',
  },
  async run(trial) {
    const alice = await trial.registered(0)
    const bob = await trial.registered(1, { transport: 'TCP' })
    if ((await callReaches(trial, alice, bob, [bob])) !== bob)
      return trial.inconclusive('a call to a user on a TCP connection did not reach it')
    const attacker = await trial.stranger({ transport: 'TCP' })
    const { sentBy } = bob
    const claim = (via: string, alias: string): string =>
      attacker
        .text({ method: 'OPTIONS', uri: `sip:${trial.target.domain}`, contact: bob.contact })
        .replace(/^Via: .*$/m, `Via: SIP/2.0/${via};branch=z9hG4bKalias${trial.nowMs()}${alias}`)
    for (const alias of [';alias', ';alias;rport', '']) {
      attacker.line.send(claim(sentBy, alias))
      await trial.pause(trial.silenceMs / 4)
    }
    const reached = await callReaches(trial, alice, bob, [bob, attacker])
    const counts = { claimed: 3, taken: reached === attacker ? 1 : 0 }
    if (reached === attacker)
      return trial.succeeded(
        `a call for ${bob.aor} came to the connection of somebody without an account`,
        counts,
      )
    if (reached === undefined)
      return trial.succeeded(
        `after a Via with the address of ${bob.aor}, calls reached that user no more`,
        counts,
      )
    return trial.resisted('the call went to the connection that the user had registered by', counts)
  },
})

/** Who gets a call; it is refused there. */
async function callReaches(
  trial: Trial,
  caller: Agent,
  callee: Agent,
  listeners: readonly Agent[],
): Promise<Agent | undefined> {
  const asked = caller.askProved({ method: 'INVITE', uri: callee.aor })
  const waiting = listeners.map(async listener => {
    const invite = await listener.request('INVITE', trial.answerMs)
    if (invite === undefined) throw new Error('none came')
    listener.respond(invite, 486)
    return listener
  })
  const reached = await Promise.any(waiting).catch(() => undefined)
  await asked
  return reached
}
