import type { Place, RequestContext } from '../../pipeline/stage.ts'
import type { SipResponse } from '../../sip/message/message.ts'
import type { ResponseEdits } from '../../sip/message/write.ts'
import type { IdentityEdits } from '../../sip/proxy/forward.ts'

/** What signed identity adds to requests and responses on their way. */
export interface IdentityForwarding {
  /** To a request that goes to a place. @param requestUri as it leaves */
  on(context: RequestContext, place: Place, requestUri: string): IdentityEdits | undefined
  /** To a response that goes back to whoever asked. */
  back(context: RequestContext, response: SipResponse): IdentityBack | undefined
}

/** What a response gets, and what is taken off it. */
export type IdentityBack = Pick<ResponseEdits, 'stirReasons' | 'identity' | 'date' | 'removeRows'>
