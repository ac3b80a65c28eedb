const MAX_CHARS = 80

/**
 * A peer's text as it may stand in a sentence: in quotes, cut, and every character that could mean something to a
 * terminal, a log reader, a page or a shell written as `\xNN`.
 */
export function quoted(text: string, maxChars = MAX_CHARS): string {
  let safe = ''
  const end = Math.min(text.length, maxChars)
  for (let i = 0; i < end; i += 1) {
    const code = text.charCodeAt(i)
    safe += isPlain(code) ? text[i] : escaped(code)
  }
  return `"${safe}${text.length > end ? '…' : ''}"`
}

/** Letters, digits, space and what addresses are made of. */
function isPlain(code: number): boolean {
  if (code >= 0x61 && code <= 0x7a) return true
  if (code >= 0x30 && code <= 0x5a) return code !== 0x3c && code !== 0x3e && code !== 0x3f
  return PLAIN.has(code)
}

const PLAIN: ReadonlySet<number> = new Set([...' !#()*+,-./_~'].map(char => char.charCodeAt(0)))

function escaped(code: number): string {
  return code < 0x100
    ? `\\x${code.toString(16).padStart(2, '0')}`
    : `\\u${code.toString(16).padStart(4, '0')}`
}
