import { createHash } from 'node:crypto'
import type { Heard } from './heard.ts'
import { token } from './saying.ts'

/** A challenge as its field says it (RFC 7616 §3.3). */
export interface Challenge {
  readonly realm: string
  readonly nonce: string
  readonly opaque: string
  /** `MD5` when the field does not say. */
  readonly algorithm: string
  /** Values offered; empty when there is none (RFC 2069). */
  readonly qop: readonly string[]
  readonly isStale: boolean
  /** 407: the answer stands in Proxy-Authorization. */
  readonly isProxy: boolean
}

/** The challenges of a 401 or 407, in their order. */
export function challengesOf(response: Heard): readonly Challenge[] {
  const isProxy = response.status === 407
  return response.all(isProxy ? 'Proxy-Authenticate' : 'WWW-Authenticate').flatMap(row => {
    if (!/^digest\s/i.test(row)) return []
    const values = parametersOf(row.slice(7))
    return {
      realm: values.get('realm') ?? '',
      nonce: values.get('nonce') ?? '',
      opaque: values.get('opaque') ?? '',
      algorithm: values.get('algorithm') ?? 'MD5',
      qop: (values.get('qop') ?? '').split(/[\s,]+/).filter(each => each !== ''),
      isStale: /^true$/i.test(values.get('stale') ?? ''),
      isProxy,
    }
  })
}

/** What credentials are made of; every field may be a lie that an attack tells. */
export interface Proving {
  readonly user: string
  readonly password: string
  readonly method: string
  readonly uri: string
  readonly nc?: number
  readonly cnonce?: string
  /** `none` leaves qop out as RFC 2069 does; else the best of what is offered. */
  readonly qop?: 'auth' | 'auth-int' | 'none'
  /** The body, for auth-int. */
  readonly body?: string
  /** Replaces values of the field that was made right: `{ uri: … }`. Values go in as they are. */
  readonly lies?: Readonly<Record<string, string>>
}

/** The field that answers a challenge (RFC 7616 §3.4). */
export function credentials(challenge: Challenge, proving: Proving): string {
  const { user, password, method, uri, nc = 1, cnonce = token(), body = '' } = proving
  const hash = (text: string): string =>
    createHash(HASHES.get(challenge.algorithm.replace(/-sess$/i, '').toUpperCase()) ?? 'md5')
      .update(text, 'latin1')
      .digest('hex')
  const plain = hash(`${user}:${challenge.realm}:${password}`)
  const isSession = /-sess$/i.test(challenge.algorithm)
  const ha1 = isSession ? hash(`${plain}:${challenge.nonce}:${cnonce}`) : plain
  const qop = proving.qop ?? (challenge.qop.includes('auth') ? 'auth' : (challenge.qop[0] ?? 'none'))
  const ha2 = hash(qop === 'auth-int' ? `${method}:${uri}:${hash(body)}` : `${method}:${uri}`)
  const count = nc.toString(16).padStart(8, '0')
  const middle = qop === 'none' ? '' : `${count}:${cnonce}:${qop}:`
  const values: Record<string, string> = {
    username: `"${user}"`,
    realm: `"${challenge.realm}"`,
    nonce: `"${challenge.nonce}"`,
    uri: `"${uri}"`,
    response: `"${hash(`${ha1}:${challenge.nonce}:${middle}${ha2}`)}"`,
    algorithm: challenge.algorithm,
    ...(challenge.opaque === '' ? {} : { opaque: `"${challenge.opaque}"` }),
    ...(qop === 'none' ? {} : { qop, nc: count, cnonce: `"${cnonce}"` }),
    ...proving.lies,
  }
  const written = Object.entries(values).map(([name, value]) => `${name}=${value}`)
  return `${challenge.isProxy ? 'Proxy-Authorization' : 'Authorization'}: Digest ${written.join(', ')}`
}

const HASHES: ReadonlyMap<string, string> = new Map([
  ['MD5', 'md5'],
  ['SHA-256', 'sha256'],
  ['SHA-512-256', 'sha512-256'],
])

/** `name=value` and `name="value"`, parted by commas; one look at each character. */
function parametersOf(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  let at = 0
  while (at < text.length) {
    const equals = text.indexOf('=', at)
    if (equals < 0) break
    const name = text.slice(at, equals).replace(/[\s,]/g, '').toLowerCase()
    const isQuoted = text[equals + 1] === '"'
    const start = isQuoted ? equals + 2 : equals + 1
    const end = text.indexOf(isQuoted ? '"' : ',', start)
    const stop = end < 0 ? text.length : end
    found.set(name, text.slice(start, stop).trim())
    at = stop + 1
  }
  return found
}
