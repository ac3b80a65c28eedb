import type { Binding } from '../../sip/registrar/binding.ts'
import { bindingsOfGruu, isGruu, resolveGruu } from '../../sip/registrar/gruu.ts'
import { redirectTo } from '../../sip/registrar/redirect.ts'
import { ownAor } from '../own-aor.ts'
import { next, type RequestContext, reply, type Stage } from '../stage.ts'

/** Domains and users that are answered with a 302 instead of being called from here (RFC 3261 §8.3). */
export const redirect: Stage = {
  name: 'redirect',
  rfc: 'RFC 3261 §8.3',
  meets: [],
  run: context => {
    const { scope, inDialog, ports, route, request } = context
    if (scope !== 'own' || inDialog !== undefined || request.method === 'ACK') return next
    const aor = ownAor(route.uri, ports)
    if (ports.servedDomain(route.uri.host)?.mode !== 'redirect' && !ports.isRedirected(aor)) return next
    const answer = redirectTo(knownBindings(context, aor), route.uri, context.wallMs, ports.agentHost)
    return reply(answer.status, 'redirect', answer.headers)
  },
}

/** Undefined when there is no such user. */
function knownBindings(
  { route, ports, wallMs }: RequestContext,
  aor: string,
): readonly Binding[] | undefined {
  if (isGruu(route.uri)) {
    const gruu = resolveGruu(route.uri, ports.gruuKeys)
    if (gruu === undefined) return undefined
    const found = bindingsOfGruu(ports.bindings(gruu.aor, wallMs), gruu)
    return found.ok ? found.value : found.error === 404 ? undefined : []
  }
  return ports.userExists(aor) ? ports.bindings(aor, wallMs) : undefined
}
