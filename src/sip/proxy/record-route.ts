import { isSameSide, isSecureSide, type OwnSide, ownUri } from './own-side.ts'

/** Methods that never make or refresh a dialog; an unknown method may (RFC 3261 §16.6 step 4). */
const WITHOUT_DIALOG = new Set([
  'ACK',
  'BYE',
  'CANCEL',
  'INFO',
  'MESSAGE',
  'OPTIONS',
  'PRACK',
  'PUBLISH',
  'REGISTER',
  'UPDATE',
])

/** The two sides of one branch. */
export interface Sides {
  readonly incoming: OwnSide
  readonly outgoing: OwnSide
  /** Whether Request-URI or top Route is `sips:` as the request leaves. */
  readonly isSips: boolean
}

/**
 * Whether we stay on the path. Besides what makes dialogs, RFC 3261 §16.6 step 4 asks for it where a `sips:` request
 * came in without TLS, and where one that came by TLS leaves as `sip:`.
 */
export function needsRecordRoute(method: string, sides: Sides): boolean {
  if (!WITHOUT_DIALOG.has(method)) return true
  if (method === 'ACK' || method === 'CANCEL' || method === 'REGISTER') return false
  return isSecureSide(sides.incoming) !== sides.isSips
}

/**
 * Record-Route values for a branch, first on top: one where both sides are the same, else one a side, the outgoing
 * one on top, so that each party sees a URI that it can reach and no response is rewritten (C-17). The token stands
 * in the top one: both values always come back together.
 */
export function recordRoutes(sides: Sides, user: string): readonly string[] {
  const top = `<${ownUri(sides.outgoing, user, sides.isSips)}>`
  if (isSameSide(sides.incoming, sides.outgoing)) return [top]
  return [top, `<${ownUri(sides.incoming, undefined, sides.isSips)}>`]
}
