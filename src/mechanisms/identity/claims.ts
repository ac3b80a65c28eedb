import { failed, ok, type Result } from '../../base/result.ts'
import type { IdentityFailure } from './failure.ts'
import type { JsonObject } from './json.ts'
import { isObject, type Json } from './json.ts'
import type { MediaKey } from './media-key.ts'
import type { Party } from './party.ts'

/** ATIS-1000074: full, partial and gateway attestation. */
export type Attestation = 'A' | 'B' | 'C'

/** PASSporT types that are signed and verified here; '' is the base type (RFC 8225). */
export type PassportType = '' | 'div' | 'rcd' | 'rsp' | 'shaken'

/** What a PASSporT says (RFC 8225 §4, §5). */
export interface Claims {
  readonly orig: Party
  readonly dest: readonly Party[]
  /** Seconds since 1970. */
  readonly iat: number
  /** RFC 8225 §5.2.2, sorted. */
  readonly mky?: readonly MediaKey[]
  /** RFC 8588. */
  readonly attest?: Attestation
  readonly origid?: string
  /** RFC 8946: the destination that was left. */
  readonly div?: Party
  /** RFC 9795. */
  readonly rcd?: JsonObject
  readonly rcdi?: JsonObject
  readonly crn?: string
}

/** Destinations of one token; more than one is rare (RFC 8224 §4.1). */
const MAX_DESTINATIONS = 20
const MAX_PARTY_CHARS = 512
const MAX_IAT = 2 ** 40

/**
 * Reads the claims of a payload. Claims that are not known stay in the payload: they are signed, and constraints of a
 * certificate may name them.
 * @param allowsStringIat takes `"iat":"1443208345"` too (V-3)
 */
export function readClaims(
  payload: JsonObject,
  ppt: PassportType,
  allowsStringIat: boolean,
): Result<Claims, IdentityFailure> {
  const orig = onlyParty(payload.orig)
  if (orig === undefined) return failed('orig-malformed')
  const dest = readDest(payload.dest)
  if (dest === undefined) return failed('dest-malformed')
  const iat = readIat(payload.iat, allowsStringIat)
  if (iat === undefined) return failed('iat-malformed')
  const claims: { -readonly [K in keyof Claims]: Claims[K] } = { orig, dest, iat }

  if (payload.mky !== undefined) {
    const mky = readMky(payload.mky)
    if (mky === undefined) return failed('mky-malformed')
    claims.mky = mky
  }
  if (ppt === 'shaken') {
    const { attest, origid } = payload
    if (attest !== 'A' && attest !== 'B' && attest !== 'C') return failed('attest-malformed')
    if (typeof origid !== 'string' || !isUuid(origid)) return failed('origid-malformed')
    claims.attest = attest
    claims.origid = origid
  }
  if (ppt === 'div') {
    // RFC 8946 §3: no other token inside.
    const div = payload.opt === undefined ? divOf(payload.div) : undefined
    if (div === undefined) return failed('div-malformed')
    claims.div = div
  }
  if (isObject(payload.rcd)) claims.rcd = payload.rcd
  if (isObject(payload.rcdi)) claims.rcdi = payload.rcdi
  if (typeof payload.crn === 'string') claims.crn = payload.crn
  return ok(claims)
}

/** Claims as a payload; `writeJson` gives it its one text (RFC 8225 §9). */
export function payloadOf(claims: Claims): JsonObject {
  const payload: Record<string, Json> = Object.create(null)
  payload.dest = destOf(claims.dest)
  payload.iat = claims.iat
  payload.orig = objectOf(claims.orig)
  const { mky, attest, origid, div, rcd, rcdi, crn } = claims
  if (mky !== undefined && mky.length > 0) payload.mky = mky.map(({ alg, dig }) => ({ alg, dig }))
  if (attest !== undefined) payload.attest = attest
  if (origid !== undefined) payload.origid = origid
  if (div !== undefined) payload.div = objectOf(div)
  if (rcd !== undefined) payload.rcd = rcd
  if (rcdi !== undefined) payload.rcdi = rcdi
  if (crn !== undefined) payload.crn = crn
  return payload
}

/** `8-4-4-4-12` hexadecimal digits (RFC 9562 §4). */
export function isUuid(text: string): boolean {
  return /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i.test(text)
}

function objectOf(party: Party): JsonObject {
  return { [party.kind]: party.value }
}

function destOf(dest: readonly Party[]): JsonObject {
  const out: Record<string, string[]> = {}
  for (const { kind, value } of dest) {
    out[kind] ??= []
    out[kind].push(value)
  }
  return out
}

function readIat(value: Json | undefined, allowsString: boolean): number | undefined {
  const iat = allowsString && typeof value === 'string' && /^\d{1,12}$/.test(value) ? Number(value) : value
  return typeof iat === 'number' && Number.isInteger(iat) && iat >= 0 && iat < MAX_IAT ? iat : undefined
}

/** An object with one of `tn` and `uri`, and nothing else: two could be read as either. */
function onlyParty(value: Json | undefined): Party | undefined {
  if (!isObject(value) || Object.keys(value).length !== 1) return undefined
  return value.tn === undefined ? partyIn('uri', value.uri) : partyIn('tn', value.tn)
}

/** As in `orig`; beside it RFC 8946 §8 allows `hi`. */
function divOf(value: Json | undefined): Party | undefined {
  if (!isObject(value) || (value.tn === undefined) === (value.uri === undefined)) return undefined
  return value.tn === undefined ? partyIn('uri', value.uri) : partyIn('tn', value.tn)
}

function readDest(value: Json | undefined): readonly Party[] | undefined {
  if (!isObject(value)) return undefined
  const parties: Party[] = []
  for (const [kind, list] of Object.entries(value)) {
    if ((kind !== 'tn' && kind !== 'uri') || !Array.isArray(list)) return undefined
    for (const each of list) {
      const party = partyIn(kind, each)
      if (party === undefined || parties.length === MAX_DESTINATIONS) return undefined
      parties.push(party)
    }
  }
  return parties.length === 0 ? undefined : parties
}

function partyIn(kind: Party['kind'], value: Json | undefined): Party | undefined {
  if (typeof value !== 'string' || value.length === 0 || value.length > MAX_PARTY_CHARS) return undefined
  return kind === 'uri' || isNumberText(value) ? { kind, value } : undefined
}

/** `tn-spec` of RFC 8224 §8.3. */
function isNumberText(value: string): boolean {
  for (let at = 0; at < value.length; at++) if (!'0123456789*#'.includes(value.charAt(at))) return false
  return true
}

/** One key may stand without brackets (RFC 8225 §5.2.2 says both). */
function readMky(value: Json): readonly MediaKey[] | undefined {
  const keys: MediaKey[] = []
  for (const each of Array.isArray(value) ? value : [value]) {
    if (!isObject(each) || typeof each.alg !== 'string' || typeof each.dig !== 'string') return undefined
    keys.push({ alg: each.alg.toLowerCase(), dig: each.dig.toUpperCase() })
  }
  return keys.sort((a, b) => (a.alg + a.dig < b.alg + b.dig ? -1 : 1))
}
