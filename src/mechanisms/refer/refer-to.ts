import { ipKind } from '../../base/ip-address.ts'
import { failed, ok, type Result } from '../../base/result.ts'
import { parseNameAddr } from '../../sip/headers/name-addr.ts'
import { H, headerIdOf, headerName } from '../../sip/message/header-id.ts'
import type { MessageFields } from '../../sip/message/message.ts'
import type { Uri } from '../../sip/uri/uri.ts'
import { parseReplaces, type Replaces } from './replaces.ts'

/** Where a REFER leads, and by what request (RFC 3515 §2.1). */
export interface ReferTo {
  readonly uri: Uri
  /** INVITE unless the URI says otherwise. */
  readonly method: string
  /** The dialog that the new request takes over, from the headers of the URI. */
  readonly replaces: Replaces | undefined
  /** Other headers that the URI asks for, lower case, with their values. */
  readonly headers: readonly (readonly [name: string, value: string])[]
}

/** Why a Refer-To is not taken. */
export type ReferToFault =
  /** RFC 3515 §2.4.2: exactly one, that can be read. */
  | 'refer-to-missing'
  | 'refer-to-repeated'
  | 'refer-to-malformed'
  /** Not sip or sips. */
  | 'refer-to-scheme'
  /** An address that is only reached from within (RFB-09). */
  | 'refer-to-private-host'
  /** A host that the configuration does not list. */
  | 'refer-to-other-host'
  /** A method, or a header other than Replaces and Require, that the referee would send as his own (RFB-09). */
  | 'refer-to-embedded'
  /** RFC 5630 §5.1.1.3: from a sips dialog to a sip URI. */
  | 'refer-to-not-secure'

/** What a Refer-To may ask for. */
export interface ReferToRules {
  /** Hosts that it may name beside the served domains; empty: any that is not private. */
  readonly hosts: readonly string[]
  /** Whether a host is one that we serve. */
  isServed(host: string): boolean
}

/** Headers of the URI that may go into the new request; each other one would be words in the referee's mouth. */
const EMBEDDED: ReadonlySet<string> = new Set(['replaces', 'require'])
const MAX_EMBEDDED = 8

/** The one Refer-To of a REFER. */
export function referToOf(request: MessageFields): Result<ReferTo, ReferToFault> {
  const values = request.list(H.referTo)
  const [value] = values
  if (value === undefined) return failed('refer-to-missing')
  return values.length > 1 ? failed('refer-to-repeated') : parseReferTo(value)
}

/** Reads a Refer-To value (RFC 3515 §2.1). */
export function parseReferTo(value: string): Result<ReferTo, ReferToFault> {
  const address = parseNameAddr(value)
  if (!address.ok) return failed('refer-to-malformed')
  const { uri } = address.value
  const embedded = embeddedIn(uri)
  if (embedded === undefined) return failed('refer-to-malformed')
  const replaces = embedded.filter(([name]) => name === 'replaces')
  if (replaces.length > 1) return failed('refer-to-malformed')
  const [dialog] = replaces
  const parsed = dialog === undefined ? undefined : parseReplaces(dialog[1])
  if (parsed?.ok === false) return failed('refer-to-malformed')
  return ok({
    uri,
    method: (uri.params.get('method') ?? 'INVITE').toUpperCase(),
    replaces: parsed?.value,
    headers: embedded.filter(([name]) => name !== 'replaces'),
  })
}

/**
 * Whether a REFER may lead there.
 * @param isSecure the request that carries it goes by sips
 * @param isInDialog the referrer and the referee have a call
 * @see RFC 3515 §4, RFC 5630 §5.1.1.3
 */
export function judgeReferTo(
  target: ReferTo,
  rules: ReferToRules,
  isSecure: boolean,
  isInDialog: boolean,
): ReferToFault | undefined {
  const { uri } = target
  if (uri.scheme !== 'sip' && uri.scheme !== 'sips') return 'refer-to-scheme'
  if (target.method !== 'INVITE' || target.headers.some(([name]) => !EMBEDDED.has(name)))
    return 'refer-to-embedded'
  if (isSecure && uri.scheme === 'sip') return 'refer-to-not-secure'
  return hostFault(target, rules, isInDialog)
}

function hostFault(target: ReferTo, rules: ReferToRules, isInDialog: boolean): ReferToFault | undefined {
  const maddr = (target.uri.params.get('maddr') ?? '').toLowerCase().replace(/^\[|\]$/g, '')
  for (const host of maddr === '' ? [target.uri.host] : [target.uri.host, maddr]) {
    if (rules.isServed(host) || rules.hosts.includes(host)) continue
    // An attended transfer names the contact of a phone with which the referrer has a call already.
    if (isInDialog && target.replaces !== undefined && maddr === '') continue
    if (isWithin(host)) return 'refer-to-private-host'
    if (rules.hosts.length > 0) return 'refer-to-other-host'
  }
  return undefined
}

function isWithin(host: string): boolean {
  const kind = ipKind(host)
  if (kind !== undefined) return kind !== 'global'
  return host === 'localhost' || host.endsWith('.localhost') || host.endsWith('.local')
}

/** The headers of a URI (RFC 3261 §19.1.1), unescaped; undefined when they are malformed. */
function embeddedIn(uri: Uri): readonly (readonly [string, string])[] | undefined {
  if (uri.headers === undefined) return []
  const fields = uri.headers.split('&')
  if (fields.length > MAX_EMBEDDED) return undefined
  const embedded: (readonly [string, string])[] = []
  for (const field of fields) {
    const equals = field.indexOf('=')
    const name = unescaped(equals < 0 ? field : field.slice(0, equals))
    const value = unescaped(equals < 0 ? '' : field.slice(equals + 1))
    if (name === undefined || value === undefined || name === '' || /[\r\n\0]/.test(name + value))
      return undefined
    embedded.push([canonical(name), value])
  }
  return embedded
}

/** The full name, so that no compact form goes by unseen. */
function canonical(name: string): string {
  const id = headerIdOf(name)
  return id === H.unknown ? name.toLowerCase() : headerName(id).toLowerCase()
}

function unescaped(text: string): string | undefined {
  let out = ''
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i)
    if (char !== '%') {
      out += char
      continue
    }
    const hex = text.slice(i + 1, i + 3)
    if (!/^[0-9A-Fa-f]{2}$/.test(hex)) return undefined
    out += String.fromCharCode(Number.parseInt(hex, 16))
    i += 2
  }
  return out
}
