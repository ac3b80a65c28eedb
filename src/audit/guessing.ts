import type { Agent, Answer } from './agent.ts'
import { type Challenge, credentials } from './digest.ts'
import { answered } from './reach.ts'
import { type Saying, token } from './saying.ts'
import { type Trial, Unable } from './trial.ts'
import { hasSpare } from './victims.ts'

/** An account whose owner was kept out by guesses is waited for that long before the next attack needs it. */
const WAIT_MS = 4_000
const STEP_MS = 250

/** A guess that waits longer for its answer, as part of what an answer may take, is slowed down. */
const SLOW_PART = 0.25

/** One password that was tried. */
export interface Guess {
  readonly status: number
  /** Between the answer to the challenge and what came. */
  readonly tookMs: number
  /** `401 Unauthorized`, or silence. */
  readonly said: string
  /** Something is done about guesses: told to wait, kept waiting, or not heard any more. */
  readonly isSlowed: boolean
  readonly answer: Answer | undefined
}

/** Somebody who tries passwords for names of users by REGISTER, from one socket, each answer right in form. */
export class Guesser {
  readonly agent: Agent
  readonly #trial: Trial
  readonly #slowMs: number
  #challenge: Challenge | undefined
  #wasAsked = false

  constructor(trial: Trial, agent: Agent) {
    this.#trial = trial
    this.#slowMs = trial.answerMs * SLOW_PART
    this.agent = agent
  }

  /** A wrong password, unless one is given. @throws Unable when nothing was ever challenged */
  async guess(user: string, password = token()): Promise<Guess> {
    const saying = this.#register(user)
    const challenge = this.#challenge ?? (await this.#asked(user))
    this.#challenge = undefined
    if (challenge === undefined)
      return { status: 0, tookMs: this.#slowMs, said: 'silence', isSlowed: true, answer: undefined }
    this.#wasAsked = true
    const { method, uri } = saying
    const proof = credentials(challenge, { user, password, method, uri })
    const guess = await this.#timed({ ...saying, lines: ['Expires: 60', proof] })
    this.#keepChallenge(guess.answer)
    if (guess.status === 200) this.#trial.atEnd(() => this.#remove(user, password))
    return guess
  }

  /** Has a challenge ready, so that the next guess is one message. */
  async prepare(user: string): Promise<void> {
    this.#challenge ??= await this.#asked(user)
  }

  /** A REGISTER without credentials: what is answered, and how late. */
  look(user: string): Promise<Guess> {
    return this.#timed(this.#register(user))
  }

  async #timed(saying: Saying): Promise<Guess> {
    const beganMs = performance.now()
    const answer = await this.agent.ask(saying, this.#slowMs)
    const tookMs = performance.now() - beganMs
    const { status } = answer
    return {
      status,
      tookMs,
      said: answered(answer),
      isSlowed: status === 0 || status >= 500 || status === 429,
      answer,
    }
  }

  async #asked(user: string): Promise<Challenge | undefined> {
    const { answer, said: words } = await this.look(user)
    this.#keepChallenge(answer)
    // A name that nobody has may get no challenge: what was asked of another name is answered then.
    if (this.#challenge === undefined && answer?.final !== undefined)
      this.#keepChallenge((await this.look(this.#someUser())).answer)
    if (this.#challenge === undefined && !this.#wasAsked)
      throw new Unable(`REGISTER was not challenged: ${words}`)
    return this.#challenge
  }

  #someUser(): string {
    return this.#trial.target.accounts[0]?.user ?? ''
  }

  #keepChallenge(answer: Answer | undefined): void {
    const final = answer?.final
    if (final !== undefined) this.#challenge = this.agent.challenge(final)
  }

  #register(user: string): Saying {
    const { domain } = this.#trial.target
    const aor = `sip:${user}@${domain}`
    const contact = this.agent.contact
    return { method: 'REGISTER', uri: `sip:${domain}`, from: aor, to: aor, contact, lines: ['Expires: 60'] }
  }

  async #remove(user: string, password: string): Promise<void> {
    const { answer } = await this.look(user)
    const challenge = answer?.final === undefined ? undefined : this.agent.challenge(answer.final)
    if (challenge === undefined) return
    const saying = this.#register(user)
    const { method, uri } = saying
    const proof = credentials(challenge, { user, password, method, uri })
    await this.agent.ask({ ...saying, lines: ['Expires: 0', proof] })
  }
}

/** One lost answer is no defence. */
const MAX_SLOWED = 2

/** What came of many wrong passwords with the right one after them. */
export interface Guessed {
  readonly tried: number
  readonly tookMs: number
  /** Of the wrong ones: told to wait, late, or not answered. */
  readonly slowed: number
  /** The last wrong one. */
  readonly last: Guess
  readonly right: Guess
  /** All were looked at, and the right one was taken at once after them: nothing stops any number of guesses. */
  readonly isOpen: boolean
}

/** Tries wrong passwords, and the right one as soon as something seems to be done about them, or at the end. */
export async function guessOn(
  trial: Trial,
  { tries, wrong, right }: { tries: number; wrong(at: number): Promise<Guess>; right(): Promise<Guess> },
): Promise<Guessed> {
  const beganMs = trial.nowMs()
  let slowed = 0
  for (let tried = 1; ; tried++) {
    const last = await wrong(tried)
    if (last.isSlowed) slowed++
    const isLast = tried >= tries || slowed > MAX_SLOWED
    if (!(last.isSlowed || isLast)) continue
    const tookMs = Math.round(trial.nowMs() - beganMs)
    const known = await right()
    const isTaken = known.status === 200 && !known.isSlowed
    if (isTaken && !isLast) continue
    return { tried, tookMs, slowed, last, right: known, isOpen: isTaken && slowed <= MAX_SLOWED }
  }
}

/**
 * The account that passwords are tried for: the last one, since the control step stands on the first two. Its owner may
 * have to wait for the guesses: where no other account is to spare, the attack does so at its end, that the next one
 * finds the account as it was.
 */
export function guessedAccount(trial: Trial): { readonly user: string; readonly password: string } {
  const index = trial.target.accounts.length - 1
  const account = trial.target.accounts[index]
  if (account === undefined) throw new Unable('there is no account')
  if (!hasSpare(trial.target.accounts)) trial.atEnd(() => untilServed(trial, index))
  return { user: account.user, password: account.password }
}

async function untilServed(trial: Trial, index: number): Promise<void> {
  const until = performance.now() + WAIT_MS
  while (performance.now() < until) {
    const owner = await trial.user(index, { who: 'owner' })
    const { status } = await owner.register()
    if (status === 200) {
      await owner.register(0)
      return
    }
    await trial.pause(STEP_MS)
  }
}

/** A name of the same form that nobody has: other letters for letters, other digits for digits. */
export function nameLike(user: string): string {
  const chance = token() + token() + token()
  return [...user]
    .map((char, at) => otherChar(char, Number.parseInt(chance[at % chance.length] ?? '0', 16)))
    .join('')
}

function otherChar(char: string, chance: number): string {
  if (/\d/.test(char)) return String((Number(char) + 1 + (chance % 9)) % 10)
  if (!/[a-z]/i.test(char)) return char
  return 'qxzjkvwhy'[chance % 9] ?? 'q'
}
