import { failed, ok, type Result } from '../../base/result.ts'
import { isDigits } from '../chars.ts'
import { H } from '../message/header-id.ts'
import type { SipRequest } from '../message/message.ts'

/** What a request without Max-Forwards gets (RFC 3261 §16.6 step 3). */
const DEFAULT_MAX_FORWARDS = 70

/** The largest and the assumed Max-Breadth (RFC 5393 §5.3.3). */
const MAX_BREADTH = 60

/**
 * The largest Max-Breadth of a request that was here before: as many as one user has contacts. Mirrors that make each
 * Request-URI a new one then get some 30 INVITEs out of one instead of 118.
 */
const MAX_SPIRAL_BREADTH = 10

/**
 * Max-Forwards as the request leaves with it, or the status to answer with when it may go no further.
 * @see RFC 3261 §16.3 step 3, §16.6 step 3
 */
export function nextMaxForwards(request: SipRequest): Result<number, 483> {
  const left = request.maxForwards
  if (left === undefined) return ok(DEFAULT_MAX_FORWARDS)
  return left > 0 ? ok(left - 1) : failed(483)
}

/**
 * Incoming Max-Breadth, 1 to 60. A value that cannot be read, zero, or a second one counts as 1: whoever writes
 * nonsense there gets the narrowest reading, not the widest.
 * @param isSpiral from `passageOf`: the request has passed us in another shape
 * @see RFC 5393 §5.3.3
 */
export function incomingBreadth(request: SipRequest, isSpiral = false): number {
  const breadth = readBreadth(request)
  return isSpiral ? Math.min(MAX_SPIRAL_BREADTH, breadth) : breadth
}

function readBreadth(request: SipRequest): number {
  const values = request.headers(H.maxBreadth)
  const [value] = values
  if (value === undefined) return MAX_BREADTH
  if (values.length > 1 || !isDigits(value)) return 1
  return Math.min(MAX_BREADTH, Math.max(1, Number(value)))
}
