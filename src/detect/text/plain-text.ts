/** Fields are looked at so far; what is longer is odd by itself. */
const MAX_CHARS = 1024
/** Layers of escapes that are taken off: `%2527` is two. */
const MAX_LAYERS = 4

/** A text as its reader behind several decoders may see it. */
export interface PlainText {
  /** As it came, escapes taken off; latin-1 or Unicode. */
  readonly decoded: string
  /** Small letters, full-width forms made narrow, comments of SQL and runs of blanks made one space. */
  readonly folded: string
  /** The same without blanks. */
  readonly tight: string
}

/** @param raw as it stands on the wire, latin-1 */
export function plainText(raw: string): PlainText {
  let decoded = raw.slice(0, MAX_CHARS)
  for (let layer = 0; layer < MAX_LAYERS && decoded.includes('%'); layer += 1) {
    const next = withoutEscapes(decoded)
    if (next === decoded) break
    decoded = next
  }
  if (!isAscii(decoded)) decoded = asUnicode(decoded)
  const folded = folding(decoded)
  return { decoded, folded, tight: folded.replaceAll(' ', '') }
}

/** One layer of `%HH` taken off. */
function withoutEscapes(text: string): string {
  let out = ''
  let from = 0
  for (let at = text.indexOf('%'); at >= 0; at = text.indexOf('%', at + 1)) {
    const code = hexAt(text, at + 1)
    if (code < 0) continue
    out += text.slice(from, at) + String.fromCharCode(code)
    from = at + 3
    at += 2
  }
  return from === 0 ? text : out + text.slice(from)
}

/** The octet that two hexadecimal digits write, or -1. */
export function hexAt(text: string, at: number): number {
  const high = digitOf(text.charCodeAt(at))
  const low = digitOf(text.charCodeAt(at + 1))
  return high < 0 || low < 0 ? -1 : high * 16 + low
}

function digitOf(code: number): number {
  if (code >= 48 && code <= 57) return code - 48
  const letter = code | 32
  return letter >= 97 && letter <= 102 ? letter - 87 : -1
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i += 1) if (text.charCodeAt(i) > 126) return false
  return true
}

/** UTF-8 read as such; what is none stays as it is, and so do the overlong forms, which are looked for by themselves. */
function asUnicode(text: string): string {
  const octets = Buffer.from(text, 'latin1')
  const read = octets.toString('utf8')
  return read.includes('\ufffd') ? text : read
}

function folding(text: string): string {
  let out = ''
  let hasBlank = false
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i)
    if (code === 0x2f && text.charCodeAt(i + 1) === 0x2a) {
      const end = text.indexOf('*/', i + 2)
      if (end > 0) {
        i = end + 1
        hasBlank = true
        continue
      }
    }
    if (code <= 0x20 || code === 0xa0 || code === 0x3000) {
      hasBlank = true
      continue
    }
    if (isHidden(code)) continue
    if (hasBlank && out !== '') out += ' '
    hasBlank = false
    // Full-width forms of ASCII, which some databases and pages take for the narrow ones.
    out += String.fromCharCode(code >= 0xff01 && code <= 0xff5e ? code - 0xfee0 : code)
  }
  return out.toLowerCase()
}

/** Characters that are not seen, and that no name needs: two names that look alike are two. */
export function isHidden(code: number): boolean {
  return code === 0x200b || code === 0x2060 || code === 0xfeff || code === 0x202e
}
