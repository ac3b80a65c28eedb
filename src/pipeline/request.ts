import type { RequestContext, Stage, Verdict } from './stage.ts'
import { authenticate } from './stages/authenticate.ts'
import { authorize } from './stages/authorize.ts'
import { bindIdentity } from './stages/bind-identity.ts'
import { callLimits } from './stages/call-limits.ts'
import { domain } from './stages/domain.ts'
import { extensions } from './stages/extensions.ts'
import { forward } from './stages/forward.ts'
import { inDialogProof } from './stages/in-dialog-proof.ts'
import { locate } from './stages/locate.ts'
import { loop } from './stages/loop.ts'
import { maxForwards } from './stages/max-forwards.ts'
import { media } from './stages/media.ts'
import { ownAnswer } from './stages/own-answer.ts'
import { pstnBody } from './stages/pstn-body.ts'
import { redirect } from './stages/redirect.ts'
import { refer } from './stages/refer.ts'
import { registrar } from './stages/registrar.ts'
import { signIdentity } from './stages/sign-identity.ts'
import { verifyIdentity } from './stages/verify-identity.ts'
import { wellFormed } from './stages/well-formed.ts'

/** The way of a request: every check in its order, printed by `aspis check --explain`. */
export const STAGES: readonly Stage[] = [
  wellFormed,
  maxForwards,
  loop,
  domain,
  extensions,
  inDialogProof,
  authenticate,
  bindIdentity,
  verifyIdentity,
  authorize,
  refer,
  registrar,
  ownAnswer,
  redirect,
  media,
  pstnBody,
  locate,
  signIdentity,
  callLimits,
  forward,
]

/** Names of the stages in their order. */
export const stageNames: readonly string[] = STAGES.map(stage => stage.name)

/**
 * Walks the list until a stage answers. Synchronous while every stage is: a promise comes back only when one had
 * to ask somebody.
 */
export function runStages(context: RequestContext): Verdict | Promise<Verdict> {
  return runFrom(context, 0)
}

function runFrom(context: RequestContext, first: number): Verdict | Promise<Verdict> {
  for (let i = first; i < STAGES.length; i++) {
    const stage = STAGES[i]
    if (stage === undefined) break
    const verdict = stage.run(context)
    if (verdict instanceof Promise) {
      return verdict.then(late => (late.kind === 'next' ? runFrom(context, i + 1) : late))
    }
    if (verdict.kind !== 'next') return verdict
  }
  return { kind: 'drop', why: 'no-stage-answered' }
}
