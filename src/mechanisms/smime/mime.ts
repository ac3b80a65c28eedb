import { LIMITS } from '../../base/limits.ts'
import { failed, ok, type Result } from '../../base/result.ts'
import { isBlank, isToken, trimmed } from '../../sip/chars.ts'
import { type Params, parseParams } from '../../sip/headers/params.ts'

/** What is wrong with a MIME body. */
export type MimeFault =
  /** A part without blank line, or with a line that is no field. */
  | 'part-malformed'
  /** More parts, levels or octets of fields than anybody needs. */
  | 'part-too-many'
  /** A media type or its parameters cannot be read, or a field that decides stands twice. */
  | 'content-type-malformed'
  /** The boundary is missing, breaks RFC 2046 §5.1.1, or never ends. */
  | 'boundary-malformed'
  /** Neither binary, 7bit, 8bit nor good base64. */
  | 'transfer-encoding-unknown'

/** A MIME entity: fields, a blank line, octets. */
export interface Entity {
  /** All of it, octet for octet: what a signature covers. */
  readonly text: string
  readonly fields: readonly (readonly [name: string, value: string])[]
  /** Behind the blank line, as it came: still with its transfer encoding. */
  readonly body: string
}

/** A media type with its parameters. */
export interface MediaType {
  /** `type/subtype`, lower case. */
  readonly name: string
  /** Values as written, quotes included. */
  readonly params: Params
}

const MAX_FIELDS = 32
/** Fields whose meaning must not depend on which of two is read. */
const ONCE: readonly string[] = [
  'content-type',
  'content-transfer-encoding',
  'content-id',
  'content-disposition',
]
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/

/**
 * Splits an entity into its fields and its content.
 * @param text latin-1, one character an octet
 * @see RFC 2045 §3
 */
export function parseEntity(text: string): Result<Entity, MimeFault> {
  const hasFields = !text.startsWith('\r\n')
  const end = hasFields ? text.indexOf('\r\n\r\n') : 0
  if (end < 0) return failed('part-malformed')
  if (end > LIMITS.maxHeaderBytes) return failed('part-too-many')
  const lines = hasFields ? text.slice(0, end).split('\r\n') : []
  if (lines.length > MAX_FIELDS * 2) return failed('part-too-many')
  const fields: [name: string, value: string][] = []
  for (const line of lines) {
    if (line.includes('\n') || line.includes('\r') || line.includes('\0')) return failed('part-malformed')
    if (isBlank(line.charCodeAt(0))) {
      const last = fields.at(-1)
      if (last === undefined) return failed('part-malformed')
      last[1] = trimmed(`${last[1]} ${trimmed(line)}`)
      continue
    }
    const colon = line.indexOf(':')
    const name = trimmed(line, 0, Math.max(0, colon)).toLowerCase()
    if (!isToken(name)) return failed('part-malformed')
    if (ONCE.includes(name) && fields.some(field => field[0] === name))
      return failed('content-type-malformed')
    fields.push([name, trimmed(line, colon + 1)])
  }
  if (fields.length > MAX_FIELDS) return failed('part-too-many')
  return ok({ text, fields, body: text.slice(hasFields ? end + 4 : 2) })
}

/** The value of a field of an entity. @param name lower case */
export function fieldOf(entity: Pick<Entity, 'fields'>, name: string): string | undefined {
  return entity.fields.find(field => field[0] === name)?.[1]
}

/**
 * Reads a Content-Type.
 * @see RFC 2045 §5.1, RFC 3261 §25.1
 */
export function parseMediaType(value: string): Result<MediaType, MimeFault> {
  const semicolon = value.indexOf(';')
  const end = semicolon < 0 ? value.length : semicolon
  const slash = value.indexOf('/')
  const type = trimmed(value, 0, Math.max(0, Math.min(slash, end)))
  const subtype = trimmed(value, slash + 1, end)
  if (slash < 0 || slash > end || !isToken(type) || !isToken(subtype)) return failed('content-type-malformed')
  const params = parseParams(value, end)
  if (!params.ok) return failed('content-type-malformed')
  return ok({ name: `${type}/${subtype}`.toLowerCase(), params: params.value })
}

/** The media type of an entity; text/plain where it says none (RFC 2045 §5.2). */
export function typeOf(entity: Pick<Entity, 'fields'>): Result<MediaType, MimeFault> {
  return parseMediaType(fieldOf(entity, 'content-type') ?? 'text/plain')
}

/** The disposition type, lower case; undefined when the entity says none. */
export function dispositionOf(entity: Pick<Entity, 'fields'>): string | undefined {
  const value = fieldOf(entity, 'content-disposition')
  return value === undefined ? undefined : trimmed(value.split(';', 1)[0] ?? '').toLowerCase()
}

/** A parameter without its quotes. @param name lower case */
export function paramOf(type: MediaType, name: string): string | undefined {
  const value = type.params.get(name)
  if (value === undefined || !value.startsWith('"')) return value
  return value.slice(1, -1).replace(/\\(.)/g, '$1')
}

/**
 * The octets of an entity, without their transfer encoding.
 * @see RFC 2045 §6
 */
export function contentOf(entity: Entity): Result<Buffer, MimeFault> {
  const encoding = (fieldOf(entity, 'content-transfer-encoding') ?? 'binary').toLowerCase()
  if (encoding === 'binary' || encoding === '8bit' || encoding === '7bit')
    return ok(Buffer.from(entity.body, 'latin1'))
  const text = encoding === 'base64' ? entity.body.replace(/[\r\n\t ]/g, '') : '!'
  return BASE64.test(text) && text.length % 4 === 0
    ? ok(Buffer.from(text, 'base64'))
    : failed('transfer-encoding-unknown')
}
