import type { CredentialsOutcome, Ports } from '../../pipeline/ports.ts'
import { type Enforcer, TARPIT_MS } from './enforcer.ts'

/** What a rationed address, or one whose answers are late, hears of wrong credentials. */
export const RATIONED = 'rationed'

/**
 * Answers to wrong credentials by the orders in force: given, late, or none. A challenge is not rationed: a colleague's
 * phone behind the same address asks for one before it logs in.
 */
export function rationed(
  verify: Ports['verifyCredentials'],
  enforcer: Enforcer | undefined,
  later: (delayMs: number, act: () => void) => void,
): Ports['verifyCredentials'] {
  if (enforcer === undefined) return verify
  return (context, realm, asProxy) => {
    const outcome = verify(context, realm, asProxy)
    if (enforcer.isIdle) return outcome
    const treat = (known: CredentialsOutcome): CredentialsOutcome | Promise<CredentialsOutcome> => {
      if (!isFailure(known)) return known
      const treatment = enforcer.treatFailure(context.flow.remote.ip)
      if (treatment === 'answer') return known
      if (treatment === 'silence') return { kind: 'silent', why: RATIONED }
      return new Promise(resolve => {
        later(TARPIT_MS, () => {
          enforcer.lateAnswerGiven()
          resolve(known)
        })
      })
    }
    return outcome instanceof Promise ? outcome.then(treat) : treat(outcome)
  }
}

function isFailure(outcome: CredentialsOutcome): boolean {
  if (outcome.kind === 'challenge') return outcome.why === 'wrong-credentials'
  return outcome.kind === 'refused' || outcome.kind === 'delayed'
}
