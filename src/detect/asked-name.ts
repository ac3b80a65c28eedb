import { H } from '../sip/message/header-id.ts'
import type { SipRequest } from '../sip/message/message.ts'

/** Whom a request asks for: of REGISTER To, of others the Request-URI; the host where there is no user. */
export function nameOf(request: SipRequest): string {
  const uri = request.method === 'REGISTER' ? request.to.uri : request.uri
  return uri.user ?? uri.host
}

/** Whether it brings credentials of any kind. */
export function hasCredentials(request: SipRequest): boolean {
  return request.has(H.authorization) || request.has(H.proxyAuthorization)
}
