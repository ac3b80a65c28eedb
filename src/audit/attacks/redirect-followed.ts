import type { Answer } from '../agent.ts'
import { attack } from '../attack.ts'
import { hostPort } from '../line/place.ts'
import { ringThrough } from '../ringing.ts'
import { soon } from '../soon.ts'

/** A callee answers 302 with an address of its choice: the server itself goes there, at the expense of its caller. */
export const redirectFollowed = attack({
  id: 'redirect-followed',
  entry: 'E06',
  title: 'has the server itself call an address that a callee names in a 302',
  threats: ['open-relay', 'reflection'],
  clause: '§3.1, hijacking',
  references: ['RFC 3261 §16.7', 'RFC 3261 §8.1.3.4'],
  severity: 'medium',
  isIntrusive: false,
  maxMessages: 40,
  needs: ['two-accounts'],
  expected: 'A redirection to another domain is passed to the caller; the server does not follow it.',
  mending: {
    aspis: 'On by default: a 302 is passed to the caller, and never followed.',
    kamailio:
      'Take `get_redirects()` out of `failure_route`, or bound it by `set_deny_filter()` of uac_redirect.',
    opensips:
      'Take `get_redirects()` out of `failure_route`, or bound it by `set_deny_filter()` of uac_redirect.',
    asterisk:
      'Set `redirect_method=user` on endpoints, so that only extensions of the dialplan are followed.',
  },
  async run(trial) {
    const [alice, bob] = [await trial.registered(0), await trial.registered(1)]
    const trap = await trial.trap('third party')
    const rung = await ringThrough(alice, bob)
    if ('problem' in rung) return trial.inconclusive(rung.problem)
    const { invite, toTag, answer } = rung.ringing
    bob.respond(invite, 302, { toTag, contact: `sip:somebody@${hostPort(trap.at)}` })
    const got: Answer[] = []
    void answer.then(each => got.push(each))
    const isCalled = (): boolean => trap.requests.length > 0 || trap.connections > 0
    await soon(() => isCalled() || got.length > 0, trial.answerMs)
    await soon(isCalled, trial.silenceMs)
    const followed = new Set(trap.requests.map(({ text }) => text)).size + trap.connections
    if (followed > 0)
      return trial.succeeded(
        'the server called the address that the callee named, without asking its caller',
        {
          followed,
        },
      )
    const { status = 0, final } = got[0] ?? {}
    if (status < 300)
      return trial.inconclusive('the redirection of the callee came to nothing that could be seen')
    return trial.resisted(`the caller got ${final?.startLine ?? ''}, and the address in it was not called`, {
      followed,
    })
  },
})
