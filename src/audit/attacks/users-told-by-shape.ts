import { attack } from '../attack.ts'
import { inventedNames, knownName, shapeOf, tellingLine } from '../enumeration.ts'
import { Guesser } from '../guessing.ts'

/** The same status, but one field more, another text, another length: scanners look at that too. */
export const usersToldByShape = attack({
  id: 'users-told-by-shape',
  entry: 'C05',
  title: 'finds out who exists by fields and sizes of challenges and refusals',
  threats: ['scanning', 'password-guessing'],
  clause: '§3.1, scanning; §3.3, brute force',
  references: ['RFC 3261 §26.1.1', 'RFC 8760 §2.3'],
  severity: 'low',
  isIntrusive: false,
  maxMessages: 60,
  needs: ['account'],
  expected: 'Answers for known and unknown names have the same fields, texts and sizes.',
  mending: {
    aspis:
      'On by default: challenges are the same for every name; MD5 is offered to all of a realm or to none.',
    kamailio:
      'Challenge known and unknown names by the same `www_challenge()`, with the same flags and algorithm.',
    opensips:
      'Challenge known and unknown names by the same `www_challenge()`, with the same qop and algorithms.',
    asterisk:
      'Give all endpoints, and `default_realm`, the same realm and algorithms: the artificial challenge has those.',
  },
  async run(trial) {
    const known = knownName(trial)
    const guessing = new Guesser(trial, await trial.stranger())
    const looking = new Guesser(trial, await trial.stranger())
    const compared: string[] = []
    for (const what of ['without credentials', 'to a wrong password']) {
      const ask = (name: string) =>
        what === 'without credentials' ? looking.look(name) : guessing.guess(name)
      const [first, second] = inventedNames(known)
      const ofKnown: (readonly string[])[] = []
      const ofInvented: (readonly string[])[] = []
      let slowed = 0
      for (const name of [first, known, second, known]) {
        const { answer, isSlowed } = await ask(name)
        if (isSlowed) slowed++
        const kind = name === known ? ofKnown : ofInvented
        kind.push(shapeOf(answer?.final, name))
      }
      if (slowed > 0) continue
      const telling = tellingLine(ofKnown, ofInvented)
      if (telling !== undefined)
        return trial.succeeded(
          `answers ${what} differ: "${telling.known}" for a known name, "${telling.invented}" for unknown ones`,
        )
      compared.push(what)
    }
    if (compared.length === 0)
      return trial.inconclusive('it was told to wait before anything could be compared')
    return trial.resisted(
      `answers ${compared.join(' and ')} had the same fields and sizes for a known name and two unknown ones`,
    )
  },
})
