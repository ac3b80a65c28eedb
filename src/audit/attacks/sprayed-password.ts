import { attack } from '../attack.ts'
import { Guesser, guessedAccount, guessOn, nameLike } from '../guessing.ts'

const NAMES = 30

/** One password for one name after the other: no account is tried twice, so counting by account sees nothing. */
export const sprayedPassword = attack({
  id: 'sprayed-password',
  entry: 'C02',
  title: 'tries one password for many names from one address',
  threats: ['password-guessing', 'scanning'],
  clause: '§3.3, brute force; §3.1, scanning',
  references: ['RFC 3261 §26.3.2.4', 'RFC 7616 §5.4'],
  severity: 'medium',
  isIntrusive: false,
  maxMessages: 600,
  needs: ['account'],
  expected: 'Wrong passwords are counted by source too: after a few names it has to wait.',
  mending: {
    aspis: 'On by default: wrong answers are counted by source too, and `detection` bans who goes on.',
    kamailio:
      'Count failures by `$si` in an `htable` with `autoexpire`, whatever the name, and refuse above ten.',
    opensips: 'Count failures by `$si` in `cachedb_local`, whatever the name, and refuse above ten.',
    asterisk:
      'Log `security` events and let fail2ban or CrowdSec bar the sources of `InvalidAccountID` and `ChallengeResponseFailed`.',
  },
  async run(trial) {
    const { user, password } = guessedAccount(trial)
    const guesser = new Guesser(trial, await trial.stranger())
    const { tried, tookMs, slowed, last, right, isOpen } = await guessOn(trial, {
      tries: NAMES,
      wrong: at => guesser.guess(nameLike(`${user}-${at}`), 'the password of everybody'),
      right: () => guesser.guess(user, password),
    })
    const counts = { tried, tookMs, slowed }
    const how = `one password for ${tried} names within ${tookMs} ms, ${slowed} of them slowed down, the last one: ${last.said}`
    if (isOpen)
      return trial.succeeded(`${how}; the right password of ${user} was taken at once after them`, counts)
    return trial.resisted(`${how}; the right password of ${user} after them: ${right.said}`, counts)
  },
})
