import { isUtf8 } from 'node:buffer'
import { multimediaAuth, readMultimediaAuth, type SipOrigin } from '../../mechanisms/aaa/diameter/index.ts'
import { ALGORITHMS, type OutsideGrant, recordOfHa1 } from '../../mechanisms/digest/index.ts'
import type { DiameterEvents } from './diameter-events.ts'
import type { ConnectedDiameter } from './diameter-links.ts'
import type { CredentialAnswer, CredentialQuestion, CredentialSource } from './source.ts'

/** What a Diameter source stands on. */
export interface DiameterSourceParts {
  readonly diameter: ConnectedDiameter
  readonly origin: SipOrigin
  readonly events: DiameterEvents
  readonly retryAfterSeconds: number
  /** What the user may speak for, as far as is known. */
  grant(user: string, realm: string): OutsideGrant
}

const DIGITS = { md5: 32, sha256: 64, sha512_256: 64 } as const

/**
 * Puts digests to Diameter servers (RFC 4740 §6.2, §6.3). The nonces stay ours: the server checks the response, or hands
 * over H(A1), which is believed over TLS alone.
 */
export function diameterSource(parts: DiameterSourceParts): CredentialSource {
  const { diameter, origin, events } = parts
  return {
    name: 'diameter',
    isRemote: true,
    ask: async question => {
      const user = Buffer.from(question.user, 'utf8').toString('latin1')
      // What is no UTF-8 fits into no AVP, and is nobody's name.
      if (![question.username, question.uri, question.cnonce, question.opaque ?? ''].every(isText))
        return { kind: 'rejected' }
      const { uri, realm, nonce, nc, cnonce, qop, opaque, response, method, bodyHash, algorithm } = question
      const asked = await diameter.ask(
        'MA',
        multimediaAuth(origin, {
          target: targetOf(question),
          user,
          credentials: {
            username: question.username,
            realm,
            nonce,
            uri,
            response,
            algorithm,
            cnonce,
            nc,
            qop,
            opaque,
            method,
            bodyHash,
          },
        }),
      )
      if (!asked.ok) {
        events.requests.add(`MA ${asked.error}`)
        return unavailable(parts)
      }
      const { message, peer } = asked.value
      return judge(question, readMultimediaAuth(message, user, DIGITS[ALGORITHMS[algorithm].hash]), {
        isProtected: diameter.isProtected(peer),
        parts,
      })
    },
  }
}

function judge(
  { user, realm, algorithm }: CredentialQuestion,
  said: ReturnType<typeof readMultimediaAuth>,
  { isProtected, parts }: { readonly isProtected: boolean; readonly parts: DiameterSourceParts },
): CredentialAnswer {
  const isUsable = said.kind !== 'check-here' || (isProtected && !ALGORITHMS[algorithm].isSession)
  parts.events.requests.add(`MA ${isUsable ? said.kind : 'ha1-refused'}`)
  if (!isUsable) return unavailable(parts)
  switch (said.kind) {
    case 'right':
      return { kind: 'accepted', user, grant: parts.grant(user, realm), rspauth: said.rspauth }
    case 'check-here':
      return {
        kind: 'known',
        record: recordOfHa1(user, algorithm, said.ha1),
        grant: parts.grant(user, realm),
      }
    case 'wrong':
      return { kind: 'rejected' }
    case 'unknown-user':
      return { kind: 'unknown-user' }
    case 'not-allowed':
      return { kind: 'forbidden' }
    case 'failed':
      return unavailable(parts)
  }
}

/** DIA-06: the address-of-record of a REGISTER, the Request-URI of all else. */
function targetOf({ method, aor, requestUri }: CredentialQuestion): string {
  const text = method === 'REGISTER' ? aor : requestUri
  return isText(text) ? text : aor
}

function isText(latin1: string): boolean {
  return isUtf8(Buffer.from(latin1, 'latin1'))
}

function unavailable({ retryAfterSeconds }: DiameterSourceParts): CredentialAnswer {
  return { kind: 'unavailable', retryAfterSeconds, why: 'aaa-unavailable' }
}
