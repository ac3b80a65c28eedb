import type { Proven } from '../../base/proof.ts'
import { KNOWN_METHODS } from '../../sip/methods.ts'
import type { Caller } from '../caller.ts'
import type { CredentialsOutcome, KnownTrunk } from '../ports.ts'
import { drop, next, type RequestContext, reply, replyStateless, type Stage, type Verdict } from '../stage.ts'

/** Made here alone. */
export type Authenticated = Proven<{ readonly caller: Caller }, 'authenticated'>

/**
 * Who sends this? A dialog that proved itself, a neighbour by certificate, or a user by digest; everyone else is
 * challenged, once and statelessly (RFC 3261 §22, DOS-01). ACK cannot be challenged: unproven, it is dropped.
 */
export const authenticate: Stage = {
  name: 'authenticate',
  rfc: 'RFC 3261 §22; RFC 7616; RFC 8760',
  meets: ['spoofing', 'replay', 'unauthenticated-ack', 'challenge-retransmission'],
  run: context => {
    if (context.inDialog !== undefined) return next
    const { request, ports, flow } = context
    if (request.method === 'ACK') return drop('ack-without-proof')
    const trunk = ports.trunkOf(flow)
    if (trunk !== undefined && !bringsOwnUser(context, trunk))
      return prove(context, { kind: 'trunk', trunk: trunk.name, identities: trunk.identities })
    if (ports.needsNoCredentials(request.method, flow) && !isForeign(context))
      return prove(context, { kind: 'unproven' })
    // OPTIONS, and methods that nobody knows, aimed at the server itself tell nothing about anyone (UAS-13, UAS-01).
    if (context.scope === 'server' && (request.method === 'OPTIONS' || !KNOWN_METHODS.has(request.method)))
      return prove(context, { kind: 'unproven' })
    const asProxy = context.scope !== 'registrar' && context.scope !== 'server'
    const outcome = ports.verifyCredentials(context, context.realm, asProxy)
    return outcome instanceof Promise
      ? outcome.then(late => judge(context, asProxy, late))
      : judge(context, asProxy, outcome)
  },
}

/**
 * A trusted neighbour may be the edge that our users reach us by (RFC 3327): what is from one of them is his to prove,
 * and never the neighbour's word.
 */
function bringsOwnUser({ request, ports }: RequestContext, trunk: KnownTrunk): boolean {
  return trunk.isTrusted && ports.servedDomain(request.from.uri.host) !== undefined
}

function isForeign(context: RequestContext): boolean {
  return context.scope === 'foreign'
}

function judge(
  context: RequestContext,
  asProxy: boolean,
  outcome: CredentialsOutcome,
): Verdict | Promise<Verdict> {
  switch (outcome.kind) {
    case 'accepted':
      context.authenticationInfo = outcome.authenticationInfo
      context.flow.isProved = true
      return prove(context, outcome.caller)
    case 'challenge':
      return replyStateless(asProxy ? 407 : 401, outcome.why, outcome.headers)
    case 'refused':
      return reply(outcome.status, outcome.why)
    case 'delayed':
      return replyStateless(503, 'guessing', [['Retry-After', String(Math.ceil(outcome.waitMs / 1000))]])
    case 'silent':
      return drop(outcome.why)
    case 'unavailable':
      return replyStateless(503, outcome.why, [['Retry-After', String(outcome.retryAfterSeconds)]])
  }
}

function prove(context: RequestContext, caller: Caller): Verdict {
  context.caller = { caller } as Authenticated
  return next
}
