import { failed, ok, type Result } from '../../base/result.ts'
import { trimmed } from '../../sip/chars.ts'
import { parseParams } from '../../sip/headers/params.ts'
import { H } from '../../sip/message/header-id.ts'
import type { MessageFields } from '../../sip/message/message.ts'

/** The dialog that an INVITE takes over (RFC 3891 §6.1). */
export interface Replaces {
  readonly callId: string
  readonly toTag: string
  readonly fromTag: string
  readonly isEarlyOnly: boolean
}

/** Why a Replaces is not taken. */
export type ReplacesFault =
  /** RFC 3891 §3: only one, and not beside Join. */
  | 'replaces-repeated'
  | 'replaces-malformed'
  /** RFC 3891 §3: in an INVITE only. */
  | 'replaces-outside-invite'

/** The Replaces of a request; undefined when it has none. */
export function replacesOf(
  request: MessageFields & { readonly method: string },
): Result<Replaces | undefined, ReplacesFault> {
  const values = request.list(H.replaces)
  const [value] = values
  if (value === undefined) return ok(undefined)
  if (request.method !== 'INVITE') return failed('replaces-outside-invite')
  if (values.length > 1) return failed('replaces-repeated')
  return parseReplaces(value)
}

/** Reads a Replaces value: a Call-ID, and each tag once. */
export function parseReplaces(value: string): Result<Replaces, 'replaces-malformed'> {
  const semicolon = value.indexOf(';')
  const callId = trimmed(value, 0, Math.max(0, semicolon))
  if (callId === '' || /[\s,<>"]/.test(callId)) return failed('replaces-malformed')
  // A parameter that stands twice is malformed for the reader of parameters already.
  const params = parseParams(value, semicolon)
  const toTag = params.ok ? params.value.get('to-tag') : undefined
  const fromTag = params.ok ? params.value.get('from-tag') : undefined
  if (!params.ok || !toTag || !fromTag) return failed('replaces-malformed')
  return ok({ callId, toTag, fromTag, isEarlyOnly: params.value.has('early-only') })
}

/** Whether two name the same dialog in the same way. */
export function isSameReplaces(a: Replaces | undefined, b: Replaces | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  return (
    a.callId === b.callId && a.toTag === b.toTag && a.fromTag === b.fromTag && a.isEarlyOnly === b.isEarlyOnly
  )
}
