import type { Agent } from '../agent.ts'
import { attack } from '../attack.ts'
import { type Asked, askedForProof, proofOf, withProof } from '../proof.ts'
import { sdp, token } from '../saying.ts'
import { type Trial, Unable } from '../trial.ts'

/** What a callee of bad faith asks the caller, in the name of the server. */
const QUESTIONS = [
  [401, 'WWW-Authenticate'],
  [407, 'Proxy-Authenticate'],
] as const

/** The caller's phone answers: the realm is its own. With that answer the callee logs in as the caller, or guesses at leisure. */
export const challengedByCallee = attack({
  id: 'challenged-by-callee',
  entry: 'C10',
  title: "asks the caller for the server's password by challenging the INVITE in its realm",
  threats: ['digest-man-in-the-middle', 'known-plaintext'],
  clause: '§3.3, man in the middle; §3.3, known plaintext',
  references: ['RFC 3261 §22.3', 'RFC 3261 §16.7', 'RFC 7616 §5.8'],
  severity: 'high',
  isIntrusive: false,
  maxMessages: 60,
  needs: ['two-accounts'],
  expected: 'A challenge of the own realm that comes from a callee does not reach the caller.',
  mending: {
    aspis: 'On by default: challenges of an own realm are taken out of responses of others.',
    kamailio:
      'In an `onreply_route`, drop or rewrite 401 and 407 of phones: `remove_hf("WWW-Authenticate")`, `remove_hf("Proxy-Authenticate")`.',
    opensips:
      'In an `onreply_route`, drop or rewrite 401 and 407 of phones: `remove_hf("WWW-Authenticate")`, `remove_hf("Proxy-Authenticate")`.',
    asterisk:
      'PJSIP is a party of the call itself and passes no challenge on: find what answers in its place.',
  },
  async run(trial) {
    const [alice, bob] = [await trial.registered(0), await trial.registered(1)]
    const seen: string[] = []
    for (const [status, field] of QUESTIONS) {
      const asked = await askedForProof(alice, {
        method: 'INVITE',
        uri: bob.aor,
        body: sdp(alice.line.local.ip),
      })
      const nonce = token()
      const final = await ask(
        trial,
        asked,
        bob,
        status,
        `${field}: Digest realm="${asked.challenge.realm}", nonce="${nonce}", qop="auth"`,
      )
      if (final.includes(nonce))
        return trial.succeeded(
          `a ${status} of the callee with the realm "${asked.challenge.realm}" and a nonce of its own reached the caller`,
        )
      seen.push(`a ${status} came as ${final.slice(8, final.indexOf('\r\n'))}, without the challenge`)
    }
    return trial.resisted(seen.join('; '), { tried: seen.length })
  },
})

/** The call goes to the callee, who asks. @returns what the caller got */
async function ask(
  trial: Trial,
  asked: Asked,
  callee: Agent,
  status: number,
  challenge: string,
): Promise<string> {
  const answering = asked.agent.ask(withProof(asked, proofOf(asked)))
  const invite = await callee.request('INVITE', trial.answerMs)
  if (invite === undefined) throw new Unable('an INVITE between two users never reached its callee')
  callee.respond(invite, status, { toTag: token(), contact: false, lines: [challenge] })
  const { final } = await answering
  if (final === undefined) throw new Unable('the answer of the callee never reached the caller')
  return final.text
}
