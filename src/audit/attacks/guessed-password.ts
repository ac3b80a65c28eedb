import { attack } from '../attack.ts'
import { Guesser, guessedAccount, guessOn } from '../guessing.ts'

const GUESSES = 20

/** Guesses for one account from one address. That many at once, and the right one after them, means any number. */
export const guessedPassword = attack({
  id: 'guessed-password',
  entry: 'C01',
  title: 'tries password after password for one account until the right one is taken',
  threats: ['password-guessing', 'known-internet-attacks'],
  clause: '§3.3, brute force; Table 1, row 4',
  references: ['RFC 3261 §26.3.2.4', 'RFC 7616 §5.4'],
  severity: 'high',
  isIntrusive: false,
  maxMessages: 400,
  needs: ['account'],
  expected: 'After a few wrong passwords answers come later, tell to wait, or do not come.',
  mending: {
    aspis: 'On by default: wrong answers wait longer and longer, and `detection` bans who goes on.',
    kamailio:
      'Count failures by user and source in an `htable` with `autoexpire`, refuse above five, and use `pike` against rates.',
    opensips:
      'Count failures in `cachedb_local` by user and source, refuse above five, and use `pike` or `ratelimit`.',
    asterisk:
      'Log `security` events and let fail2ban or CrowdSec bar the sources of `ChallengeResponseFailed`.',
  },
  async run(trial) {
    const { user, password } = guessedAccount(trial)
    const guesser = new Guesser(trial, await trial.stranger())
    const { tried, tookMs, slowed, last, right, isOpen } = await guessOn(trial, {
      tries: GUESSES,
      wrong: () => guesser.guess(user),
      right: () => guesser.guess(user, password),
    })
    const counts = { tried, tookMs, slowed }
    const how = `${tried} wrong passwords from one address within ${tookMs} ms, ${slowed} of them slowed down, the last one: ${last.said}`
    if (isOpen) return trial.succeeded(`${how}; the right one was taken at once after them`, counts)
    return trial.resisted(`${how}; the right one after them: ${right.said}`, counts)
  },
})
