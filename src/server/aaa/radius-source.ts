import {
  CODE,
  type DigestForm,
  digestAttributes,
  fit,
  judgeDigest,
  type RadiusClient,
  type RadiusOutcome,
} from '../../mechanisms/aaa/radius/index.ts'
import { ALGORITHMS, type OutsideGrant, recordOfHa1 } from '../../mechanisms/digest/index.ts'
import type { CredentialAnswer, CredentialQuestion, CredentialSource } from './source.ts'

/** What a RADIUS source stands on. */
export interface RadiusSourceParts {
  readonly client: Pick<RadiusClient, 'ask'>
  readonly form: DigestForm
  /** Whether the channel to a server hides what is inside. */
  readonly isProtected: (server: number) => boolean
  readonly retryAfterSeconds: number
  grant(user: string, realm: string, named: readonly string[]): OutsideGrant
  /** Told how each question ended. */
  ended(result: RadiusResult, tookMs: number): void
}

/** How a question ended: what the server said, or why nobody was asked. */
export type RadiusResult =
  | 'accepted'
  | 'rejected'
  | 'challenged'
  | 'service-unknown'
  | 'auth-int-proof'
  | 'not-askable'
  | 'busy'
  | 'no-server'
  | 'too-large'

/** Puts digests to RADIUS servers (RFC 5090). The nonces stay ours, as RFC 5090 §2.1.2 leaves to a client that knows them. */
export function radiusSource(parts: RadiusSourceParts): CredentialSource {
  const { client, form, isProtected } = parts
  return {
    name: 'radius',
    isRemote: true,
    ask: question => {
      const facts = { ...question, bodyHash: question.bodyHash }
      const attributes = digestAttributes(facts, form)
      // The draft knows MD5 alone; a text that fits into no attribute is asked of nobody.
      const isAskable =
        fit(attributes) && (form === 'rfc5090' || ALGORITHMS[question.algorithm].hash === 'md5')
      if (!isAskable) {
        parts.ended('not-askable', 0)
        return { kind: 'rejected' }
      }
      return new Promise(resolve => {
        client.ask(CODE.accessRequest, attributes, outcome => resolve(answerOf(question, outcome)))
      })
    },
  }

  function answerOf(question: CredentialQuestion, outcome: RadiusOutcome): CredentialAnswer {
    if (outcome.kind === 'unanswered') {
      parts.ended(outcome.why, 0)
      if (outcome.why === 'too-large') return { kind: 'rejected' }
      return { kind: 'unavailable', retryAfterSeconds: parts.retryAfterSeconds, why: 'aaa-unavailable' }
    }
    const judged = judgeDigest(outcome.packet, question, isProtected(outcome.server))
    parts.ended(judged.kind === 'accepted' ? 'accepted' : judged.why, outcome.tookMs)
    if (judged.kind === 'rejected') return { kind: 'rejected' }
    const { user, realm, algorithm } = question
    const grant = { ...parts.grant(user, realm, judged.aors), classes: judged.classes }
    if (judged.ha1 !== undefined && !ALGORITHMS[algorithm].isSession)
      return { kind: 'known', record: recordOfHa1(user, algorithm, judged.ha1), grant }
    return { kind: 'accepted', user, grant, rspauth: judged.rspauth }
  }
}
