import type { PolicyDecision } from '../../mechanisms/policy/index.ts'
import type { Ports } from '../../pipeline/ports.ts'
import type { CoreEvents } from '../core/events.ts'
import type { CallHook } from './hook.ts'

/** Counts and logs each decision, after whoever embeds the server was asked. */
export function decidedBy(events: CoreEvents, hook: CallHook | undefined): Ports['decided'] {
  return (context, caller, decision) => {
    const close = (last: PolicyDecision): PolicyDecision => {
      events.decided(last, caller, context)
      return last
    }
    if (hook === undefined || !decision.isAllowed) return close(decision)
    const refuse = (rule: string): PolicyDecision => close({ ...decision, isAllowed: false, rule })
    const fail = (error: unknown): PolicyDecision => {
      events.failed('hook-failed', error)
      return refuse('hook-failed')
    }
    try {
      const word = hook({ caller, request: context.request, uri: context.route.uri, decision })
      if (!(word instanceof Promise)) return word === undefined ? close(decision) : refuse(word)
      return word.then(late => (late === undefined ? close(decision) : refuse(late)), fail)
    } catch (error) {
      return fail(error)
    }
  }
}
