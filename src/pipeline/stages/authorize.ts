import type { Proven } from '../../base/proof.ts'
import { ownAor } from '../own-aor.ts'
import { next, type RequestContext, reply, type Stage, type Verdict } from '../stage.ts'
import type { Authenticated } from './authenticate.ts'
import { type InDialog, proofByPassword } from './in-dialog-proof.ts'

/** Made here alone; `forward` asks for it. */
export type Authorized = Proven<{ readonly by: Authenticated | InDialog }, 'authorized'>

/**
 * Default deny: own users call own users; anything outward needs a rule (PRX-05). What a dialog proved is
 * allowed, since its first request was.
 */
export const authorize: Stage = {
  name: 'authorize',
  rfc: 'RFC 3261 §16.3, §26.1',
  meets: ['no-authorisation-model'],
  run: context => {
    const { inDialog, caller } = context
    if (inDialog !== undefined) return grant(context, inDialog)
    if (caller === undefined) return reply(403, 'not-authenticated')
    context.inDialog = proofByPassword(context)
    if (context.inDialog !== undefined) return grant(context, context.inDialog)
    if (isForDialog(context)) return reply(481, 'dialog-not-proven')
    return decide(context, caller)
  },
}

/**
 * A phone knows its dialogs by Call-ID and tags alone, so a password of one's own must not open the calls of others
 * to who overheard these (UAS-09). Every dialog that goes through here has a proof.
 */
function isForDialog({ request, scope }: RequestContext): boolean {
  return request.to.tag !== undefined && scope !== 'registrar' && scope !== 'server'
}

function decide(context: RequestContext, authenticated: Authenticated): Verdict {
  const { scope, ports, flow } = context
  const targetUri = context.route.uri
  const { caller } = authenticated
  if (scope === 'registrar' || scope === 'server') return grant(context, authenticated)
  if (scope === 'own' && ports.userExists(ownAor(targetUri, ports))) {
    if (caller.kind !== 'trunk' || ports.trunkOf(flow)?.reachesOwnUsers === true)
      return grant(context, authenticated)
  }
  const decision = ports.outward(caller, targetUri)
  if (decision.isAllowed) {
    context.viaTrunk = decision.via
    return grant(context, authenticated)
  }
  // A user of ours that does not exist is said as such to whoever may call own users, unless a rule says no.
  if (
    decision.rule === 'default-deny' &&
    scope === 'own' &&
    (caller.kind !== 'trunk' || ports.trunkOf(flow)?.reachesOwnUsers === true)
  ) {
    return grant(context, authenticated)
  }
  return reply(403, 'no-rule-allows')
}

function grant(context: RequestContext, by: Authenticated | InDialog): Verdict {
  context.authorized = { by } as Authorized
  return next
}
