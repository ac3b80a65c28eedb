import { createHash } from 'node:crypto'
import { isObject, type Json, type JsonObject, writeJson } from './json.ts'

/** What may be shown of the caller (RFC 9795); nothing in it was fetched. */
export interface RichCallData {
  readonly name: string
  /** Another number to show: `apn`. */
  readonly number: string | undefined
  /** Why the call is made: `crn`. */
  readonly reason: string | undefined
  /** Nothing is fetched here: the one who shows it compares it with its digest, by `isIntact`. */
  readonly iconUrl: string | undefined
  readonly iconDigest: string | undefined
  readonly jcard: Json | undefined
  readonly jcardUrl: string | undefined
  readonly jcardDigest: string | undefined
  /** Whether the name is that of From (RFC 9795 §12.2). */
  readonly isNameOfFrom: boolean
}

/** Those that every implementation has (RFC 9795 §6). */
const HASHES: readonly string[] = ['sha256', 'sha384', 'sha512']
const MAX_DIGESTS = 64

/**
 * Whether the claims `rcd` and `rcdi` are made as they must be, and each digest over what stands in the token itself is
 * right.
 * @see RFC 9795 §5, §6, §8.1
 */
export function isRichCallData(rcd: JsonObject, rcdi: JsonObject | undefined): boolean {
  const { nam, apn, icn, jcd, jcl } = rcd
  if (typeof nam !== 'string') return false
  if (apn !== undefined && (typeof apn !== 'string' || !/^[\d*#]{1,20}$/.test(apn))) return false
  if (icn !== undefined && !isHttpsUrl(icn) && !isPicture(icn)) return false
  if (jcl !== undefined && !isHttpsUrl(jcl)) return false
  if (jcd !== undefined && (jcl !== undefined || !isJcard(jcd))) return false
  const digests = Object.entries(rcdi ?? {})
  if (digests.length > MAX_DIGESTS) return false
  // RFC 9795 §6.1: what is fetched from elsewhere has a digest here.
  if (isHttpsUrl(icn) && rcdi?.['/icn'] === undefined) return false
  if (jcl !== undefined && rcdi?.['/jcl'] === undefined) return false
  if (jcd !== undefined && !urlsHaveDigests(jcd, rcdi)) return false
  return digests.every(([pointer, digest]) => isRightInside(rcd, pointer, digest))
}

/** What a verified token says about its caller; undefined when it says nothing, or nothing that can be believed. */
export function richCallDataOf(payload: JsonObject, displayName: string): RichCallData | undefined {
  const { rcd, crn } = payload
  const rcdi = payload.rcdi === undefined ? undefined : isObject(payload.rcdi) ? payload.rcdi : null
  if (!isObject(rcd) || rcdi === null || !isRichCallData(rcd, rcdi)) return undefined
  const name = textIn(rcd.nam) ?? ''
  return {
    name,
    number: textIn(rcd.apn),
    reason: textIn(crn),
    iconUrl: textIn(rcd.icn),
    iconDigest: textIn(rcdi?.['/icn']),
    jcard: rcd.jcd,
    jcardUrl: textIn(rcd.jcl),
    jcardDigest: textIn(rcdi?.['/jcl']),
    isNameOfFrom: name === displayName,
  }
}

/**
 * Whether fetched content is what the token speaks of.
 * @param digest `sha256-…` as in `rcdi`
 * @see RFC 9795 §6
 */
export function isIntact(content: Buffer, digest: string): boolean {
  const dash = digest.indexOf('-')
  const hash = digest.slice(0, dash)
  if (dash < 0 || !HASHES.includes(hash)) return false
  const made = createHash(hash).update(content).digest()
  // The RFC says base64, its examples have no padding, and one has `+`: both alphabets stand for the same octets.
  const said = Buffer.from(digest.slice(dash + 1), 'base64')
  return said.equals(made)
}

function isRightInside(rcd: JsonObject, pointer: string, digest: Json): boolean {
  if (typeof digest !== 'string' || !/^[a-z\d]+-[\w+/-]+={0,2}$/.test(digest)) return false
  const isFetched = pointer === '/icn' || pointer === '/jcl' || pointer.startsWith('/jcl/')
  if (isFetched) return pointer === '/icn' ? rcd.icn !== undefined : rcd.jcl !== undefined
  const value = valueAt(rcd, pointer)
  if (value === undefined) return false
  if (typeof value === 'string' && pointer.startsWith('/jcd/') && isHttpsUrl(value)) return true
  return isIntact(Buffer.from(writeJson(value), 'utf8'), digest)
}

/** RFC 6901. */
function valueAt(root: Json, pointer: string): Json | undefined {
  if (!pointer.startsWith('/')) return undefined
  let value: Json | undefined = root
  for (const part of pointer.slice(1).split('/')) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~')
    if (Array.isArray(value)) value = /^(0|[1-9]\d{0,4})$/.test(key) ? value[Number(key)] : undefined
    else value = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined
  }
  return value
}

/** RFC 9795 §6.1.3: each URI in a jCard has its digest. */
function urlsHaveDigests(jcd: Json, rcdi: JsonObject | undefined): boolean {
  const properties = Array.isArray(jcd) && Array.isArray(jcd[1]) ? jcd[1] : []
  return properties.every((property, at) => {
    if (!Array.isArray(property) || property[2] !== 'uri' || !isHttpsUrl(property[3])) return true
    return rcdi?.[`/jcd/1/${at}/3`] !== undefined
  })
}

function isJcard(value: Json): boolean {
  return Array.isArray(value) && value[0] === 'vcard' && Array.isArray(value[1])
}

function isHttpsUrl(value: Json | undefined): boolean {
  return typeof value === 'string' && value.startsWith('https://') && !/\s/.test(value)
}

/** One that stands in the token itself, and is signed with it (RFC 9795 §8.3). */
function isPicture(value: Json): boolean {
  return typeof value === 'string' && /^data:image\/[a-z+.-]+;base64,[\w+/-]*={0,2}$/.test(value)
}

function textIn(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}
