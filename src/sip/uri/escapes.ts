/**
 * Marks that mean the same escaped and bare (RFC 3261 §19.1.4), and `#`, which stands bare in spite of the grammar.
 * Quotes and brackets stay escaped: bare, they would end what the text is written into.
 */
const MARKS = "-_.!~*'()#"

/**
 * Decodes escapes of unreserved characters and writes the other ones in upper case, so that equal texts become the
 * same. Once, never twice: `%2541` stays `%2541` (MSG-13).
 * @param text with good escapes
 */
export function unescapedOnce(text: string): string {
  if (!text.includes('%')) return text
  let out = ''
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i)
    if (char !== '%') {
      out += char
      continue
    }
    const code = Number.parseInt(text.slice(i + 1, i + 3), 16)
    out += isUnreserved(code) ? String.fromCharCode(code) : text.slice(i, i + 3).toUpperCase()
    i += 2
  }
  return out
}

function isUnreserved(code: number): boolean {
  const letter = code | 32
  if ((letter >= 97 && letter <= 122) || (code >= 48 && code <= 57)) return true
  return MARKS.includes(String.fromCharCode(code))
}
