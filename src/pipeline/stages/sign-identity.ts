import { H } from '../../sip/message/header-id.ts'
import type { Attest, SigningPort } from '../identity.ts'
import { isForwardedElsewhere, isInside } from '../leaving.ts'
import { ownAor } from '../own-aor.ts'
import { isOwnParty } from '../own-party.ts'
import { next, type RequestContext, reply, type Stage } from '../stage.ts'

const BEGINS: readonly string[] = ['INVITE', 'MESSAGE', 'REFER', 'SUBSCRIBE']
const IN_DIALOG: readonly string[] = ['INVITE', 'UPDATE', 'BYE']

/**
 * The authentication service: what leaves for others is signed for callers who proved themselves here, as far as our
 * certificate speaks for them (RFC 8224 §6.1). What is signed already stays as it is.
 */
export const signIdentity: Stage = {
  name: 'sign-identity',
  rfc: 'RFC 8224 §6.1; RFC 8588; RFC 9970 §6',
  meets: ['proxy-unsure-of-user', 'spoofing'],
  run: context => {
    const signing = context.ports.identity?.signing
    if (signing === undefined) return next
    const { request } = context
    const methods = request.to.tag === undefined ? BEGINS : IN_DIALOG
    if (!methods.includes(request.method) || request.has(H.identity) || !leaves(context)) return next
    const by = vouched(context, signing)
    if (by === undefined) return next
    const signed = signing.sign(request, by.attest, by.group, context.wallMs)
    if (signed.ok) {
      context.signed = signed.value
      return next
    }
    signing.noteUnsigned(context, signed.error)
    // What bears another date may be an old request that somebody kept (STA-02).
    if (signed.error === 'date-off') return { ...reply(403, 'date-off'), reason: 'Stale Date' }
    return next
  },
}

/** Whether it goes to anybody but our own side, which knows from us who calls. */
function leaves(context: RequestContext): boolean {
  const { request, rounds, ports, inDialog } = context
  if (inDialog !== undefined) return !ports.userExists(ownAor(request.to.uri, ports))
  return rounds.some(round =>
    // Where a call is forwarded to, a token of ours would name a callee who is not there.
    round.some(({ place }) => !isInside(place, ports) && !isForwardedElsewhere(place, ports)),
  )
}

/** What we can say of the caller, and the group of callers that he is one of; undefined: nothing. */
function vouched(
  context: RequestContext,
  signing: SigningPort,
): { readonly attest: Attest; readonly group: string } | undefined {
  const { caller, request, ports, flow, inDialog } = context
  // `bind-identity` saw that From is his own.
  if (caller?.caller.kind === 'user') return { attest: 'A', group: `domain:${caller.caller.domain}` }
  const trunk = ports.trunkOf(flow)
  if (trunk !== undefined) {
    const attest = signing.attestOf(trunk.name)
    return attest === undefined ? undefined : { attest, group: `trunk:${trunk.name}` }
  }
  if (inDialog === undefined) return undefined
  const isHis = isOwnParty(context) || (inDialog.from === 'callee' && signing.hasAnsweredFor(context))
  return isHis ? { attest: 'A', group: `domain:${request.from.uri.host}` } : undefined
}
