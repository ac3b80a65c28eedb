import { attack } from '../attack.ts'
import { callThrough, hangUp, within } from '../call.ts'
import { askedForProof, registering, withProof } from '../proof.ts'
import { token } from '../saying.ts'

/** The callee of a call answers its BYE with a challenge: the phone answers it before the call may end. */
export const challengedInCall = attack({
  id: 'challenged-in-call',
  entry: 'C10',
  title: "asks the caller for the server's password by challenging his BYE in its realm",
  threats: ['digest-man-in-the-middle', 'known-plaintext'],
  clause: '§3.3, man in the middle; §3.3, known plaintext',
  references: ['RFC 3261 §22.3', 'RFC 3261 §16.7', 'RFC 7616 §5.8'],
  severity: 'high',
  isIntrusive: false,
  maxMessages: 60,
  needs: ['two-accounts'],
  expected:
    'Within a call too, a challenge of the own realm that comes from a callee does not reach the caller.',
  mending: {
    aspis: 'On by default: challenges of an own realm are taken out of responses of others.',
    kamailio:
      'In an `onreply_route`, for requests within dialogs too: `remove_hf("WWW-Authenticate")`, `remove_hf("Proxy-Authenticate")`.',
    opensips:
      'In an `onreply_route`, for requests within dialogs too: `remove_hf("WWW-Authenticate")`, `remove_hf("Proxy-Authenticate")`.',
    asterisk:
      'PJSIP is a party of the call itself and passes no challenge on: find what answers in its place.',
  },
  async run(trial) {
    const [alice, bob] = [await trial.registered(0), await trial.registered(1)]
    const { challenge } = await askedForProof(alice, registering(alice))
    const calling = await callThrough(alice, bob)
    if ('problem' in calling) return trial.inconclusive(calling.problem)
    const { caller, callee } = calling.call
    const nonce = token()
    const bye = { callId: caller.callId, ...within(caller, 'BYE') }
    const asking = async () => {
      const heard = await bob.line.next(
        each => each.method === 'BYE' && each.callId === callee.callId,
        trial.answerMs,
      )
      const field = `Digest realm="${challenge.realm}", nonce="${nonce}", qop="auth"`
      const lines = [`Proxy-Authenticate: ${field}`]
      if (heard !== undefined) bob.respond(heard, 407, { contact: false, lines })
      return heard
    }
    const came = asking()
    let answer = await alice.ask(bye)
    const own = answer.final === undefined ? undefined : alice.challenge(answer.final)
    // The server itself may want proof of a BYE: that is answered, and the callee gets it then.
    if (answer.final !== undefined && own !== undefined && own.nonce !== nonce) {
      const proof = alice.proof(answer.final, bye)
      if (proof !== undefined)
        answer = await alice.ask(
          withProof({ agent: alice, saying: bye, challenged: answer.final, challenge: own }, proof),
        )
    }
    const heard = await came
    caller.cseq += 2
    await hangUp(calling.call)
    if (heard === undefined) return trial.inconclusive('the BYE of the caller never reached the callee')
    if (answer.final === undefined)
      return trial.inconclusive('the answer to the BYE never reached the caller')
    if (answer.final.text.includes(nonce))
      return trial.succeeded(
        `a 407 of the callee to a BYE, with the realm "${challenge.realm}", reached the caller`,
      )
    return trial.resisted(
      `a 407 of the callee to a BYE came as ${answer.final.startLine.slice(8)}, without the challenge`,
    )
  },
})
