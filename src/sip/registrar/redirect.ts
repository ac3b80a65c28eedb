import type { Field } from '../message/write.ts'
import { uriEquals } from '../uri/equals.ts'
import { parseUri, type Uri } from '../uri/uri.ts'
import { type Binding, liveBindings, secondsLeft } from './binding.ts'
import { writeQ } from './contact.ts'
import { isFlowOnly, sipsWarning } from './target-set.ts'

/** The answer of a redirect server (RFC 3261 §8.3). */
export interface RedirectReply {
  readonly status: 302 | 404 | 480
  readonly headers: readonly Field[]
}

/**
 * Tells the caller where the called one is, instead of asking there: 302 with the contacts that the caller can
 * reach himself, most wanted first.
 *
 * Never the Request-URI itself, which would send him in a circle; nor contacts that only our flow or an edge
 * leads to. A sips request is answered with sips contacts only (RFC 5630 §5.4 leaves it to us).
 * @param bindings of the AOR, or of the GRUU, in the Request-URI; undefined when there is no such user: 404
 * @param nowMs wall clock
 * @param agent our host, for a Warning
 */
export function redirectTo(
  bindings: readonly Binding[] | undefined,
  requestUri: Uri,
  nowMs: number,
  agent: string,
): RedirectReply {
  if (bindings === undefined) return { status: 404, headers: [] }
  const reachable = liveBindings(bindings, nowMs)
    .filter(binding => binding.path.length === 0 && !isFlowOnly(binding))
    .flatMap(binding => {
      const uri = parseUri(binding.contact)
      return uri.ok && !isRequestUri(uri.value, requestUri) ? [{ binding, scheme: uri.value.scheme }] : []
    })
    .sort((a, b) => b.binding.q - a.binding.q || b.binding.expiresAtMs - a.binding.expiresAtMs)
  const isSips = requestUri.scheme === 'sips'
  const offered = isSips ? reachable.filter(({ scheme }) => scheme === 'sips') : reachable
  if (offered.length === 0) {
    const headers: Field[] = reachable.length > 0 ? [['Warning', sipsWarning(380, agent)]] : []
    return { status: 480, headers }
  }
  return { status: 302, headers: offered.map(({ binding }) => ['Contact', contactOf(binding, nowMs)]) }
}

/** The sips version is the same place: redirecting between the two would be a circle as well. */
function isRequestUri(contact: Uri, requestUri: Uri): boolean {
  return uriEquals({ ...contact, scheme: 'sip' }, { ...requestUri, scheme: 'sip' })
}

function contactOf(binding: Binding, nowMs: number): string {
  return `<${binding.contact}>;q=${writeQ(binding.q)};expires=${secondsLeft(binding, nowMs)}`
}
