import { attack } from '../attack.ts'
import { Guesser, guessedAccount } from '../guessing.ts'

const SOURCES = 20

/** One try each from many addresses: who counts by address alone sees nothing. */
export const guessedFromManyAddresses = attack({
  id: 'guessed-from-many-addresses',
  entry: 'C03',
  title: 'tries passwords for one account from many addresses, one each',
  threats: ['password-guessing'],
  clause: '§3.3, brute force',
  references: ['RFC 3261 §26.3.2.4', 'RFC 7616 §5.4'],
  severity: 'medium',
  isIntrusive: false,
  maxMessages: 500,
  needs: ['three-accounts', 'addresses'],
  expected: 'Wrong passwords are counted by account too: new addresses have to wait.',
  mending: {
    aspis:
      'On by default: wrong answers are counted by user too; who logged in there within a day is not kept waiting.',
    kamailio:
      'Count failures by `$au` in an `htable` with `autoexpire` too, and let addresses pass that logged in before.',
    opensips: 'Count failures by `$au` in `cachedb_local` too, and let addresses pass that logged in before.',
    asterisk:
      'Nothing counts by account: have a collector of `security` events tell of many sources of one account.',
  },
  async run(trial) {
    const { user, password } = guessedAccount(trial)
    let tried = 0
    let answered = ''
    const beganMs = trial.nowMs()
    while (tried < SOURCES) {
      const guess = await new Guesser(trial, await trial.stranger()).guess(user)
      tried++
      answered = guess.said
      if (!guess.isSlowed) continue
      const right = await new Guesser(trial, await trial.stranger()).guess(user, password)
      if (right.status === 200 && !right.isSlowed) continue
      return trial.resisted(
        `the ${tried}th address was answered ${guess.said}, and so was another one with the right password: ${right.said}`,
        { tried },
      )
    }
    const tookMs = Math.round(trial.nowMs() - beganMs)
    const right = await new Guesser(trial, await trial.stranger()).guess(user, password)
    const counts = { tried, tookMs }
    const how = `${tried} wrong passwords from ${tried} addresses were answered ${answered} within ${tookMs} ms`
    if (right.status === 200 && !right.isSlowed)
      return trial.succeeded(`${how}, and another address was let in at once with the right one`, counts)
    return trial.resisted(`${how}, and another address with the right one was answered ${right.said}`, counts)
  },
})
