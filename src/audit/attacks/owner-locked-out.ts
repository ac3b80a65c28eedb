import { attack } from '../attack.ts'
import { Guesser, guessedAccount } from '../guessing.ts'

const SOURCES = 8
const GUESSES_EACH = 5

/** A lock on the account is a weapon: who knows a name keeps its owner from the telephone. */
export const ownerLockedOut = attack({
  id: 'owner-locked-out',
  entry: 'F22',
  title: 'keeps a user out by trying wrong passwords for his account',
  threats: ['password-guessing', 'flooding'],
  clause: '§3.1, denial of service; §3.3, brute force',
  references: ['RFC 3261 §26.1.5', 'RFC 7616 §5.4'],
  severity: 'medium',
  isIntrusive: false,
  maxMessages: 500,
  needs: ['three-accounts', 'addresses'],
  expected: 'Who was logged in goes on from there, whatever others try for the account.',
  mending: {
    aspis:
      'On by default: a pair of user and address that logged in within a day answers for its own mistakes only.',
    kamailio:
      'Count failures by user and `$si` together, never lock by `$au` alone; let registered addresses pass.',
    opensips:
      'Count failures by user and `$si` together, never lock by `$au` alone; let registered addresses pass.',
    asterisk: 'Let fail2ban bar addresses, never accounts, and name the own networks in `ignoreip`.',
  },
  async run(trial) {
    const { user } = guessedAccount(trial)
    const owner = await trial.registered(trial.target.accounts.length - 1)
    let tried = 0
    let last = ''
    const guessAt = async (): Promise<void> => {
      const guesser = new Guesser(trial, await trial.stranger())
      for (let guess = 0; guess < GUESSES_EACH; guess++) {
        const { said, isSlowed } = await guesser.guess(user)
        tried++
        last = said
        // What is slowed down puts no more weight on the account.
        if (isSlowed) return
      }
    }
    await Promise.all(Array.from({ length: SOURCES }, guessAt))
    const { final, status } = await owner.register()
    const counts = { tried, sources: SOURCES }
    const how = `after ${tried} wrong passwords from ${SOURCES} other addresses (the last one: ${last})`
    if (status === 200) return trial.resisted(`${how} the owner registered again where he was`, counts)
    return trial.succeeded(`${how} the owner himself was answered ${final?.startLine ?? 'silence'}`, counts)
  },
})
