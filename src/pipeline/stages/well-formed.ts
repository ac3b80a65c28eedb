import { sipsInconsistency } from '../../mechanisms/sips/consistency.ts'
import { parseNameAddr } from '../../sip/headers/name-addr.ts'
import { H } from '../../sip/message/header-id.ts'
import type { SipRequest } from '../../sip/message/message.ts'
import { dialogTokenOf } from '../../sip/proxy/route.ts'
import { drop, next, type RequestContext, replyStateless, type Stage, type Verdict } from '../stage.ts'

/**
 * What `checkMessage` leaves to the elements that need it: Route values must parse before anything is sent along
 * them, and so must the contacts of the requests that make dialogs and bindings (RFC 3261 §20.10).
 */
export const wellFormed: Stage = {
  name: 'well-formed',
  rfc: 'RFC 3261 §16.3 step 1',
  meets: ['malformed-messages'],
  run: context => {
    const broken = firstBroken(context) ?? sipsInconsistency(context.request, context.flow.isSecure)
    if (broken === undefined) return next
    return refusal(context, broken)
  },
}

function firstBroken({ request }: RequestContext): string | undefined {
  if (request.has(H.route)) {
    for (const value of request.list(H.route)) {
      if (dialogTokenOf(value) === undefined && !parseNameAddr(value).ok) return 'route-malformed'
    }
  }
  if ((request.method === 'INVITE' || request.method === 'REGISTER') && request.has(H.contact)) {
    if (!areContacts(request)) return 'contact-malformed'
  }
  return undefined
}

/** Whether they can be read; `*` stands alone, and only where it removes all (RFC 3261 §10.3 step 6, REG-03). */
function areContacts(request: SipRequest): boolean {
  // Nobody else asks for those of an INVITE.
  if (request.method !== 'REGISTER') return request.areContactsGood
  if (!request.contacts.includes(undefined)) return true
  const contacts = request.list(H.contact)
  return contacts.length === 1 && contacts[0] === '*' && Number(request.header(H.expires)) === 0
}

function refusal(context: RequestContext, why: string): Verdict {
  return context.request.method === 'ACK' ? drop(why) : replyStateless(400, why)
}
