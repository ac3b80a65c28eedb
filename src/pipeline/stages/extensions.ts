import { H, type HeaderId } from '../../sip/message/header-id.ts'
import type { SipRequest } from '../../sip/message/message.ts'
import { next, replyStateless, type Stage } from '../stage.ts'

/** Option tags of Proxy-Require that we know. */
const PROXY_KNOWN: ReadonlySet<string> = new Set()

/** Option tags of Require that we know where we are the end: registrar and own answers. */
const END_KNOWN: ReadonlySet<string> = new Set(['path', 'outbound', 'gruu'])

/** What we keep of privacy: an asserted identity is told to nobody outside the trust domain (RFC 3325 §7). */
const PRIVACY_KEPT: ReadonlySet<string> = new Set(['id', 'none', 'critical'])

/**
 * Demands that we cannot meet are refused by name (RFC 3261 §8.2.2.3, §16.3 step 5); ACK and CANCEL have none (UAS-02).
 * So is privacy that is critical to the caller and more than we keep: better no call than one that shows him.
 */
export const extensions: Stage = {
  name: 'extensions',
  rfc: 'RFC 3261 §16.3 step 5; RFC 3323 §5',
  meets: ['real-identity-shown', 'location-shown'],
  run: ({ request, scope }) => {
    if (request.method === 'ACK' || request.method === 'CANCEL') return next
    const isEnd = scope === 'registrar' || scope === 'server'
    const unknown = unknownTags(request, H.proxyRequire, PROXY_KNOWN)
    if (isEnd) unknown.push(...unknownTags(request, H.require, END_KNOWN))
    if (unknown.length > 0) return replyStateless(420, 'bad-extension', [['Unsupported', unknown.join(', ')]])
    if (isEnd || request.to.tag !== undefined || !request.has(H.privacy)) return next
    return isPrivacyMissed(request)
      ? { ...replyStateless(500, 'privacy-not-kept'), reason: 'Privacy Not Possible Here' }
      : next
  },
}

/** RFC 3323 §4.2: values parted by semicolons; `critical` makes the others a condition. */
function isPrivacyMissed(request: SipRequest): boolean {
  const values = request
    .headers(H.privacy)
    .flatMap(row => row.split(';'))
    .map(value => value.trim().toLowerCase())
  return values.includes('critical') && values.some(value => !PRIVACY_KEPT.has(value))
}

function unknownTags(request: SipRequest, id: HeaderId, known: ReadonlySet<string>): string[] {
  if (!request.has(id)) return []
  return request.list(id).filter(tag => tag !== '' && !known.has(tag.toLowerCase()))
}
