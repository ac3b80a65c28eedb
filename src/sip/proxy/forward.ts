/**
 * Request forwarding (RFC 3261 §16.6): the edits that turn the received request into the one for a branch.
 *
 * It asks for a proof that the request was authorized, and can name only what a proxy may change.
 */
import type { Proven } from '../../base/proof.ts'
import { parseNameAddr } from '../headers/name-addr.ts'
import { H } from '../message/header-id.ts'
import type { SipRequest } from '../message/message.ts'
import type { ForwardEdits } from '../message/write.ts'
import type { Uri } from '../uri/uri.ts'
import type { NextHop } from './next-hop.ts'
import { asWrittenTo, type OwnSide, ownVia } from './own-side.ts'
import { needsRecordRoute, recordRoutes } from './record-route.ts'
import type { TrustEdits } from './trust.ts'

/** Signed identity on a request that goes on. */
export type IdentityEdits = Pick<
  ForwardEdits,
  'identities' | 'date' | 'attestation' | 'originationId' | 'pAssertedIdentity'
>

/** All that is known when a branch's next address is known. */
export interface BranchFacts {
  /** From `planNextHop`. */
  readonly nextHop: NextHop
  /** Ours, where the request came in and where it leaves. */
  readonly incoming: OwnSide
  readonly outgoing: OwnSide
  /** From `makeBranch`: another one for every attempt (PRX-12). */
  readonly branch: string
  /** From `nextMaxForwards`. */
  readonly maxForwards: number
  /** Max-Breadth of this branch. */
  readonly breadth: number
  /**
   * From `makeDialogToken`; for a proven request inside a dialog the token that it brought, so that a party which
   * lost its route set, and the subscriber of a forked SUBSCRIBE (RFC 6665 §4.1.2.4), learn the same route. Left
   * out: no Record-Route.
   */
  readonly dialogToken?: string | undefined
  /** REGISTER on its way to another registrar: our Path URI with the flow token (RFC 3327 §5.2, OUT-01). */
  readonly path?: string | undefined
  /** From `claimsOfTrust`. */
  readonly trust: TrustEdits
  /** Rows of credentials that are for realms of ours (RFC 3261 §22.3); others stay (DIG-26). */
  readonly spentCredentialRows?: readonly number[] | undefined
  /** Identities that we assert ourselves. */
  readonly pAssertedIdentity?: readonly string[] | undefined
  /** What we signed, or found out of what others signed. */
  readonly identity?: IdentityEdits | undefined
}

/** @param _authorized made by the authorize stage alone; it is asked for, not read */
export function forward<T>(
  _authorized: Proven<T, 'authorized'>,
  request: SipRequest,
  facts: BranchFacts,
): ForwardEdits {
  const { nextHop, path } = facts
  // All fields, always: objects of one shape are read faster.
  return {
    requestUri: nextHop.requestUri,
    via: ownVia(facts.outgoing, facts.branch),
    maxForwards: facts.maxForwards,
    maxBreadth: facts.breadth,
    recordRoutes: recordRouteValues(request, facts),
    routes: nextHop.routes,
    path: path === undefined || request.method !== 'REGISTER' ? undefined : [path],
    remove: facts.trust.remove,
    removeNamed: facts.trust.removeNamed,
    removeRows: facts.spentCredentialRows,
    pAssertedIdentity:
      facts.pAssertedIdentity ?? facts.identity?.pAssertedIdentity ?? facts.trust.pAssertedIdentity,
    identities: facts.identity?.identities,
    date: facts.identity?.date,
    attestation: facts.identity?.attestation,
    originationId: facts.identity?.originationId,
  }
}

function recordRouteValues(request: SipRequest, facts: BranchFacts): readonly string[] | undefined {
  const { nextHop } = facts
  if (facts.dialogToken === undefined) return undefined
  const sides = {
    // Only a TLS side is written as its peer writes it.
    incoming:
      facts.incoming.transport === 'tls' ? asWrittenTo(facts.incoming, contactOf(request)) : facts.incoming,
    outgoing: asWrittenTo(facts.outgoing, nextHop.locate),
    isSips: nextHop.isSips,
  }
  if (!needsRecordRoute(request.method, sides)) return undefined
  return recordRoutes(sides, facts.dialogToken)
}

function contactOf(request: SipRequest): Uri | undefined {
  const contact = parseNameAddr(request.header(H.contact) ?? '')
  return contact.ok ? contact.value.uri : undefined
}

/** Our Path value for a REGISTER that goes on: `ob` only when the user agent is next to us (OUT-01). */
export function pathValue(ownUriWithFlow: string, isFirstHop: boolean): string {
  return `<${ownUriWithFlow}${isFirstHop ? ';ob' : ''}>`
}
