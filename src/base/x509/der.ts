/**
 * The little of DER (X.690) that name checks need: definite lengths, single-byte tags, no copies.
 *
 * Node prints a subjectAltName as one text in which names, separators and escapes are told apart by quoting;
 * a check that decides who a peer is reads the bytes themselves.
 */
export interface Element {
  /** Identifier octet: class, constructed bit and number. */
  readonly tag: number
  /** The contents octets, a view. */
  readonly bytes: Buffer
}

/** Tags used here, as identifier octets. */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  objectIdentifier: 0x06,
  sequence: 0x30,
  set: 0x31,
} as const

/** Elements of one structure; more means garbage or an attack on our patience. */
const MAX_ELEMENTS = 4096

/**
 * The elements that fill `bytes` completely.
 * @returns undefined when anything is malformed, indefinite or left over
 */
export function elementsOf(bytes: Buffer): readonly Element[] | undefined {
  const elements: Element[] = []
  let at = 0
  while (at < bytes.length) {
    if (elements.length === MAX_ELEMENTS) return undefined
    const tag = bytes[at]
    const first = bytes[at + 1]
    if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) return undefined
    let start = at + 2
    let length = first
    if (first >= 0x80) {
      const octets = first & 0x7f
      if (octets === 0 || octets > 4 || start + octets > bytes.length) return undefined
      length = bytes.readUIntBE(start, octets)
      start += octets
    }
    if (start + length > bytes.length) return undefined
    elements.push({ tag, bytes: bytes.subarray(start, start + length) })
    at = start + length
  }
  return elements
}

/**
 * An object identifier in dotted form.
 * @returns undefined when it is empty, ends within an arc, or an arc exceeds 2^32
 */
export function objectIdentifier(bytes: Buffer): string | undefined {
  const arcs: number[] = []
  let arc = 0
  let open = true
  for (const octet of bytes) {
    arc = arc * 128 + (octet & 0x7f)
    if (arc > 0xffff_ffff) return undefined
    open = (octet & 0x80) !== 0
    if (open) continue
    if (arcs.length === 0) {
      const root = Math.min(2, Math.floor(arc / 40))
      arcs.push(root, arc - root * 40)
    } else arcs.push(arc)
    arc = 0
  }
  return open ? undefined : arcs.join('.')
}
