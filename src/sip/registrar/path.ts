import { LIMITS } from '../../base/limits.ts'
import { failed, ok, type Result } from '../../base/result.ts'
import { parseNameAddr } from '../headers/name-addr.ts'
import { H } from '../message/header-id.ts'
import type { SipRequest } from '../message/message.ts'
import type { RegisterRefusal } from './register-refusal.ts'
import type { RegisterFacts } from './registrar-facts.ts'

/** The Path of a REGISTER (RFC 3327 §5.3). */
export interface PathVector {
  /** In the order of the header: the first one is the next hop of a request to the phone. */
  readonly values: readonly string[]
  readonly isSipsThroughout: boolean
  /** The edge next to the phone keeps its flow (RFC 5626 §5.1: only the first hop writes `ob`). */
  readonly firstHopHasOutbound: boolean
}

const NO_PATH = ok<PathVector>({ values: [], isSipsThroughout: true, firstHopHasOutbound: false })

/**
 * Reads the Path, which counts only when an edge that we know sent it and every value names one; a Path without
 * `Supported: path` is taken, as RFC 3327 §5.3 lets local policy do, since the edges are ours.
 */
export function readPath(request: SipRequest, facts: RegisterFacts): Result<PathVector, RegisterRefusal> {
  if (!request.has(H.path)) return NO_PATH
  const values = request.list(H.path)
  if (values.length > LIMITS.maxRoutes) return failed('path-malformed')
  if (values.length > 0 && !facts.source.isEdge) return failed('path-unknown-edge')
  let isSipsThroughout = true
  let firstHopHasOutbound = false
  for (const value of values) {
    const parsed = parseNameAddr(value)
    if (!parsed.ok) return failed('path-malformed')
    const { uri } = parsed.value
    // Without brackets `lr` is the header's and not the URI's, so that form is refused here as well.
    if ((uri.scheme !== 'sip' && uri.scheme !== 'sips') || !uri.params.has('lr'))
      return failed('path-malformed')
    if (!facts.isKnownEdge(uri.host, uri.port)) return failed('path-unknown-edge')
    if (uri.scheme !== 'sips') isSipsThroughout = false
    firstHopHasOutbound = uri.params.has('ob')
  }
  return ok({ values, isSipsThroughout, firstHopHasOutbound })
}
