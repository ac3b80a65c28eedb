import { canonicalIp } from '../../base/ip-address.ts'
import { failed, ok, type Result } from '../../base/result.ts'
import { parseUri, type Uri } from '../uri/uri.ts'
import { type Binding, liveBindings } from './binding.ts'
import { ipOfFlowKey } from './flow-token.ts'

/** One place that a request for an AOR goes to (RFC 3261 §16.5). */
export interface Target {
  /** The contact as a Request-URI. */
  readonly requestUri: string
  /** Route values to put on: the Path of the registration (RFC 3327 §5.4); its first one is the next hop. */
  readonly route: readonly string[]
  /** Flow key to prefer while that flow is open; '' when Path or Request-URI tell the next hop. */
  readonly received: string
  /** When the flow is gone the target has failed (430): the contact itself must not be dialled. */
  readonly isFlowOnly: boolean
  /** The next hop must be reached over TLS (RFC 5630 §5.3). */
  readonly needsTls: boolean
  readonly binding: Binding
  /**
   * Other flows of the same instance, best first: the next one is tried when this one ends with 430 or 408, and
   * none when it ends otherwise (RFC 5626 §7).
   */
  readonly alternatives: readonly Target[]
}

/** Targets of one preference: tried together; groups are tried one after the other. */
export interface TargetGroup {
  /** Thousandths. */
  readonly q: number
  readonly targets: readonly Target[]
}

/** Why there is no target; both are 480, the warning goes into a Warning field (RFC 5630 §5.3). */
export type NoTarget = 'not-registered' | 'sips-not-allowed'

/** Warning values of RFC 5630 §6 by code. @param agent our host, as it stands in the Warning field */
export function sipsWarning(code: 380 | 381, agent: string): string {
  return `${code} ${agent} "${code === 380 ? 'SIPS Not Allowed' : 'SIPS Required'}"`
}

/**
 * Orders the bindings of an AOR (or of a GRUU, see `bindingsOfGruu`) for forking: by q downwards, of one
 * instance one flow at a time, the one registered last first (RFC 3261 §16.6, RFC 5626 §7).
 *
 * @param requestUri of the request: a sips one goes to sips contacts only, a sip one to a sips contact as sip
 *   over TLS (RFC 5630 §5.3)
 * @param nowMs wall clock
 * @param maxTargets of all rounds together; what ranks lower is left out
 */
export function targetsFor(
  bindings: readonly Binding[],
  requestUri: Uri,
  nowMs: number,
  maxTargets: number,
): Result<readonly TargetGroup[], NoTarget> {
  const live = liveBindings(bindings, nowMs)
  const isSips = requestUri.scheme === 'sips'
  const [only] = live
  if (only !== undefined && live.length === 1 && maxTargets > 0) {
    const target = targetOf(only, isSips)
    if (target !== undefined) return ok([{ q: only.q, targets: [target] }])
  }
  const usable = live.flatMap(binding => targetOf(binding, isSips) ?? [])
  if (usable.length === 0) return failed(live.length > 0 && isSips ? 'sips-not-allowed' : 'not-registered')
  const groups = new Map<number, Target[]>()
  for (const target of oneFlowAnInstance(usable.sort(byPreference)).slice(0, maxTargets)) {
    const group = groups.get(target.binding.q)
    if (group === undefined) groups.set(target.binding.q, [target])
    else group.push(target)
  }
  return ok([...groups].map(([q, targets]) => ({ q, targets })))
}

/** How a contact is reached when it was registered by a flow: only so, or also by its own address. */
export function isFlowOnly(binding: Binding): boolean {
  const uri = parseUri(binding.contact)
  return isFlowOnlyBy(binding, uri.ok ? uri.value : undefined)
}

function isFlowOnlyBy(binding: Binding, contact: Uri | undefined): boolean {
  if (binding.received === '') return false
  if (binding.regId !== undefined || binding.received.startsWith('ws')) return true
  return contact === undefined || isElsewhere(contact, binding)
}

/** Whether the contact names another place than the one that the registration came from. */
function isElsewhere(uri: Uri, binding: Binding): boolean {
  if (uri.params.has('maddr')) return true
  const source = ipOfFlowKey(binding.received)
  // Mostly the same text: then nothing is read as an address.
  if (uri.host === source) return false
  const ip = canonicalIp(uri.host)
  return ip === undefined || ip !== canonicalIp(source)
}

function targetOf(binding: Binding, isSipsRequest: boolean): Target | undefined {
  const parsed = parseUri(binding.contact)
  if (!parsed.ok) return undefined
  const isSipsContact = parsed.value.scheme === 'sips'
  if (isSipsRequest && !isSipsContact) return undefined
  return {
    requestUri: requestUriOf(parsed.value, isSipsRequest ? 'sips' : 'sip'),
    route: binding.path,
    received: binding.path.length > 0 ? '' : binding.received,
    isFlowOnly: isFlowOnlyBy(binding, parsed.value),
    needsTls: isSipsContact,
    binding,
    alternatives: [],
  }
}

/**
 * The contact without what a Request-URI may not have: headers, which would smuggle fields into the request, and
 * `method` (RFC 3261 §16.6 step 1, §19.1.1).
 */
function requestUriOf(uri: Uri, scheme: string): string {
  const isPlain = uri.headers === undefined && !uri.params.has('method')
  if (isPlain && uri.text.startsWith(scheme) && uri.scheme === scheme) return uri.text
  const end = uri.headers === undefined ? uri.text.length : uri.text.length - uri.headers.length - 1
  const plain = `${scheme}${uri.text.slice(uri.scheme.length, end)}`
  if (!uri.params.has('method')) return plain
  const paramsAt = plain.indexOf(';', plain.lastIndexOf('@') + 1)
  const kept = uri.params.entries().filter(([name]) => name !== 'method')
  const params = kept.map(([name, value]) => (value === '' ? `;${name}` : `;${name}=${value}`))
  return plain.slice(0, paramsAt) + params.join('')
}

/** By q downwards; among equals the binding that lasts longest was registered last. */
function byPreference(a: Target, b: Target): number {
  return b.binding.q - a.binding.q || b.binding.expiresAtMs - a.binding.expiresAtMs
}

/** The first target of each instance, with the others of that instance as its alternatives. */
function oneFlowAnInstance(targets: readonly Target[]): readonly Target[] {
  const byInstance = new Map<string, Target[]>()
  const firsts: Target[] = []
  for (const target of targets) {
    const { instance } = target.binding
    const family = instance === undefined ? undefined : byInstance.get(instance)
    if (family !== undefined) {
      family.push(target)
      continue
    }
    firsts.push(target)
    if (instance !== undefined) byInstance.set(instance, [])
  }
  return firsts.map(first => {
    const { instance } = first.binding
    return { ...first, alternatives: instance === undefined ? [] : (byInstance.get(instance) ?? []) }
  })
}
