import { attack } from '../attack.ts'
import { Guesser, guessedAccount, nameLike } from '../guessing.ts'

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
      'Log `security` events and let fail2ban or CrowdSec bar the sources of `InvalidAccountID` and `InvalidPassword`.',
  },
  async run(trial) {
    const { user, password } = guessedAccount(trial)
    const guesser = new Guesser(trial, await trial.stranger())
    const beganMs = trial.nowMs()
    let tried = 0
    while (tried < NAMES) {
      const guess = await guesser.guess(nameLike(`${user}-${tried}`), 'the password of everybody')
      tried++
      if (!guess.isSlowed) continue
      const right = await guesser.guess(user, password)
      if (right.status === 200 && !right.isSlowed) continue
      return trial.resisted(
        `the ${tried}th name was answered ${guess.said}, and the right password of ${user} ${right.said}`,
        { tried },
      )
    }
    const tookMs = Math.round(trial.nowMs() - beganMs)
    const right = await guesser.guess(user, password)
    const how = `one password was tried for ${tried} names within ${tookMs} ms`
    const counts = { tried, tookMs }
    if (right.status === 200 && !right.isSlowed)
      return trial.succeeded(`${how}, and the right password of ${user} was taken at once after that`, counts)
    return trial.resisted(
      `${how}, and after that the right password of ${user} was answered ${right.said}`,
      counts,
    )
  },
})
