/** So many wrong passwords in a row, and for how long nobody gets in after them. */
const MAX_WRONG = 30
const LOCKED_MS = 500

/** Locks an account against guesses, and so its owner out: by its name alone, whoever guessed. */
export class Lock {
  readonly #wrong = new Map<string, number>()
  readonly #untilMs = new Map<string, number>()

  isLocked(user: string): boolean {
    return (this.#untilMs.get(user) ?? 0) > Date.now()
  }

  right(user: string): void {
    this.#wrong.delete(user)
  }

  wrong(user: string): void {
    const wrong = (this.#wrong.get(user) ?? 0) + 1
    this.#wrong.set(user, wrong)
    if (wrong < MAX_WRONG) return
    this.#wrong.delete(user)
    this.#untilMs.set(user, Date.now() + LOCKED_MS)
  }
}
