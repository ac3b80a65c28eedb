/**
 * Where a request for one target goes next, and what stands in its start line and Route then.
 * @see RFC 3261 §16.6 steps 2, 6 and 7, RFC 5630 §5.3
 */
import { failed, ok, type Result } from '../../base/result.ts'
import { parseUri, type Uri } from '../uri/uri.ts'
import { firstRoute, type RouteInfo } from './route.ts'

/** A member of the target set, as the way to it is concerned. */
export interface TargetPlace {
  /** Request-URI for it. */
  readonly uri: string
  /** Path vector of its binding, our own values taken off (RFC 3327 §5.4). */
  readonly path?: readonly string[]
  /** It was registered as `sips:` (RFC 5630 §5.3). */
  readonly needsTls?: boolean
}

/** The way of one branch, before its address is looked up. */
export interface NextHop {
  /** Request-URI as it leaves. */
  readonly requestUri: string
  /** Route set as it leaves; undefined when it is the received one. */
  readonly routes: readonly string[] | undefined
  /** The URI to locate by RFC 3263: the top route or the Request-URI. */
  readonly locate: Uri
  /** Only TLS will do (SPS-02, SPS-03). */
  readonly isSecureOnly: boolean
  /** Whether the Record-Route that goes with it is `sips:` (PRX-09). */
  readonly isSips: boolean
}

/** Why a target cannot be used, as it is answered (SPS-02). */
export interface TargetRefusal {
  readonly status: 400 | 480
  readonly why: 'route-malformed' | 'target-malformed' | 'sips-not-allowed'
  /** Code for a Warning field. */
  readonly warning?: 380
}

/** Plans the way to a target; for a foreign domain the target is the Request-URI itself (PRX-04). */
export function planNextHop(route: RouteInfo, place: TargetPlace): Result<NextHop, TargetRefusal> {
  const target = targetUri(route, place)
  if (!target.ok) return target
  const { requestUri, uri } = target.value
  const needsTls = place.needsTls === true || target.value.wasSips
  const path = place.path ?? []
  const routes = path.length === 0 ? route.routes : [...path, ...route.routes]
  const changed = route.isChanged || path.length > 0 ? routes : undefined
  const isSips = uri.scheme === 'sips'
  const first = firstRoute(routes)
  if (first === undefined) {
    return ok({ requestUri, routes: changed, locate: uri, isSecureOnly: isSips || needsTls, isSips })
  }
  if (!first.ok) return failed({ status: 400, why: 'route-malformed' })
  const top = first.value.uri
  const isTopSips = top.scheme === 'sips'
  const way = { locate: top, isSecureOnly: isSips || needsTls || isTopSips, isSips: isSips || isTopSips }
  if (top.params.has('lr')) return ok({ requestUri, routes: changed, ...way })
  return ok({
    requestUri: withoutForbidden(top),
    routes: [...routes.slice(1), `<${requestUri}>`],
    ...way,
  })
}

interface TargetUri {
  readonly requestUri: string
  readonly uri: Uri
  /** The target was written as `sips:`, the request is not: TLS all the same (SPS-03). */
  readonly wasSips: boolean
}

/** The Request-URI for a target: schemes kept apart as RFC 5630 §5.3 says, forbidden parts taken off. */
function targetUri(route: RouteInfo, place: TargetPlace): Result<TargetUri, TargetRefusal> {
  if (place.uri === route.requestUri) return ok({ requestUri: place.uri, uri: route.uri, wasSips: false })
  const target = parseUri(place.uri)
  if (!target.ok) return failed({ status: 400, why: 'target-malformed' })
  const isSips = target.value.scheme === 'sips'
  if (route.uri.scheme === 'sips' && !isSips) {
    return failed({ status: 480, why: 'sips-not-allowed', warning: 380 })
  }
  const wasSips = isSips && route.uri.scheme !== 'sips'
  if (!wasSips && isPlain(target.value)) {
    return ok({ requestUri: place.uri, uri: target.value, wasSips })
  }
  const allowed = withoutForbidden(target.value)
  const requestUri = wasSips ? `sip${allowed.slice('sips'.length)}` : allowed
  const uri = requestUri === place.uri ? target : parseUri(requestUri)
  return uri.ok
    ? ok({ requestUri, uri: uri.value, wasSips })
    : failed({ status: 400, why: 'target-malformed' })
}

/** Nothing has to be taken off, and the scheme is written as it leaves: contacts of phones. */
function isPlain({ text, scheme, headers, params }: Uri): boolean {
  return headers === undefined && text.startsWith(scheme) && !params.has('method')
}

/** `method` and header parts may stand in a Contact, not in a Request-URI (RFC 3261 §19.1.1 table 1). */
function withoutForbidden(uri: Uri): string {
  const length = uri.headers === undefined ? uri.text.length : uri.text.length - uri.headers.length - 1
  const text = `${uri.scheme}${uri.text.slice(uri.scheme.length, length)}`
  if (!uri.params.has('method')) return text
  const semicolon = text.indexOf(';', text.indexOf('@') + 1)
  const kept = text
    .slice(semicolon + 1)
    .split(';')
    .filter(param => param.split('=')[0]?.toLowerCase() !== 'method')
  return [text.slice(0, semicolon), ...kept].join(';')
}
