/**
 * The usual row of digest credentials, read in one pass over its octets.
 *
 * Phones write these rows much alike: known names, no backslashes, nothing between name, equals sign and value. Such a
 * row is read here, in half of the time that `parseCredentials` takes; of any other nothing is said, and
 * `parseCredentials` reads it. What both read, they read alike.
 */

/** Parameters of a row, quoted strings without their quotes; undefined: not there. */
export interface DigestParams {
  readonly username: string | undefined
  /** `username*` */
  readonly usernameExtended: string | undefined
  readonly realm: string | undefined
  readonly nonce: string | undefined
  readonly uri: string | undefined
  readonly response: string | undefined
  readonly algorithm: string | undefined
  readonly qop: string | undefined
  readonly nc: string | undefined
  readonly cnonce: string | undefined
  readonly opaque: string | undefined
  readonly userhash: string | undefined
}

const MAX_OCTETS = 2048
const octets = Buffer.alloc(MAX_OCTETS + 1)

/** In the order of `DigestParams`. */
const NAMES = [
  'username',
  'username*',
  'realm',
  'nonce',
  'uri',
  'response',
  'algorithm',
  'qop',
  'nc',
  'cnonce',
  'opaque',
  'userhash',
] as const
const USERNAME = NAMES.indexOf('username')
const USERHASH = NAMES.indexOf('userhash')
const NAME_CODES = NAMES.map(name => Buffer.from(name, 'latin1'))
const LONGEST_NAME = 9

/** By length and first letter of a name: which it may be, or -1; `userhash` stands for `username` too. */
const FIRST_LETTER = 97
const CANDIDATES = new Int8Array((LONGEST_NAME + 1) * 26).fill(-1)
for (const [i, codes] of NAME_CODES.entries()) {
  CANDIDATES[codes.length * 26 + (codes[0] ?? 0) - FIRST_LETTER] = i
}

const starts = new Int32Array(NAMES.length)
const ends = new Int32Array(NAMES.length)

const DIGEST = Buffer.from('digest', 'latin1')
const TAB = 9
const SPACE = 32
const QUOTE = 34
const COMMA = 44
const EQUALS = 61
const BACKSLASH = 92
const DELETE = 127

/** A request's row is read when its sender is judged and again before it goes on. */
let lastText = ''
let last: DigestParams | undefined

/**
 * @param text latin-1, unfolded: the value of Authorization or Proxy-Authorization
 * @returns undefined for a row that is not as usual, be it right or wrong
 */
export function scanCredentials(text: string): DigestParams | undefined {
  if (text !== lastText) {
    last = scan(text)
    lastText = text
  }
  return last
}

function scan(text: string): DigestParams | undefined {
  const end = text.length
  if (end > MAX_OCTETS) return undefined
  octets.write(text, 0, 'latin1')
  // A character beyond latin-1 would be cut; none comes from the wire.
  let at = afterScheme(end)
  if (at === 0) return undefined
  starts.fill(-1)
  while (at < end) {
    const nameAt = at
    while (at < end && octets[at] !== EQUALS) at += 1
    const name = nameBetween(nameAt, at)
    if (name < 0 || (starts[name] ?? 0) >= 0) return undefined
    at += 1
    const isQuoted = octets[at] === QUOTE
    const start = isQuoted ? at + 1 : at
    at = isQuoted ? endOfQuoted(start, end) : endOfPlain(start, end)
    if (at < 0) return undefined
    starts[name] = start
    ends[name] = at
    if (isQuoted) at += 1
    at = afterSeparator(at, end)
    if (at < 0) return undefined
  }
  return {
    username: cut(text, 0),
    usernameExtended: cut(text, 1),
    realm: cut(text, 2),
    nonce: cut(text, 3),
    uri: cut(text, 4),
    response: cut(text, 5),
    algorithm: cut(text, 6),
    qop: cut(text, 7),
    nc: cut(text, 8),
    cnonce: cut(text, 9),
    opaque: cut(text, 10),
    userhash: cut(text, 11),
  }
}

function cut(text: string, name: number): string | undefined {
  const start = starts[name] ?? -1
  return start < 0 ? undefined : text.slice(start, ends[name])
}

/** The first name, or 0 when the row is not one of digest. */
function afterScheme(end: number): number {
  const length = DIGEST.length
  for (let i = 0; i < length; i++) if (((octets[i] ?? 0) | 32) !== DIGEST[i]) return 0
  let at = length
  while (at < end && octets[at] === SPACE) at += 1
  return at > length && at < end ? at : 0
}

/** Which name stands there, or -1: letters in any case. */
function nameBetween(start: number, end: number): number {
  const length = end - start
  if (length > LONGEST_NAME) return -1
  const letter = ((octets[start] ?? 0) | 32) - FIRST_LETTER
  if (letter < 0 || letter >= 26) return -1
  let name = CANDIDATES[length * 26 + letter] ?? -1
  if (name === USERHASH && ((octets[start + 4] ?? 0) | 32) === NAME_CODES[USERNAME]?.[4]) name = USERNAME
  const codes = NAME_CODES[name]
  if (codes === undefined) return -1
  for (let i = 0; i < length; i++) {
    const code = octets[start + i] ?? 0
    const wanted = codes[i]
    // With the bit of the small letters a letter comes from that letter alone; `*` stands as it is.
    if (code !== wanted && (code < 65 || (code | 32) !== wanted)) return -1
  }
  return name
}

/** What ends the run of characters in a quoted string: the quote, and what may not stand there. */
const ENDS_QUOTED = Uint8Array.from({ length: 256 }, (_, code) =>
  code === QUOTE || code === BACKSLASH || (code < SPACE && code !== TAB) || code === DELETE ? 1 : 0,
)

/** Where the closing quote is, or -1 when a backslash, a control character or the end comes first. */
function endOfQuoted(at: number, end: number): number {
  while (at < end && ENDS_QUOTED[octets[at] ?? 0] === 0) at += 1
  return at < end && octets[at] === QUOTE ? at : -1
}

/** Where an unquoted value ends, or -1 when it is empty or holds what is not visible ASCII. */
function endOfPlain(at: number, end: number): number {
  const start = at
  // `nc==` is not a parameter but a blob of another scheme.
  if (octets[at] === EQUALS) return -1
  for (; at < end; at++) {
    const code = octets[at] ?? 0
    if (code === COMMA || code === SPACE) break
    if (code < SPACE || code >= DELETE || code === QUOTE || code === BACKSLASH) return -1
  }
  return at > start ? at : -1
}

/** The next name or the end; -1 when there is anything but one comma and spaces. */
function afterSeparator(at: number, end: number): number {
  if (at === end) return at
  if (octets[at] !== COMMA) return -1
  at += 1
  while (at < end && octets[at] === SPACE) at += 1
  return at < end ? at : -1
}
