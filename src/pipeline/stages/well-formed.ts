import { sipsInconsistency } from '../../mechanisms/sips/consistency.ts'
import { parseNameAddr } from '../../sip/headers/name-addr.ts'
import { H } from '../../sip/message/header-id.ts'
import { drop, next, type RequestContext, replyStateless, type Stage, type Verdict } from '../stage.ts'

/**
 * What `checkMessage` leaves to the elements that need it: Route values must parse before anything is sent along
 * them, and a dialog-forming request from a UA of today names one Contact (RFC 3261 §8.1.1.8).
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
    for (const value of request.list(H.route)) if (!parseNameAddr(value).ok) return 'route-malformed'
  }
  if (request.method === 'INVITE' && request.has(H.contact)) {
    const contacts = request.list(H.contact)
    if (contacts.length !== 1 || !parseNameAddr(contacts[0] ?? '').ok) return 'contact-malformed'
  }
  return undefined
}

function refusal(context: RequestContext, why: string): Verdict {
  return context.request.method === 'ACK' ? drop(why) : replyStateless(400, why)
}
