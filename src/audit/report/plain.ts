/** Control characters, and those that turn the direction of what is read (Unicode UAX #9) or take no room. */
const UNSEEN =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\p{Surrogate}/gu

/** Everything that a terminal obeys or a reader does not see, as an escape sequence; line ends and tabs stay. */
export function visible(text: string): string {
  return text.replace(UNSEEN, each => escaped(each.codePointAt(0) ?? 0))
}

/** The same in one line. */
export function oneLine(text: string): string {
  return visible(text).replace(/[\r\n\t]/g, each => ({ '\r': '\\r', '\n': '\\n', '\t': '\\t' })[each] ?? ' ')
}

function escaped(code: number): string {
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
}

/** A message of the ladder, one character an octet, as it is read: UTF-8 where it is that. */
export function readable(octets: string): string {
  const bytes = Buffer.from(octets, 'latin1')
  try {
    return visible(
      new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes).replaceAll('\r\n', '\n'),
    )
  } catch {
    return visible(octets.replaceAll('\r\n', '\n'))
  }
}
