import type { Agent } from '../agent.ts'
import { attack } from '../attack.ts'
import { callThrough, hangUp, within } from '../call.ts'
import { sdp, token } from '../saying.ts'
import { callNumber } from '../toll.ts'
import type { Trial } from '../trial.ts'

/** Whoever is called sends the caller, or the server, on to a number of his own that costs. */
export const divertedToPremium = attack({
  id: 'diverted-to-premium',
  entry: 'G11',
  title: 'sends callers on to a premium number by 302, REFER and Diversion',
  threats: ['no-authorisation-model', 'referee-in-the-middle'],
  clause: '§3.3, REFER and authorisation',
  references: ['RFC 3261 §8.1.3.4', 'RFC 3515 §5', 'RFC 5806 §10'],
  severity: 'high',
  isIntrusive: false,
  maxMessages: 120,
  needs: ['two-accounts', 'premium-number'],
  expected:
    'No answer, REFER or Diversion of a callee makes the server call the number, or ask the caller to by REFER.',
  mending: {
    aspis:
      'On by default: redirections are never followed for the caller, REFER to a number asks the rules of `rules`, and Diversion of users is worth nothing.',
    kamailio:
      'No `get_redirects()` without `set_deny_filter()` (uac_redirect); refuse REFER whose `$rt` the referrer may not call; `remove_hf("Diversion")` from users.',
    opensips:
      'No `get_redirects()` without `set_deny_filter()` (uac_redirect); refuse REFER whose `$hdr(Refer-To)` the referrer may not call; `remove_hf("Diversion")` from users.',
    asterisk:
      'Set `redirect_method=user` and `allow_transfer=no` on endpoints; a `TRANSFER_CONTEXT` without expensive numbers; `send_diversion` and `trust_id_inbound` off.',
  },
  async run(trial) {
    const [alice, bob] = [await trial.registered(0), await trial.registered(1)]
    const number = `sip:${trial.target.premiumNumber ?? ''}@${trial.target.domain}`
    const problem = await referred(trial, alice, bob, number)
    if (problem !== 'reached' && problem !== 'refused') return trial.inconclusive(problem)
    const isFollowed = await redirected(trial, alice, bob, number)
    const diverted = await callNumber(
      bob,
      number,
      { lines: [`Diversion: <${alice.aor}>;reason=unconditional`] },
      trial.answerMs / 2,
    )
    const ways = [
      isFollowed ? 'the server followed a 302' : '',
      problem === 'reached' ? 'a REFER of the callee reached the caller' : '',
      diverted.fate === 'tried' ? `a call with Diversion was put through (${diverted.said})` : '',
    ].filter(way => way !== '')
    const counts = { tried: 3, succeeded: ways.length }
    if (ways.length > 0) return trial.succeeded(`to the premium number: ${ways.join('; ')}`, counts)
    return trial.resisted(
      `a 302 was not followed, a REFER did not reach the caller, a call with Diversion got ${diverted.said}`,
      counts,
    )
  },
})

/** Whether the caller gets anything but the redirection for its call. */
async function redirected(trial: Trial, alice: Agent, bob: Agent, number: string): Promise<boolean> {
  const asked = { method: 'INVITE', uri: bob.aor, callId: token(), body: sdp(alice.line.local.ip) }
  const asking = alice.askProved(asked, trial.answerMs / 2)
  const invite = await bob.request('INVITE')
  if (invite !== undefined) bob.respond(invite, 302, { toTag: token(), contact: number })
  const { status } = await asking
  const isRinging = alice.line.heard.some(
    heard => heard.callId === asked.callId && heard.status > 100 && heard.status < 200,
  )
  return invite !== undefined && (isRinging || (status >= 200 && status < 300))
}

/** Whether a REFER of the callee reaches the caller; or why it could not be tried. */
async function referred(trial: Trial, alice: Agent, bob: Agent, number: string): Promise<string> {
  const calling = await callThrough(alice, bob)
  if ('problem' in calling) return calling.problem
  const { call } = calling
  const refer = { ...within(call.callee, 'REFER'), lines: [`Refer-To: <${number}>`] }
  const asking = bob.askProved(refer, trial.answerMs / 2)
  const heard = await alice.request('REFER', trial.silenceMs * 2)
  if (heard !== undefined) alice.respond(heard, 603, { contact: false })
  await asking
  await hangUp(call)
  return heard === undefined ? 'refused' : 'reached'
}
