/**
 * A copy that stands on its own: a part of a text keeps the whole of it in memory, and a datagram has 64 KiB.
 * @param text any length; it is read and copied once
 */
export function ownText(text: string): string {
  return isLatin1(text)
    ? Buffer.from(text, 'latin1').toString('latin1')
    : Buffer.from(text, 'utf16le').toString('utf16le')
}

function isLatin1(text: string): boolean {
  for (let i = 0; i < text.length; i += 1) if (text.charCodeAt(i) > 0xff) return false
  return true
}
