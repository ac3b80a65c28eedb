import type { Flow } from '../../base/flow.ts'
import type { SipResponse } from '../../sip/message/message.ts'
import { type ResponseEdits, writeForwardedResponse } from '../../sip/message/write.ts'
import { namesOwnRealm, ownChallengeRows } from '../../sip/proxy/own-realm.ts'
import { claimsBetween } from '../../sip/proxy/trust.ts'
import type { ForwardingEnvironment } from './forwarding-environment.ts'

/** What passing a response back stands on. */
export type PassingBack = Pick<ForwardingEnvironment, 'isTrusted' | 'isOwnRealm'>

/**
 * Writes a response as it goes on to whoever asked, without our Via and without claims that its sender may not make.
 * @param from the flow that it came by, as far as one is known
 * @param asker the flow of the request
 */
export function passedBack(
  env: PassingBack,
  asker: Flow,
  from: Flow | undefined,
  response: SipResponse,
  edits: ResponseEdits,
): string {
  const isTrusted = from !== undefined && env.isTrusted(from)
  const claims = claimsBetween(response, isTrusted ? 'trusted' : 'stranger', env.isTrusted(asker))
  const { status, challenges, removeRows = [] } = edits
  const { isOwnRealm } = env
  const ownChallenges = ownChallengeRows(response, isOwnRealm)
  return writeForwardedResponse(response, {
    status,
    challenges: challenges?.filter(([, value]) => !namesOwnRealm(value, isOwnRealm)),
    remove: claims.remove,
    removeNamed: claims.removeNamed,
    removeRows: removeRows.length === 0 ? ownChallenges : [...ownChallenges, ...removeRows],
    pAssertedIdentity: claims.pAssertedIdentity,
    stirReasons: edits.stirReasons,
    identity: edits.identity,
    date: edits.date,
  })
}
