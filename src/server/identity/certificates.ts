import { BoundedMap } from '../../base/bounded-map.ts'
import { LIMITS } from '../../base/limits.ts'
import { failed, ok, type Result } from '../../base/result.ts'
import {
  type Credential,
  type CredentialAnswer,
  type IdentityFailure,
  judgeChain,
  type TrustRoots,
  withNumberList,
} from '../../mechanisms/identity/index.ts'
import type { FetchFailure, HttpsFetch } from '../../net/https-fetch.ts'

const NEEDS_FETCH: CredentialAnswer = { kind: 'needs-fetch' }

/** A verdict on a chain holds so long at most, though the document may be kept longer: certificates end. */
const MAX_VERDICT_MS = 3_600_000
const FAILURE_MS = 30_000

interface Kept {
  readonly answer: CredentialAnswer
  /** Wall clock. */
  readonly untilMs: number
}

/** Certificates of callers by their URL, fetched and judged once (RFC 8226 §7). */
export class CallerCertificates {
  readonly #fetch: Pick<HttpsFetch, 'fetch'>
  readonly #roots: TrustRoots
  readonly #kept = new BoundedMap<string, Kept>(LIMITS.maxFetchedDocuments)
  /** Apart, since anybody can make any number of failures: they drive no good certificate out. */
  readonly #failed = new BoundedMap<string, Kept>(LIMITS.maxFetchedDocuments)
  /** Being fetched and judged, for whoever asks meanwhile. */
  readonly #shared = new Map<string, Promise<void>>()

  constructor(fetch: Pick<HttpsFetch, 'fetch'>, roots: TrustRoots) {
    this.#fetch = fetch
    this.#roots = roots
  }

  /** What is known at once. */
  lookUp(x5u: string, wallMs: number): CredentialAnswer {
    const kept = this.#kept.get(x5u) ?? this.#failed.get(x5u)
    return kept !== undefined && kept.untilMs > wallMs ? kept.answer : NEEDS_FETCH
  }

  /** Fetches and judges; afterwards `lookUp` knows each of them. */
  async fetch(x5us: readonly string[], wallMs: number): Promise<void> {
    await Promise.all(x5us.map(x5u => this.#shared.get(x5u) ?? this.#share(x5u, wallMs)))
  }

  /** A chain takes a while to judge, and a stranger may have a thousand calls wait for it. */
  #share(x5u: string, wallMs: number): Promise<void> {
    const one = this.#one(x5u, wallMs).finally(() => this.#shared.delete(x5u))
    this.#shared.set(x5u, one)
    return one
  }

  async #one(x5u: string, wallMs: number): Promise<void> {
    const fetched = await this.#fetch.fetch(x5u)
    if (!fetched.ok) {
      // It says nothing of the certificate: who fills all places for a second must not win half a minute by it.
      if (fetched.error === 'overloaded') return
      const failure = FAILURES[fetched.error] ?? 'credential-fetch-failed'
      return this.#fail(x5u, failure, wallMs)
    }
    const judged = judgeChain(fetched.value.body.toString('latin1'), this.#roots, wallMs)
    if (!judged.ok) return this.#fail(x5u, judged.error, wallMs)
    const known = await this.#withLists(judged.value)
    if (!known.ok) return known.error === undefined ? undefined : this.#fail(x5u, known.error, wallMs)
    const credential = known.value
    const untilMs = Math.min(wallMs + MAX_VERDICT_MS, credential.notAfterMs)
    this.#failed.delete(x5u)
    this.#kept.set(x5u, { answer: { kind: 'credential', credential }, untilMs })
  }

  /** With the lists of numbers that the certificate gives by URL (RFC 8226 §10.1); fails with undefined when overloaded. */
  async #withLists(judged: Credential): Promise<Result<Credential, IdentityFailure | undefined>> {
    let credential = judged
    for (const url of judged.numberListUrls) {
      const list = await this.#fetch.fetch(url)
      if (!list.ok && list.error === 'overloaded') return failed(undefined)
      if (!list.ok) return failed(FAILURES[list.error] ?? 'credential-fetch-failed')
      const known = withNumberList(credential, list.value.body)
      if (!known.ok) return known
      credential = known.value
    }
    return ok(credential)
  }

  #fail(x5u: string, failure: IdentityFailure, wallMs: number): void {
    this.#kept.delete(x5u)
    this.#failed.set(x5u, { answer: { kind: 'failure', failure }, untilMs: wallMs + FAILURE_MS })
  }
}

/** What is not listed is `credential-fetch-failed`. */
const FAILURES: Readonly<Partial<Record<FetchFailure, IdentityFailure>>> = {
  'address-refused': 'credential-address-refused',
  'too-large': 'credential-too-large',
}
