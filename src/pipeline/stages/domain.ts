import { H } from '../../sip/message/header-id.ts'
import { readRoute } from '../../sip/proxy/route.ts'
import { isSilenced } from '../gate.ts'
import { drop, next, type RequestContext, replyStateless, type Scope, type Stage } from '../stage.ts'

/**
 * Reads the route, says what the request is for, and keeps the gate: a datagram from a source that never proved
 * that it receives, and that names no domain of ours, gets no answer. Scanners find nothing here.
 */
export const domain: Stage = {
  name: 'domain',
  rfc: 'RFC 3261 §16.4, §16.5',
  meets: ['scanning', 'open-relay', 'reflection'],
  run: context => {
    const { request, ports, flow } = context
    // Without them the way is the Request-URI as received, which stands in the context.
    if (request.has(H.route) || request.uri.params.has('maddr')) {
      const route = readRoute(request, ports.routeFactsOf(flow))
      if (!route.ok)
        return request.method === 'ACK' ? drop(route.error.refusal) : replyStateless(400, route.error.refusal)
      context.route = route.value
    }
    const { uri, dialogTokens } = context.route
    const served = ports.servedDomain(uri.host)
    const caller = ports.servedDomain(request.from.uri.host)
    const isHere = served !== undefined || ports.isOurAddress(uri.host, uri.port)
    context.scope = scopeOf(context, isHere, served !== undefined)
    context.domain = served?.name ?? caller?.name ?? ports.firstDomain
    context.realm = context.scope === 'registrar' ? context.domain : (caller?.name ?? context.domain)
    // Whether a dialog of ours is proven shows in the next stages; what is not stays unanswered all the same.
    const isGated = dialogTokens.length === 0 && isSilenced(request, flow, ports)
    return isGated ? drop('unserved-domain') : next
  },
}

function scopeOf(context: RequestContext, isHere: boolean, isServed: boolean): Scope {
  if (!isHere) return 'foreign'
  if (context.request.method === 'REGISTER') return isServed ? 'registrar' : 'server'
  return context.route.uri.user === undefined ? 'server' : 'own'
}
