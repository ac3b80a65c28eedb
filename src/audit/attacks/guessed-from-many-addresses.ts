import { attack } from '../attack.ts'
import { Guesser, guessedAccount, guessOn } from '../guessing.ts'

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
    const elsewhere = async (): Promise<Guesser> => new Guesser(trial, await trial.stranger())
    const { tried, tookMs, slowed, last, right, isOpen } = await guessOn(trial, {
      tries: SOURCES,
      wrong: async () => (await elsewhere()).guess(user),
      right: async () => (await elsewhere()).guess(user, password),
    })
    const counts = { tried, tookMs, slowed }
    const how = `${tried} wrong passwords from ${tried} addresses within ${tookMs} ms, ${slowed} of them slowed down, the last one: ${last.said}`
    if (isOpen)
      return trial.succeeded(`${how}; another address was let in at once with the right one`, counts)
    return trial.resisted(`${how}; the right one from another address: ${right.said}`, counts)
  },
})
