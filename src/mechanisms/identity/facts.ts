import { secondsOfDate } from '../../sip/headers/date.ts'
import { H } from '../../sip/message/header-id.ts'
import type { MessageFields, SipRequest } from '../../sip/message/message.ts'
import type { Uri } from '../../sip/uri/uri.ts'
import { type MediaKey, mediaKeysOf } from './media-key.ts'

/** What a token is compared with: the message, never the token itself (RFC 8224 §6.2.4). */
export interface MessageFacts {
  /** Who calls: From, and an asserted identity where the deployment believes it. */
  readonly callers: readonly Uri[]
  /** Who was called: To. */
  readonly callees: readonly Uri[]
  /** Where the request goes now (RFC 8946 §4.2 step 1). */
  readonly target: Uri | undefined
  /** Date in seconds; undefined without the field. */
  readonly date: number | 'malformed' | undefined
  /** Undefined: malformed. */
  readonly mediaKeys: readonly MediaKey[] | undefined
  readonly callId: string
  /** Of From, unquoted; '' without one. */
  readonly displayName: string
}

/** What the deployment knows better than the message. */
export interface KnownFacts {
  /** An identity asserted by a trusted peer (RFC 3325), beside From. */
  readonly asserted?: Uri
  /** Where the request was meant for, where its Request-URI is not that any more. */
  readonly target?: Uri
}

/** The facts of a request that `checkMessage` took. */
export function factsOf(request: SipRequest, known: KnownFacts = {}): MessageFacts {
  const target = request.uriResult
  const { from } = request
  return {
    callers: known.asserted === undefined ? [from.uri] : [from.uri, known.asserted],
    callees: [request.to.uri],
    target: known.target ?? (target.ok ? target.value : undefined),
    date: dateOf(request),
    mediaKeys: keysOf(request),
    callId: request.callId,
    // Asked for by rich call data alone.
    get displayName() {
      return plainName(from.displayName)
    },
  }
}

/** Date of a message. */
export function dateOf(message: MessageFields): number | 'malformed' | undefined {
  const text = message.header(H.date)
  return text === undefined ? undefined : (secondsOfDate(text) ?? 'malformed')
}

/** Fingerprints stand in the body, of whatever type: a part of a multipart body is a session description too. */
export function keysOf(message: MessageFields): readonly MediaKey[] | undefined {
  return message.bodyEnd === message.bodyStart ? [] : mediaKeysOf(message.body)
}

/** A display name without its quotes and escapes. */
function plainName(displayName: string): string {
  if (!displayName.startsWith('"')) return Buffer.from(displayName, 'latin1').toString('utf8')
  const inner = displayName.slice(1, -1).replace(/\\(.)/g, '$1')
  return Buffer.from(inner, 'latin1').toString('utf8')
}
