import type { PolicyDecision } from '../../mechanisms/policy/index.ts'
import type { Ports } from '../../pipeline/ports.ts'
import type { RequestContext } from '../../pipeline/stage.ts'
import type { PolicyConfig } from '../config/config.ts'
import type { Enforcer } from './enforcer.ts'

/** Stands in the place of the rule that refused. */
export const SUSPENDED = 'suspended'

/**
 * Refuses calls to the outside of an account that is suspended for fraud. Calls among own users go on, and so do those
 * of classes that are in no bound: emergency.
 */
export function suspending(
  decided: Ports['decided'],
  enforcer: Enforcer | undefined,
  { classes }: PolicyConfig,
  isOwn: (context: RequestContext) => boolean,
): Ports['decided'] {
  if (enforcer === undefined) return decided
  const unbounded = new Set(classes.filter(({ isUnbounded }) => isUnbounded).map(({ name }) => name))
  return (context, caller, decision) => {
    const isRefused =
      decision.isAllowed &&
      caller.kind === 'user' &&
      enforcer.hasSuspended &&
      !unbounded.has(decision.toClass) &&
      !isOwn(context) &&
      enforcer.isSuspended(`${caller.user}@${caller.domain}`)
    const last: PolicyDecision = isRefused ? { ...decision, isAllowed: false, rule: SUSPENDED } : decision
    return decided(context, caller, last)
  }
}
