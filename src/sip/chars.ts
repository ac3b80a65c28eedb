/**
 * Character classes of RFC 3261 §25.1 over latin-1 text, as bits in one table. The functions take a range, so that
 * a value is read where it lies in its message.
 */
const TOKEN = 1
const USER = 2
const PARAM = 4
const HOST = 8
const HEX = 16
const DIGIT = 32
const WORD = 64
const VALUE = 128
const DISPLAY = 256
const SCHEME = 512
const PHONE = 1024
const URI_HEADERS = 2048
const PASSWORD = 4096

const CLASS = new Uint16Array(256)
function mark(chars: string, bit: number): void {
  for (let i = 0; i < chars.length; i++) {
    const code = chars.charCodeAt(i)
    CLASS[code] = (CLASS[code] ?? 0) | bit
  }
}
function range(first: number, last: number, without: string): string {
  let out = ''
  for (let code = first; code <= last; code++) {
    const char = String.fromCharCode(code)
    if (!without.includes(char)) out += char
  }
  return out
}
const ALPHANUM = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'
const HIGH = range(128, 255, '')
mark(`${ALPHANUM}-.!%*_+\`'~`, TOKEN)
// `#` should be escaped; phones dial `*72#` as it is, and nobody reads it as anything else.
mark(`${ALPHANUM}-_.!~*'()&=+$,;?/%#`, USER)
mark(`${ALPHANUM}-_.!~*'()&=+$,%`, PASSWORD)
mark(`${ALPHANUM}-_.!~*'()[]/:&+$%`, PARAM)
// `_` is tolerated since networks use it.
mark(`${ALPHANUM}-._`, HOST)
mark('0123456789abcdefABCDEF', HEX)
mark('0123456789', DIGIT)
mark(`${ALPHANUM}-.!%*_+\`'~()<>:\\"/[]?{}@`, WORD)
// A parameter's value is a token or host; other visible characters that end nothing are tolerated.
mark(range(33, 126, '",;<>'), VALUE)
mark(HIGH, VALUE)
// Phones send display names in bare UTF-8.
mark(`${ALPHANUM}-.!%*_+\`'~ \t${HIGH}`, DISPLAY)
mark(`${ALPHANUM}+-.`, SCHEME)
mark('0123456789abcdefABCDEF*#+-.()', PHONE)
mark(range(33, 126, '"<>@'), URI_HEADERS)

const PERCENT = 37

/** The first position of the range whose character is not of the class. */
function endOf(text: string, at: number, end: number, bit: number): number {
  while (at < end && ((CLASS[text.charCodeAt(at)] ?? 0) & bit) !== 0) at += 1
  return at
}

/** As `endOf`; an escape that is not `%` and two hexadecimal digits ends the run too. */
function endOfEscaped(text: string, at: number, end: number, bit: number): number {
  for (; at < end; at++) {
    const code = text.charCodeAt(at)
    if (((CLASS[code] ?? 0) & bit) === 0) return at
    if (code === PERCENT && (at + 3 > end || !isHex(text, at + 1, at + 3))) return at
  }
  return at
}

/** Where a run of token characters ends (RFC 3261 §25.1). */
export function endOfToken(text: string, at: number, end = text.length): number {
  return endOf(text, at, end, TOKEN)
}

/** Where the unquoted value of a header parameter ends. */
export function endOfValue(text: string, at: number, end: number): number {
  return endOf(text, at, end, VALUE)
}

/** Where an unquoted display name ends: tokens and the blanks between them. */
export function endOfDisplay(text: string, at: number, end: number): number {
  return endOf(text, at, end, DISPLAY)
}

/** Where a run of host name characters ends. */
export function endOfHostName(text: string, at: number, end: number): number {
  return endOf(text, at, end, HOST)
}

/** Where a run of decimal digits ends. */
export function endOfDigits(text: string, at: number, end: number): number {
  return endOf(text, at, end, DIGIT)
}

/** Where a URI scheme ends (RFC 3261 §25.1 scheme); `at` itself when it does not begin with a letter. */
export function endOfScheme(text: string, at: number, end: number): number {
  const first = text.charCodeAt(at) | 32
  return first >= 97 && first <= 122 ? endOf(text, at, end, SCHEME) : at
}

/** Where a run of user part characters with good escapes ends. */
export function endOfUser(text: string, at: number, end: number): number {
  return endOfEscaped(text, at, end, USER)
}

/** Where a run of password characters with good escapes ends. */
export function endOfPassword(text: string, at: number, end: number): number {
  return endOfEscaped(text, at, end, PASSWORD)
}

/** Where a run of `paramchar` with good escapes ends. */
export function endOfParamPart(text: string, at: number, end: number): number {
  return endOfEscaped(text, at, end, PARAM)
}

/** Whether the range can stand after the `?` of a URI. */
export function isUriHeaders(text: string, start: number, end: number): boolean {
  return endOfEscaped(text, start, end, URI_HEADERS) === end
}

/** Where a telephone number with its visual separators ends (RFC 3966 §3). */
export function endOfPhone(text: string, at: number, end: number): number {
  return endOf(text, at, end, PHONE)
}

/** `token` (RFC 3261 §25.1), at least one character. */
export function isToken(text: string, start = 0, end = text.length): boolean {
  return end > start && endOf(text, start, end, TOKEN) === end
}

/** Characters of `user` and `password`, each `%` with its two digits. */
export function isUserPart(text: string, start = 0, end = text.length): boolean {
  return endOfUser(text, start, end) === end
}

/** One or more decimal digits. */
export function isDigits(text: string, start = 0, end = text.length): boolean {
  return end > start && endOf(text, start, end, DIGIT) === end
}

/** One or more hexadecimal digits. */
export function isHex(text: string, start = 0, end = text.length): boolean {
  return end > start && endOf(text, start, end, HEX) === end
}

/** `word` and `@`: what a Call-ID is made of. */
export function isCallId(text: string): boolean {
  return text.length > 0 && endOf(text, 0, text.length, WORD) === text.length
}

/** Space or horizontal tab; values are unfolded before they are read. */
export function isBlank(code: number): boolean {
  return code === 32 || code === 9
}

/** The first position at or after `at` that is not blank. */
export function skipBlanks(text: string, at: number, end = text.length): number {
  while (at < end && isBlank(text.charCodeAt(at))) at += 1
  return at
}

/** The position after the last character of the range that is not blank. */
export function trimmedEnd(text: string, start: number, end: number): number {
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1
  return end
}

/** White space and line ends inside a folded value. */
function isLws(code: number): boolean {
  return code === 32 || code === 9 || code === 13 || code === 10
}

/** As `skipBlanks`, over folds too. */
export function skipLws(text: string, at: number, end: number): number {
  while (at < end && isLws(text.charCodeAt(at))) at += 1
  return at
}

/** As `trimmedEnd`, over folds too. */
export function lwsTrimmedEnd(text: string, start: number, end: number): number {
  while (end > start && isLws(text.charCodeAt(end - 1))) end -= 1
  return end
}

/**
 * The range without blanks around it. Not `trim()`: that takes octets 160 and 11 too, the first of which is the
 * second half of many a UTF-8 letter.
 */
export function trimmed(text: string, start = 0, end = text.length): string {
  const from = skipBlanks(text, start, end)
  return text.slice(from, trimmedEnd(text, from, end))
}

/** The range in lower case; most are already, and then it is a plain slice. */
export function lowerSlice(text: string, start: number, end: number): string {
  const slice = text.slice(start, end)
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i)
    if (code >= 65 && code <= 90) return slice.toLowerCase()
  }
  return slice
}
