/** Writes the DER (X.690) of certificates. */
const OID_ARC_BITS = 7

/** One element: identifier octet, definite length, contents. */
export function element(tag: number, ...contents: readonly Buffer[]): Buffer {
  const bytes = Buffer.concat(contents)
  return Buffer.concat([Buffer.from([tag]), lengthOctets(bytes.length), bytes])
}

export function sequence(...contents: readonly Buffer[]): Buffer {
  return element(0x30, ...contents)
}

/** A non-negative INTEGER of big-endian bytes, in the shortest form. */
export function integer(bytes: Buffer): Buffer {
  let start = 0
  while (start < bytes.length - 1 && bytes[start] === 0) start += 1
  const magnitude = bytes.subarray(start)
  const isNegative = ((magnitude[0] ?? 0) & 0x80) !== 0
  return element(0x02, isNegative ? Buffer.from([0]) : Buffer.alloc(0), magnitude)
}

/** An OBJECT IDENTIFIER from its dotted form. */
export function oid(dotted: string): Buffer {
  const [root = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return element(0x06, ...[root * 40 + second, ...rest].map(arcOctets))
}

/** A BIT STRING without unused bits. */
export function bitString(bytes: Buffer): Buffer {
  return element(0x03, Buffer.from([0]), bytes)
}

/** UTCTime until 2049, GeneralizedTime after it (RFC 5280 §4.1.2.5). */
export function time(atMs: number): Buffer {
  const digits = new Date(atMs).toISOString().replace(/[-:T]/g, '').slice(0, 14)
  const isUtcTime = digits < '2050' && digits >= '1950'
  return element(isUtcTime ? 0x17 : 0x18, Buffer.from(`${isUtcTime ? digits.slice(2) : digits}Z`, 'latin1'))
}

function lengthOctets(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length])
  const octets = length < 0x100 ? 1 : length < 0x10000 ? 2 : 3
  const bytes = Buffer.alloc(octets + 1)
  bytes[0] = 0x80 | octets
  bytes.writeUIntBE(length, 1, octets)
  return bytes
}

function arcOctets(arc: number): Buffer {
  const octets = [arc & 0x7f]
  for (let rest = arc >>> OID_ARC_BITS; rest > 0; rest >>>= OID_ARC_BITS) octets.unshift((rest & 0x7f) | 0x80)
  return Buffer.from(octets)
}
