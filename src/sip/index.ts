/**
 * SIP messages for programs that embed Aspis: read, judge, look at, write (RFC 3261 §7, §19.1, §20, §25).
 *
 * A message is latin-1 text, one character an octet: `buffer.toString('latin1')` on the way in,
 * `Buffer.from(text, 'latin1')` on the way out. What a peer can cause comes back as a value, never as an exception.
 *
 * ```ts
 * const parsed = parseMessage(datagram.toString('latin1'), true)
 * const refusal = parsed.ok ? checkMessage(parsed.value) : parsed.error
 * if (parsed.ok && refusal === undefined && parsed.value.kind === 'request') {
 *   socket.send(Buffer.from(writeResponse(parsed.value, 200, { toTag }), 'latin1'))
 * }
 * ```
 */
export type { Failed, Ok, Result } from '../base/result.ts'
export {
  type AuthRow,
  parseAuthParams,
  parseChallenge,
  parseCredentials,
  writeQuoted,
} from './headers/credentials.ts'
export { type CSeq, parseCSeq } from './headers/cseq.ts'
export { splitList } from './headers/list.ts'
export { type NameAddr, parseNameAddr } from './headers/name-addr.ts'
export { type Params, parseParams } from './headers/params.ts'
export { parseVia, type Via } from './headers/via.ts'
export { checkMessage } from './message/check.ts'
export { H, type HeaderId, headerIdOf, headerName } from './message/header-id.ts'
export type { MessageFields, ParseFailure, SipMessage, SipRequest, SipResponse } from './message/message.ts'
export { parseMessage } from './message/parse.ts'
export { reasonOf } from './message/reason.ts'
export { isRefusalName, REFUSALS, type Refusal, type RefusalName } from './message/refusal.ts'
export {
  buildRequest,
  type Field,
  type ForwardEdits,
  type RemovableHeader,
  type ResponseEdits,
  type ResponseParts,
  writeForwardedRequest,
  writeForwardedResponse,
  writeResponse,
} from './message/write.ts'
export { aorOf, canonicalUser, uriEquals } from './uri/equals.ts'
export { parseUri, type Uri } from './uri/uri.ts'
