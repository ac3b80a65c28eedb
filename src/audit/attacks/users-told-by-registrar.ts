import { attack } from '../attack.ts'
import { inventedNames, knownName } from '../enumeration.ts'
import { Guesser } from '../guessing.ts'

/** 404 for who is not there and 401 for who is: an attacker reads the list of users before the first password. */
export const usersToldByRegistrar = attack({
  id: 'users-told-by-registrar',
  entry: 'C05',
  title: 'finds out who exists by the status of answers to REGISTER',
  threats: ['scanning', 'password-guessing'],
  clause: '§3.1, scanning; §3.3, brute force',
  references: ['RFC 3261 §26.1.1', 'RFC 3261 §10.3'],
  severity: 'medium',
  isIntrusive: false,
  maxMessages: 60,
  needs: ['account'],
  expected: 'Known and unknown names get the same status, without credentials and with wrong ones.',
  mending: {
    aspis: 'On by default: unknown user and wrong password are one verdict.',
    kamailio:
      'Challenge whenever `auth_check()` or `www_authenticate()` fails, whatever it returned; never answer 404.',
    opensips: 'Challenge whenever `www_authorize()` fails, whatever it returned; never answer 404.',
    asterisk:
      'PJSIP answers alike, by an artificial challenge; leave `unidentified_request_count` at its default.',
  },
  async run(trial) {
    const known = knownName(trial)
    const seen: string[] = []
    const told: string[] = []
    const looking = new Guesser(trial, await trial.stranger())
    const guessing = new Guesser(trial, await trial.stranger())
    const ways = [
      { what: 'no credentials', ask: (name: string) => looking.look(name) },
      { what: 'a wrong password', ask: (name: string) => guessing.guess(name) },
    ]
    for (const { what, ask } of ways) {
      const [first, second] = inventedNames(known)
      const answers = [await ask(first), await ask(known), await ask(second)]
      const [one, right, other] = answers
      const line = `with ${what} a known name got ${right?.said}, unknown ones ${one?.said} and ${other?.said}`
      // Who was told to wait, was told so for what others did.
      if (answers.some(({ isSlowed }) => isSlowed)) continue
      seen.push(line)
      if (one?.status === other?.status && one?.status !== right?.status) told.push(line)
    }
    if (told.length > 0) return trial.succeeded(told.join('; '), { ways: ways.length, told: told.length })
    if (seen.length === 0) return trial.inconclusive('it was told to wait before anything could be compared')
    return trial.resisted(seen.join('; '), { ways: ways.length, told: 0 })
  },
})
