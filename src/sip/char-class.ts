/** Character classes of RFC 3261 §25.1 over octets, as bits in one table. */
export const TOKEN = 1
export const USER = 2
export const PARAM = 4
export const HOST = 8
export const HEX = 16
export const DIGIT = 32
export const WORD = 64
export const VALUE = 128
export const DISPLAY = 256
export const SCHEME = 512
export const PHONE = 1024
export const URI_HEADERS = 2048
export const PASSWORD = 4096

export const CLASS = new Uint16Array(256)
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

/** Each octet with capital letters made small. */
export const LOWER = Uint8Array.from({ length: 256 }, (_, code) =>
  code >= 65 && code <= 90 ? code + 32 : code,
)
