import { BoundedMap } from '../../base/bounded-map.ts'
import { LIMITS } from '../../base/limits.ts'
import { parseChallenge, parseCredentials } from '../../sip/headers/credentials.ts'
import type { Params } from '../../sip/headers/params.ts'
import { H } from '../../sip/message/header-id.ts'
import type { SipRequest, SipResponse } from '../../sip/message/message.ts'
import type { Judgement } from '../observer.ts'

/** A nonce that the server gave. */
interface GivenNonce {
  readonly ip: string
  readonly realm: string
  /** Upper case, as the challenge said; '' stands for MD5. */
  readonly algorithm: string
  /** Qualities that were offered, as one text; '' none. */
  readonly qops: string
  /** The highest count that was accepted. */
  highestCount: number
}

/** Reasons of digest after which the nonce was found to be ours, and made for that address. */
const OF_OUR_NONCES: ReadonlySet<string> = new Set([
  'guessing',
  'nonce-expired',
  'nonce-forgotten',
  'nonce-replayed',
  'wrong-credentials',
])

/** A request that never is judged, or whose answer says nothing of it. */
const UNJUDGED: ReadonlySet<string> = new Set(['ACK', 'CANCEL', 'OPTIONS'])

/** Answers that a server gives before it looks at credentials, or without looking. */
const BEFORE: ReadonlySet<number> = new Set([405, 408, 413, 414, 415, 416, 420, 421, 481, 482, 483])

const MAX_USER = 256

/**
 * Tells from the wire how credentials were judged, in the words of the digest mechanism: from what was challenged,
 * what was offered, and what was answered. Bounded.
 */
export class WireCredentials {
  readonly #given = new BoundedMap<string, GivenNonce>(LIMITS.maxCaptureNonces)
  /** Users and sources with wrong credentials of late. */
  readonly #failed = new BoundedMap<string, true>(LIMITS.maxCaptureNonces)
  /** Wrong credentials seen so far: more of them may explain a silence of before. */
  failures = 0

  /** A response of the server with challenges. @param ip to whom */
  challenged(response: SipResponse, ip: string): void {
    for (const id of [H.wwwAuthenticate, H.proxyAuthenticate]) {
      if (!response.has(id)) continue
      for (const value of response.headers(id).slice(0, LIMITS.maxCredentials)) {
        const params = digestOf(parseChallenge(value))
        const nonce = params?.get('nonce')
        if (params === undefined || nonce === undefined || this.#given.has(nonce)) continue
        this.#give(nonce, params, ip)
      }
    }
  }

  #give(nonce: string, params: Params, ip: string): void {
    const realm = params.get('realm') ?? ''
    const qops = params.get('qop') ?? ''
    const algorithm = (params.get('algorithm') ?? '').toUpperCase()
    // One text of its own for all: what is cut out of a message keeps the message.
    const text = kept(nonce + realm + qops + algorithm)
    const [realmAt, qopsAt] = [nonce.length, nonce.length + realm.length]
    const algorithmAt = qopsAt + qops.length
    this.#given.set(text.slice(0, realmAt), {
      ip,
      realm: text.slice(realmAt, qopsAt),
      qops: text.slice(qopsAt, algorithmAt),
      algorithm: text.slice(algorithmAt),
      highestCount: 0,
    })
  }

  /**
   * How the credentials of a request were judged that the server answered itself.
   * @param isForwarded the request went on, so they were accepted
   * @returns undefined: it has none for the server, or nothing can be said
   */
  judge(
    request: SipRequest,
    response: SipResponse | undefined,
    ip: string,
    isForwarded: boolean,
  ): Judgement | undefined {
    if (UNJUDGED.has(request.method) || !hasCredentials(request)) return undefined
    const status = response?.status ?? 0
    if (!isForwarded && (status === 401 || status === 407)) return this.#refused(request, response, ip)
    // Inside a dialog the dialog is the proof.
    if (request.to.tag !== undefined && request.method !== 'REGISTER') return undefined
    const offered = this.#offered(request)
    if (offered === undefined) {
      const isMalformed = !isForwarded && status === 400 && hasOnlyMalformed(request)
      return isMalformed ? judgement('credentials-malformed', '', '') : undefined
    }
    const { params, given } = offered
    const user = userOf(params)
    if (given.ip !== ip) return undefined
    if (isForwarded) return this.#accepted(params, given)
    if (status === 503) return this.#delayed(response, user, ip, given)
    if (status === 403 && params.get('uri') !== request.requestUri)
      return judgement('uri-mismatch', user, given.realm)
    if (status < 200 || status >= 500 || status === 400 || BEFORE.has(status)) return undefined
    return this.#accepted(params, given)
  }

  /**
   * How credentials were judged that got no answer at all. Servers ration their answers to who did not prove to
   * receive, a challenge after wrong credentials among them; but silence has other reasons, so it counts only beside a
   * failure that was seen.
   */
  judgeSilence(request: SipRequest, ip: string): Judgement | undefined {
    const offered = this.#offered(request)
    if (offered === undefined || offered.given.ip !== ip) return undefined
    const user = userOf(offered.params)
    const { realm } = offered.given
    const isKnown = this.#failed.has(ip) || this.#failed.has(`${user}@${realm}`)
    return isKnown ? judgement('wrong-credentials', user, realm) : undefined
  }

  #accepted(params: Params, given: GivenNonce): Judgement {
    const count = Number.parseInt(params.get('nc') ?? '', 16)
    if (count > given.highestCount) given.highestCount = count
    const user = userOf(params)
    const { realm } = given
    const suffix = `@${realm}`
    const name = user.endsWith(suffix) ? user.slice(0, -suffix.length) : user
    return { isAccepted: true, why: '', user: name, realm, isNonceOurs: true }
  }

  #delayed(
    response: SipResponse | undefined,
    user: string,
    ip: string,
    { realm }: GivenNonce,
  ): Judgement | undefined {
    const isKnown = this.#failed.has(ip) || this.#failed.has(`${user}@${realm}`)
    return isKnown && response?.named('Retry-After') !== undefined
      ? judgement('guessing', user, realm)
      : undefined
  }

  #refused(request: SipRequest, response: SipResponse | undefined, ip: string): Judgement | undefined {
    const isProxy = response?.status === 407
    const challenge = digestOf(
      parseChallenge(response?.header(isProxy ? H.proxyAuthenticate : H.wwwAuthenticate) ?? ''),
    )
    const realm = challenge?.get('realm')
    if (challenge === undefined || realm === undefined) return undefined
    const id = isProxy ? H.proxyAuthorization : H.authorization
    const params = rowsOf(request, id).find(row => row.get('realm') === realm)
    const nonce = params?.get('nonce') ?? ''
    // An empty answer is how a phone asks for a challenge (RFC 8760 §2.7).
    if (params === undefined || (nonce === '' && (params.get('response') ?? '') === '')) return undefined
    const why = this.#reason(params, nonce, challenge.get('stale')?.toLowerCase() === 'true', ip)
    const user = userOf(params)
    if (why === 'wrong-credentials') {
      this.failures += 1
      this.#failed.set(kept(ip), true)
      this.#failed.set(kept(`${user}@${realm}`), true)
    }
    return judgement(why, user, realm)
  }

  #reason(params: Params, nonce: string, isStale: boolean, ip: string): string {
    const given = this.#given.get(nonce)
    if (isStale) {
      if (given !== undefined && given.ip !== ip) return 'nonce-of-other-source'
      const count = Number.parseInt(params.get('nc') ?? '', 16)
      return given !== undefined && count <= given.highestCount ? 'nonce-replayed' : 'nonce-expired'
    }
    if (given === undefined) return 'nonce-altered'
    const qop = params.get('qop')?.toLowerCase()
    if (given.qops !== '' && qop === undefined) return 'qop-missing'
    if (qop !== undefined && !given.qops.toLowerCase().split(/[ ,]/).includes(qop)) return 'qop-not-offered'
    const algorithm = (params.get('algorithm') ?? '').toUpperCase()
    return plain(algorithm) === plain(given.algorithm) ? 'wrong-credentials' : 'nonce-altered'
  }

  /** The row whose nonce the server gave. */
  #offered(request: SipRequest): { readonly params: Params; readonly given: GivenNonce } | undefined {
    for (const id of [H.authorization, H.proxyAuthorization]) {
      for (const params of rowsOf(request, id)) {
        const given = this.#given.get(params.get('nonce') ?? '')
        if (given !== undefined && given.realm === params.get('realm')) return { params, given }
      }
    }
    return undefined
  }
}

/** Whether a request brings credentials. */
export function hasCredentials(request: SipRequest): boolean {
  return request.has(H.authorization) || request.has(H.proxyAuthorization)
}

function judgement(why: string, user: string, realm: string): Judgement {
  return { isAccepted: false, why, user, realm, isNonceOurs: OF_OUR_NONCES.has(why) }
}

function rowsOf(request: SipRequest, id: typeof H.authorization | typeof H.proxyAuthorization): Params[] {
  if (!request.has(id)) return []
  return request
    .headers(id)
    .slice(0, LIMITS.maxCredentials)
    .flatMap(value => digestOf(parseCredentials(value)) ?? [])
}

function hasOnlyMalformed(request: SipRequest): boolean {
  const ids = [H.authorization, H.proxyAuthorization] as const
  const values = ids.flatMap(id => (request.has(id) ? request.headers(id) : []))
  return values.some(value => !parseCredentials(value).ok)
}

function digestOf(row: ReturnType<typeof parseCredentials>): Params | undefined {
  return row.ok && row.value.scheme === 'digest' ? row.value.params : undefined
}

function userOf(params: Params): string {
  return (params.get('username') ?? '').slice(0, MAX_USER)
}

function plain(algorithm: string): string {
  return algorithm === '' ? 'MD5' : algorithm
}

/** A text of its own: what is cut out of a message keeps the message. */
function kept(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1')
}
