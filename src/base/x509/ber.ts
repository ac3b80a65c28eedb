import { element } from './der-write.ts'

/** Identifier octets, length and their ends while one element of BER (X.690 §8.1) is read. */
interface Head {
  readonly tag: number
  readonly start: number
  /** Undefined: indefinite (X.690 §8.1.3.6). */
  readonly length: number | undefined
}

const CONSTRUCTED = 0x20
/** Nesting of indefinite lengths that is followed (SMI-14). */
const MAX_DEPTH = 16
/** Elements that are looked at in all, so that empty ones cost nothing. */
const MAX_ELEMENTS = 16_384

/**
 * Writes the elements of indefinite length anew, each with its length: CMS may come in BER (RFC 5652 §5), and
 * everything behind reads definite lengths only. What has a length stays byte for byte, with all that it holds.
 * @param bytes one element that fills them
 * @returns the same bytes where the element has a length; undefined when it is malformed, nested more than 16 deep, or something is left over
 */
export function withDefiniteLengths(bytes: Buffer): Buffer | undefined {
  const budget = { elements: MAX_ELEMENTS }
  const head = headAt(bytes, 0)
  if (head === undefined) return undefined
  if (head.length !== undefined) return head.start + head.length === bytes.length ? bytes : undefined
  const read = readIndefinite(bytes, head, 0, budget)
  return read !== undefined && read.end === bytes.length ? read.bytes : undefined
}

function readIndefinite(
  bytes: Buffer,
  head: Head,
  depth: number,
  budget: { elements: number },
): { bytes: Buffer; end: number } | undefined {
  if (depth === MAX_DEPTH || (head.tag & CONSTRUCTED) === 0) return undefined
  const parts: Buffer[] = []
  let at = head.start
  for (;;) {
    budget.elements -= 1
    const inner = headAt(bytes, at)
    if (inner === undefined || budget.elements < 0) return undefined
    if (inner.tag === 0) {
      if (inner.length !== 0) return undefined
      return { bytes: element(head.tag, ...parts), end: inner.start }
    }
    if (inner.length === undefined) {
      const read = readIndefinite(bytes, inner, depth + 1, budget)
      if (read === undefined) return undefined
      parts.push(read.bytes)
      at = read.end
    } else {
      const end = inner.start + inner.length
      if (end > bytes.length) return undefined
      parts.push(bytes.subarray(at, end))
      at = end
    }
  }
}

function headAt(bytes: Buffer, at: number): Head | undefined {
  const tag = bytes[at]
  const first = bytes[at + 1]
  if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) return undefined
  if (first === 0x80) return { tag, start: at + 2, length: undefined }
  if (first < 0x80) return { tag, start: at + 2, length: first }
  const octets = first & 0x7f
  if (octets > 4 || at + 2 + octets > bytes.length) return undefined
  return { tag, start: at + 2 + octets, length: bytes.readUIntBE(at + 2, octets) }
}
