import { next, type Stage } from '../stage.ts'

/**
 * Calls at once and money: an INVITE that begins a call takes its place in every bound that it is in, or is refused.
 * Last before it is sent, so that what another stage refuses holds nothing.
 */
export const callLimits: Stage = {
  name: 'call-limits',
  rfc: 'RFC 3261 §16.3; RFC 4028 §8',
  meets: ['no-authorisation-model'],
  run: context => {
    const { request, inDialog, caller, ports } = context
    // A spiral counts again: the Via that tells of it could be copied into any INVITE.
    if (request.method !== 'INVITE' || inDialog !== undefined || caller === undefined) return next
    const verdict = ports.holdCall(context, caller.caller)
    if (verdict instanceof Promise) return verdict.then(late => late ?? next)
    return verdict ?? next
  },
}
