import type { Attack } from './attack.ts'
import type { Account, Target } from './target.ts'

/** Honest users of attacks: guesses never befall their accounts. */
export const HONEST = 3

/** Whether there are accounts enough that guesses at one hinder no other attack. */
export function hasSpare(accounts: readonly Account[]): boolean {
  return accounts.length > HONEST + 1
}

/**
 * Whose password is guessed: the last account of a target. A server that protects an account which was guessed at keeps
 * its owner out for a while, so that each attack that guesses gets another one as long as there are some.
 */
export class Victims {
  #turn = 0

  /** The target as that attack sees it. */
  targetOf({ threats }: Attack, target: Target): Target {
    const { accounts } = target
    if (!hasSpare(accounts) || !threats.includes('password-guessing')) return target
    const spare = accounts.slice(HONEST)
    const first = this.#turn++ % spare.length
    return {
      ...target,
      accounts: [...accounts.slice(0, HONEST), ...spare.slice(first), ...spare.slice(0, first)],
    }
  }
}
