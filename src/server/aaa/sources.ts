import { BoundedMap } from '../../base/bounded-map.ts'
import { LIMITS } from '../../base/limits.ts'
import { sourceOf } from '../../base/source-network.ts'
import { ALGORITHMS, isRightFor } from '../../mechanisms/digest/index.ts'
import type { CredentialAnswer, CredentialQuestion, CredentialSource } from './source.ts'

/** How long answers are kept, and what is refused before anybody is asked. */
export interface SourcesSettings {
  /** In the order in which they are asked. */
  readonly sources: readonly CredentialSource[]
  /** How long a hash that a source handed over is kept; 0: not at all. */
  readonly cacheMs: number
  /** MD5 from users of sources beyond this process. */
  readonly md5: boolean
  readonly nowMs: () => number
  /** Told of each answer of a source. */
  readonly answered: (source: string, kind: CredentialAnswer['kind']) => void
}

interface Kept {
  readonly answer: Extract<CredentialAnswer, { kind: 'known' }>
  readonly untilMs: number
}

const TOO_MANY: CredentialAnswer = { kind: 'unavailable', retryAfterSeconds: 5, why: 'aaa-source-busy' }

/**
 * Credential sources in order: the first that knows the name decides.
 *
 * One that cannot answer is passed over; when none after it lets the user in, the outcome is `unavailable`, never a wrong
 * password. A name that an account of ours has, with a wrong password, takes the way of a name that nobody has: the next
 * source beyond this process is asked and its yes is not heard, so that time does not tell who is local (DIG-31).
 */
export class CredentialSources {
  readonly #settings: SourcesSettings
  /** By source, realm, hash and name. */
  readonly #kept = new BoundedMap<string, Kept>(LIMITS.maxAaaHashes)
  /** Questions that wait, by who asks; there are no more of them than the sources take at once. */
  readonly #waiting = new Map<string, number>()

  constructor(settings: SourcesSettings) {
    this.#settings = settings
  }

  ask(question: CredentialQuestion): CredentialAnswer | Promise<CredentialAnswer> {
    return this.#from(0, question, undefined)
  }

  /** Hashes of a user are void: a server said that something changed. @param user Unicode */
  forget(user: string): void {
    for (const [key, { answer }] of this.#kept.entries())
      if (answer.record.user === user) this.#kept.delete(key)
  }

  /** @param dead the first source that could not answer */
  #from(
    index: number,
    question: CredentialQuestion,
    dead: CredentialAnswer | undefined,
  ): CredentialAnswer | Promise<CredentialAnswer> {
    const source = this.#settings.sources[index]
    if (source === undefined) return dead ?? { kind: 'unknown-user' }
    const said = this.#askOne(source, question)
    return said instanceof Promise
      ? said.then(late => this.#judge(index, question, late, dead))
      : this.#judge(index, question, said, dead)
  }

  #judge(
    index: number,
    question: CredentialQuestion,
    said: CredentialAnswer,
    dead: CredentialAnswer | undefined,
  ): CredentialAnswer | Promise<CredentialAnswer> {
    const { sources } = this.#settings
    const source = sources[index]
    if (source !== undefined) this.#settings.answered(source.name, said.kind)
    switch (said.kind) {
      case 'unknown-user':
        return this.#from(index + 1, question, dead)
      case 'unavailable':
        return this.#from(index + 1, question, dead ?? said)
      case 'rejected':
      case 'forbidden':
        return dead ?? said
      case 'accepted':
        return said
      case 'known': {
        if (source?.isRemote === true) return said
        const beyond = sources.findIndex(({ isRemote }, at) => at > index && isRemote)
        if (beyond < 0 || isRightFor(question, said.record)) return said
        return this.#inVain(beyond, question, said)
      }
    }
  }

  /** The next source is asked for the time that it takes; its answer changes nothing but that it may be missing. */
  #inVain(
    index: number,
    question: CredentialQuestion,
    said: CredentialAnswer,
  ): CredentialAnswer | Promise<CredentialAnswer> {
    const source = this.#settings.sources[index]
    if (source === undefined) return said
    const vain = this.#askOne(source, question)
    const judge = (late: CredentialAnswer): CredentialAnswer => (late.kind === 'unavailable' ? late : said)
    return vain instanceof Promise ? vain.then(judge) : judge(vain)
  }

  #askOne(
    source: CredentialSource,
    question: CredentialQuestion,
  ): CredentialAnswer | Promise<CredentialAnswer> {
    if (!source.isRemote) return source.ask(question)
    const { hash } = ALGORITHMS[question.algorithm]
    if (question.user === '' || (hash === 'md5' && !this.#settings.md5)) return { kind: 'rejected' }
    if (this.#settings.cacheMs === 0) return this.#askInTurn(source, question)
    const key = `${source.name}\n${question.realm}\n${hash}\n${question.username}`
    const kept = this.#kept.get(key)
    if (
      kept !== undefined &&
      kept.untilMs > this.#settings.nowMs() &&
      isRightFor(question, kept.answer.record)
    )
      return kept.answer
    const keep = (answer: CredentialAnswer): CredentialAnswer => {
      // A hash is worth keeping once it was seen to be right; a wrong guess must not push out others.
      if (answer.kind === 'known' && isRightFor(question, answer.record))
        this.#kept.set(key, { answer, untilMs: this.#settings.nowMs() + this.#settings.cacheMs })
      return answer
    }
    const said = this.#askInTurn(source, question)
    return said instanceof Promise ? said.then(keep) : keep(said)
  }

  /**
   * A nonce costs a stranger nothing, and while a server is slow each guess holds a place until it gives up: who asks too
   * much at once leaves room for others.
   */
  #askInTurn(
    source: CredentialSource,
    question: CredentialQuestion,
  ): CredentialAnswer | Promise<CredentialAnswer> {
    const who = sourceOf(question.source.ip)
    const waiting = this.#waiting.get(who) ?? 0
    if (waiting >= LIMITS.maxAaaQuestionsPerSource) return TOO_MANY
    const said = source.ask(question)
    if (!(said instanceof Promise)) return said
    this.#waiting.set(who, waiting + 1)
    return said.finally(() => {
      const left = (this.#waiting.get(who) ?? 1) - 1
      if (left > 0) this.#waiting.set(who, left)
      else this.#waiting.delete(who)
    })
  }
}
