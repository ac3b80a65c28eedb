/** Character classes of RFC 3261 §25.1 over latin-1 text, as bits in one table. */
const TOKEN = 1
const USER = 2
const PARAM = 4
const HOST = 8
const HEX = 16
const DIGIT = 32
const WORD = 64

const CLASS = new Uint8Array(256)
function mark(chars: string, bit: number): void {
  for (let i = 0; i < chars.length; i++) {
    const code = chars.charCodeAt(i)
    CLASS[code] = (CLASS[code] ?? 0) | bit
  }
}
const ALPHANUM = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'
mark(`${ALPHANUM}-.!%*_+\`'~`, TOKEN)
mark(`${ALPHANUM}-_.!~*'()&=+$,;?/%`, USER)
mark(`${ALPHANUM}-_.!~*'()[]/:&+$%`, PARAM)
mark(`${ALPHANUM}-._`, HOST)
mark('0123456789abcdefABCDEF', HEX)
mark('0123456789', DIGIT)
mark(`${ALPHANUM}-.!%*_+\`'~()<>:\\"/[]?{}@`, WORD)

function all(text: string, start: number, end: number, bit: number): boolean {
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i)
    if (code > 255 || ((CLASS[code] ?? 0) & bit) === 0) return false
  }
  return true
}

/** `token` (RFC 3261 §25.1), at least one character. */
export function isToken(text: string, start = 0, end = text.length): boolean {
  return end > start && all(text, start, end, TOKEN)
}

/** Characters of `user` and `password`, `%` included; escapes are checked by `hasGoodEscapes`. */
export function isUserPart(text: string, start = 0, end = text.length): boolean {
  return all(text, start, end, USER)
}

/** Characters of a URI parameter's name or value (`paramchar`). */
export function isParamPart(text: string, start = 0, end = text.length): boolean {
  return end > start && all(text, start, end, PARAM)
}

/** Characters of a host name; `_` is tolerated since networks use it. */
export function isHostPart(text: string, start = 0, end = text.length): boolean {
  return end > start && all(text, start, end, HOST)
}

/** One or more decimal digits. */
export function isDigits(text: string, start = 0, end = text.length): boolean {
  return end > start && all(text, start, end, DIGIT)
}

/** One or more hexadecimal digits. */
export function isHex(text: string, start = 0, end = text.length): boolean {
  return end > start && all(text, start, end, HEX)
}

/** `word` and `@`: what a Call-ID is made of. */
export function isCallId(text: string): boolean {
  return text.length > 0 && all(text, 0, text.length, WORD)
}

/** Every `%` is followed by two hexadecimal digits (RFC 3261 §25.1 `escaped`). */
export function hasGoodEscapes(text: string): boolean {
  for (let i = text.indexOf('%'); i >= 0; i = text.indexOf('%', i + 1)) {
    if (!isHex(text, i + 1, Math.min(i + 3, text.length)) || i + 3 > text.length) return false
  }
  return true
}

/** Space or horizontal tab; the header index has unfolded lines already. */
export function isBlank(code: number): boolean {
  return code === 32 || code === 9
}

/** The first position at or after `at` that is not blank. */
export function skipBlanks(text: string, at: number): number {
  while (at < text.length && isBlank(text.charCodeAt(at))) at += 1
  return at
}
