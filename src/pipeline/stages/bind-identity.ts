import type { UserCaller } from '../caller.ts'
import { ownAor } from '../own-aor.ts'
import type { RequestContext, Stage, Verdict } from '../stage.ts'
import { next, reply } from '../stage.ts'
import { saysVerified } from '../verstat.ts'

/**
 * A good password for alice never lets `From: bob` pass: the proven user must own the address-of-record that the
 * request speaks for (DIG-18, REG-02), and a trunk speaks for its own domains only (TLS-11).
 */
export const bindIdentity: Stage = {
  name: 'bind-identity',
  rfc: 'RFC 3261 §22.1; RFC 5922 §7.4',
  meets: ['user-name-not-tied-to-uri', 'spoofing'],
  run: context => {
    const caller = context.caller?.caller
    if (caller === undefined || context.inDialog !== undefined) return next
    if (caller.kind === 'unproven') return next
    if (caller.kind === 'trunk') return bindTrunk(context, caller.trunk)
    return bindUser(context, caller)
  },
}

function bindUser({ request, ports }: RequestContext, caller: UserCaller): Verdict {
  // His phone would be shown as verified, which nobody did (STV-15).
  if (saysVerified(request.from.uri)) return reply(403, 'verstat-forged')
  const speaksFor = request.method === 'REGISTER' ? request.to : request.from
  if (owns(caller, ownAor(speaksFor.uri, ports))) return next
  return reply(403, request.method === 'REGISTER' ? 'not-your-aor' : 'from-not-yours')
}

function owns(caller: UserCaller, aor: string): boolean {
  return caller.aors.includes(aor)
}

function bindTrunk({ request, flow, ports }: RequestContext, name: string): Verdict {
  const trunk = ports.trunkOf(flow)
  if (trunk === undefined || trunk.name !== name) return reply(403, 'trunk-unknown')
  if (request.method === 'REGISTER') return reply(403, 'trunk-registers')
  const { host, scheme } = request.from.uri
  if (scheme === 'tel' || trunk.domains.includes(host)) return next
  // Whose word on callers is trusted brings those of other domains, and anonymous ones, too (RFC 3324).
  if (trunk.isTrusted && ports.servedDomain(host) === undefined) return next
  // A number at our own domain, or a caller of ours, is not for a neighbour to claim.
  return reply(403, ports.servedDomain(host) === undefined ? 'from-not-the-trunks' : 'from-is-ours')
}
