import { LIMITS } from '../../base/limits.ts'
import { failed, ok, type Result } from '../../base/result.ts'
import {
  type Entity,
  fieldOf,
  type MediaType,
  type MimeFault,
  paramOf,
  parseEntity,
  parseMediaType,
  typeOf,
} from './mime.ts'

/** Levels of multipart inside multipart that are opened (SMI-14). */
const MAX_DEPTH = 8
/** RFC 2046 §5.1.1: bchars, at most 70, no blank at the end. */
const BOUNDARY = /^[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]$/

/**
 * The parts of a multipart body; what is in them stays octet for octet.
 * @param body latin-1, one character an octet
 * @see RFC 2046 §5.1.1
 */
export function partsOf(body: string, type: MediaType): Result<readonly Entity[], MimeFault> {
  const boundary = paramOf(type, 'boundary')
  if (boundary === undefined || !BOUNDARY.test(boundary)) return failed('boundary-malformed')
  const parts: Entity[] = []
  let delimiter = delimiterAt(body, boundary, 0)
  for (;;) {
    if (delimiter === undefined) return failed('boundary-malformed')
    if (delimiter.isLast) return parts.length === 0 ? failed('boundary-malformed') : ok(parts)
    if (parts.length === LIMITS.maxBodyParts) return failed('part-too-many')
    const start = delimiter.end
    delimiter = delimiterAt(body, boundary, start)
    if (delimiter === undefined) return failed('boundary-malformed')
    const part = parseEntity(body.slice(start, Math.max(start, delimiter.start)))
    if (!part.ok) return part
    parts.push(part.value)
  }
}

/** The next delimiter line at or after a position. */
function delimiterAt(
  body: string,
  boundary: string,
  from: number,
): { start: number; end: number; isLast: boolean } | undefined {
  const dashed = `--${boundary}`
  for (let at = body.indexOf(dashed, from); at >= 0; at = body.indexOf(dashed, at + 1)) {
    const isAtLine = at === 0 || (at >= 2 && body[at - 2] === '\r' && body[at - 1] === '\n')
    if (!isAtLine) continue
    let end = at + dashed.length
    const isLast = body.startsWith('--', end)
    if (isLast) end += 2
    while (body[end] === ' ' || body[end] === '\t') end += 1
    const isLine = body.startsWith('\r\n', end)
    // Longer text that begins like the boundary is content.
    if (!isLine && !(isLast && end === body.length)) continue
    // The line end before it belongs to the delimiter.
    return { start: at === 0 ? 0 : at - 2, end: isLine ? end + 2 : end, isLast }
  }
  return undefined
}

/** A body as it came in a message, with the fields of the message that speak of it. */
export function bodyEntity(
  body: string,
  fields: { readonly contentType: string; readonly contentId?: string | undefined },
): Entity {
  const { contentType, contentId } = fields
  const own: Entity['fields'] = [['content-type', contentType]]
  return { text: body, body, fields: contentId === undefined ? own : [...own, ['content-id', contentId]] }
}

/**
 * The part with that Content-ID, wherever it lies.
 * @param id with its angle brackets
 * @returns undefined when there is none; a failure when two have it, or the body cannot be read
 */
export function partById(
  body: Entity,
  id: string,
): Result<Entity | undefined, MimeFault | 'content-id-repeated'> {
  const found: Entity[] = []
  const fault = walk(body, 0, { parts: 0 }, part => {
    if (fieldOf(part, 'content-id') === id) found.push(part)
  })
  if (fault !== undefined) return failed(fault)
  return found.length > 1 ? failed('content-id-repeated') : ok(found[0])
}

function walk(
  entity: Entity,
  depth: number,
  seen: { parts: number },
  visit: (part: Entity) => void,
): MimeFault | undefined {
  seen.parts += 1
  if (seen.parts > LIMITS.maxBodyParts) return 'part-too-many'
  visit(entity)
  const type = typeOf(entity)
  if (!type.ok) return type.error
  if (!type.value.name.startsWith('multipart/')) return undefined
  if (depth === MAX_DEPTH) return 'part-too-many'
  const parts = partsOf(entity.body, type.value)
  if (!parts.ok) return parts.error
  for (const part of parts.value) {
    const fault = walk(part, depth + 1, seen, visit)
    if (fault !== undefined) return fault
  }
  return undefined
}

/**
 * Writes a multipart body.
 * @param type media type with parameters, without boundary
 * @param parts entities; octets go out as they are
 * @param boundary of RFC 2046 §5.1.1, in none of the parts
 */
export function writeMultipart(
  type: string,
  parts: readonly string[],
  boundary: string,
): { readonly contentType: string; readonly body: string } {
  const contentType = `${type};boundary="${boundary}"`
  if (!parseMediaType(contentType).ok || !BOUNDARY.test(boundary))
    throw new TypeError(`"${boundary}" is no boundary`)
  const body = `${parts.map(part => `--${boundary}\r\n${part}\r\n`).join('')}--${boundary}--\r\n`
  return { contentType, body }
}
