import { attack } from '../attack.ts'
import { inventedNames, ownName } from '../enumeration.ts'
import { answered } from '../reach.ts'

const METHODS = ['OPTIONS', 'INVITE', 'SUBSCRIBE', 'MESSAGE']

/** What `svwar` does: asks for one name after the other, and reads the list of users from the answers. */
export const usersToldByProxy = attack({
  id: 'users-told-by-proxy',
  entry: 'C05',
  title: 'finds out who exists by the status of answers to OPTIONS, INVITE, SUBSCRIBE and MESSAGE',
  threats: ['scanning', 'unauthenticated-requests'],
  clause: '§3.1, scanning',
  references: ['RFC 3261 §26.1.1', 'RFC 3261 §16.5'],
  severity: 'medium',
  isIntrusive: false,
  maxMessages: 60,
  needs: ['account'],
  expected: 'A stranger gets the same status for known and unknown names, by every method.',
  mending: {
    aspis: 'On by default: strangers are challenged before anybody is looked up.',
    kamailio: 'Call `proxy_authenticate()` before `lookup("location")`, and challenge OPTIONS for users too.',
    opensips: 'Call `proxy_authorize()` before `lookup("location")`, and challenge OPTIONS for users too.',
    asterisk: 'No anonymous endpoint, and `allow_unauthenticated_options` off: strangers get 401 then.',
  },
  async run(trial) {
    const known = ownName(trial)
    const told: string[] = []
    const seen: string[] = []
    for (const method of METHODS) {
      const stranger = await trial.stranger()
      const [first, second] = inventedNames(known)
      const answers: string[] = []
      for (const name of [first, known, second])
        answers.push(
          answered(
            await stranger.ask({ method, uri: `sip:${name}@${trial.target.domain}` }, trial.answerMs / 2),
          ),
        )
      const [one, right, other] = answers
      const line = `${method}: known ${right}, unknown ${one}`
      if (one === other && one !== right) told.push(line)
      else seen.push(line)
    }
    const counts = { methods: METHODS.length, told: told.length }
    if (told.length > 0) return trial.succeeded(`answers tell who exists by ${told.join('; ')}`, counts)
    return trial.resisted(seen.join('; '), counts)
  },
})
