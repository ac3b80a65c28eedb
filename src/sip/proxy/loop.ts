/**
 * Loop detection: the second half of each branch says what the request looked like when it came in.
 *
 * A request that comes back unchanged where it counts (Request-URI, Route) has looped; one that changed spirals.
 * The digest is keyed, so that nobody can put a loop mark of ours on a request of others, and it leaves the
 * method out, so that CANCEL and the ACK of a failure carry the branch of their INVITE.
 * @see RFC 5393 §4.2
 */

import { addNumber, addPart, digestHex, finishDigest } from '../../base/sip-hash.ts'
import { isHex } from '../chars.ts'
import { parseVia } from '../headers/via.ts'
import { H } from '../message/header-id.ts'
import type { SipRequest } from '../message/message.ts'
import type { Keyring } from './keyed-digest.ts'

/** What decides where a request goes, and what keeps two calls apart (FRK-02, FRK-03). */
export interface LoopFacts {
  /** As received, before any change. */
  readonly requestUri: string
  /** Route values as received. */
  readonly routes: readonly string[]
  readonly callId: string
  readonly cseqNumber: number
}

/** Whether the request was here before: never, in another shape, or in the same one. */
export type Passage = 'first' | 'spiral' | 'loop'

const COOKIE = 'z9hG4bK'
const LOOP_CHARS = 16

export function loopFactsOf(request: SipRequest): LoopFacts {
  return {
    requestUri: request.requestUri,
    routes: request.list(H.route),
    callId: request.callId,
    cseqNumber: request.cseq.number,
  }
}

/** 64 bits in hexadecimal: a branch is compared without case by some. */
export function loopPart(keys: Keyring, facts: LoopFacts): string {
  keys[0].loop.begin()
  addPart(facts.requestUri)
  addPart(facts.callId)
  addNumber(facts.cseqNumber)
  for (const route of facts.routes) addPart(route)
  finishDigest()
  return digestHex()
}

/** As `loopPart` of what `loopFactsOf` says, from where it lies in the message. */
export function loopPartOfRequest(keys: Keyring, request: SipRequest): string {
  keys[0].loop.begin()
  request.addRequestUri()
  request.addCallId()
  addNumber(request.cseq.number)
  if (request.has(H.route)) for (const route of request.list(H.route)) addPart(route)
  finishDigest()
  return digestHex()
}

/**
 * The branch of one client transaction.
 * @param unique never given twice by any node, of token characters (RFC 3261 §8.1.1.7)
 */
export function makeBranch(unique: string, loop: string): string {
  return `${COOKIE}${unique}.${loop}`
}

/** The loop part of a branch that has the form of ours. */
export function loopPartOf(branch: string): string | undefined {
  const dot = branch.length - LOOP_CHARS - 1
  if (dot <= COOKIE.length || branch.charCodeAt(dot) !== 46 || !branch.startsWith(COOKIE)) return undefined
  return isHex(branch, dot + 1) ? branch.slice(dot + 1) : undefined
}

/**
 * Looks at every Via of ours (FRK-04). A Via that does not parse is another's and is skipped.
 * @param loop the loop part of this request; asked for only when a Via of ours is there
 * @param isOwnSentBy whether a sent-by is one that we put in requests
 */
export function passageOf(
  request: SipRequest,
  loop: () => string,
  isOwnSentBy: (host: string, port: number | undefined) => boolean,
): Passage {
  // From a phone the top one is the only one, and is read already.
  if (request.hasOneVia && loopPartOf(request.topVia.branch ?? '') === undefined) return 'first'
  let passage: Passage = 'first'
  let own = ''
  for (const value of request.vias) {
    if (!mayHoldLoopPart(value)) continue
    const via = parseVia(value)
    if (!via.ok || via.value.branch === undefined) continue
    const mark = loopPartOf(via.value.branch)
    if (mark === undefined || !isOwnSentBy(via.value.host, via.value.port)) continue
    if (own === '') own = loop()
    if (mark === own) return 'loop'
    passage = 'spiral'
  }
  return passage
}

/** Spares the parsing of most Via values: ours have the cookie and, 17 characters before the branch's end, a dot. */
function mayHoldLoopPart(value: string): boolean {
  const at = value.indexOf(COOKIE)
  if (at < 0) return false
  const semicolon = value.indexOf(';', at)
  const end = semicolon < 0 ? value.length : semicolon
  return loopPartOf(value.slice(at, end).trimEnd()) !== undefined
}
