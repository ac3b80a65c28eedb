import { H, type HeaderId } from '../../sip/message/header-id.ts'
import type { SipRequest } from '../../sip/message/message.ts'
import { next, replyStateless, type Stage } from '../stage.ts'

/** Option tags of Proxy-Require that we know. */
const PROXY_KNOWN: ReadonlySet<string> = new Set()

/** Option tags of Require that we know where we are the end: registrar and own answers. */
const END_KNOWN: ReadonlySet<string> = new Set(['path', 'outbound', 'gruu'])

/** Demands that we cannot meet are refused by name (RFC 3261 §8.2.2.3, §16.3 step 5); ACK and CANCEL have none (UAS-02). */
export const extensions: Stage = {
  name: 'extensions',
  rfc: 'RFC 3261 §16.3 step 5',
  meets: [],
  run: ({ request, scope }) => {
    if (request.method === 'ACK' || request.method === 'CANCEL') return next
    const isEnd = scope === 'registrar' || scope === 'server'
    const unknown = unknownTags(request, H.proxyRequire, PROXY_KNOWN)
    if (isEnd) unknown.push(...unknownTags(request, H.require, END_KNOWN))
    if (unknown.length === 0) return next
    return replyStateless(420, 'bad-extension', [['Unsupported', unknown.join(', ')]])
  },
}

function unknownTags(request: SipRequest, id: HeaderId, known: ReadonlySet<string>): string[] {
  if (!request.has(id)) return []
  return request.list(id).filter(tag => tag !== '' && !known.has(tag.toLowerCase()))
}
