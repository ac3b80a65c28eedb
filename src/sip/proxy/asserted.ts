/**
 * P-Asserted-Identity values: which may stand together, and which one we write.
 * @see RFC 3325 §6, §9.1; RFC 5876 §4.5
 */
import { parseNameAddr } from '../headers/name-addr.ts'
import { H } from '../message/header-id.ts'
import type { MessageFields, SipRequest } from '../message/message.ts'
import { aorOf } from '../uri/equals.ts'

/**
 * The values that may go on, when there are more: one sip or sips URI and one tel URI, the first of each (PAI-05).
 * @returns undefined when all that are there may stay
 */
export function assertedOnce(message: MessageFields): readonly string[] | undefined {
  if (!message.has(H.pAssertedIdentity)) return undefined
  const values = message.list(H.pAssertedIdentity)
  const kept: string[] = []
  const kinds = new Set<string>()
  for (const value of values) {
    const parsed = parseNameAddr(value)
    const scheme = parsed.ok ? parsed.value.uri.scheme : ''
    const kind = scheme === 'sips' ? 'sip' : scheme
    if ((kind !== 'sip' && kind !== 'tel') || kinds.has(kind)) continue
    kinds.add(kind)
    kept.push(value)
  }
  return kept.length === values.length ? undefined : kept
}

/**
 * The identity that a user of ours is asserted by: the one that he prefers, when it is his, else the one that he calls
 * himself (PAI-04).
 * @param aors his addresses-of-record, canonical
 */
export function assertedFor(request: SipRequest, aors: readonly string[]): string {
  if (request.has(H.pPreferredIdentity)) {
    for (const value of request.list(H.pPreferredIdentity)) {
      const preferred = parseNameAddr(value)
      const aor = preferred.ok ? aorOf(preferred.value.uri) : ''
      if (aors.includes(aor)) return `<${aor}>`
    }
  }
  return `<${aorOf(request.from.uri)}>`
}
