/** Shorter texts turn up by chance. */
const MIN_HEX_CHARS = 32
const MIN_BASE64_CHARS = 24
/** Of what is read so many in ten are letters in words, few in what chance made. */
const LETTERS_IN_TEN = 6

/** What base64 says of a character: its value, or -1. */
const BASE64 = new Int8Array(128).fill(-1)
for (const [value, char] of [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].entries())
  BASE64[char.charCodeAt(0)] = value
BASE64['-'.charCodeAt(0)] = 62
BASE64['_'.charCodeAt(0)] = 63

/**
 * Whether a part of a text is words of people, written as hexadecimal digits or base64: what nobody's random
 * identifiers are. A number in hexadecimal that was encoded once more, as some telephones do, is none. Makes nothing.
 */
export function hidesWords(text: string, start = 0, end = text.length): boolean {
  return isHexOfWords(text, start, end) || isBase64OfWords(text, start, end)
}

function isHexOfWords(text: string, start: number, end: number): boolean {
  if (end - start < MIN_HEX_CHARS) return false
  let letters = 0
  let beyondHex = 0
  let octets = 0
  let isDecimal = true
  for (let at = start; at + 1 < end; at += 2) {
    if (text.charCodeAt(at + 1) > 57) isDecimal = false
    const octet = hexValue(text.charCodeAt(at)) * 16 + hexValue(text.charCodeAt(at + 1))
    if (octet < 32 || octet > 126) return false
    octets += 1
    if (isLetter(octet)) letters += 1
    if (isBeyondHex(octet)) beyondHex += 1
  }
  // Half of the alphabet ends in such a digit; long decimal numbers read as words now and then.
  return !isDecimal && isWords(octets, letters, beyondHex)
}

function isBase64OfWords(text: string, start: number, end: number): boolean {
  let last = end
  while (last > start && text.charCodeAt(last - 1) === EQUALS) last -= 1
  if (last - start < MIN_BASE64_CHARS) return false
  let bits = 0
  let held = 0
  let letters = 0
  let beyondHex = 0
  let octets = 0
  for (let at = start; at < last; at += 1) {
    const value = BASE64[text.charCodeAt(at)] ?? -1
    if (value < 0) return false
    held = ((held << 6) | value) & 0xfff
    bits += 6
    if (bits < 8) continue
    bits -= 8
    const octet = (held >> bits) & 0xff
    if (octet < 32 || octet > 126) return false
    octets += 1
    if (isLetter(octet)) letters += 1
    if (isBeyondHex(octet)) beyondHex += 1
  }
  return isWords(octets, letters, beyondHex)
}

const EQUALS = 61

function isWords(octets: number, letters: number, beyondHex: number): boolean {
  return letters * 10 >= octets * LETTERS_IN_TEN && beyondHex * 4 >= octets
}

/** -999 makes any octet that has it unreadable. */
function hexValue(code: number): number {
  if (code >= 48 && code <= 57) return code - 48
  const low = code | 32
  return low >= 97 && low <= 102 ? low - 87 : -999
}

function isLetter(code: number): boolean {
  const low = code | 32
  return low >= 97 && low <= 122
}

/** Letters that no number has, and the space. */
function isBeyondHex(code: number): boolean {
  const low = code | 32
  return code === 32 || (low >= 103 && low <= 122)
}
