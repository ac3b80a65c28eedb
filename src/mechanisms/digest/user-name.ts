import { isUtf8 } from 'node:buffer'
import { isAscii } from './algorithm.ts'

/** Unicode text as the octets that are hashed and sent: NFC, UTF-8, one latin-1 character an octet (DIG-14). */
export function toOctets(text: string): string {
  return isAscii(text) ? text : Buffer.from(text.normalize('NFC'), 'utf8').toString('latin1')
}

/** Octets as Unicode in NFC; undefined when they are not UTF-8. */
export function fromOctets(octets: string): string | undefined {
  if (isAscii(octets)) return octets
  const bytes = Buffer.from(octets, 'latin1')
  return isUtf8(bytes) ? bytes.toString('utf8').normalize('NFC') : undefined
}

/**
 * Decodes `username*`: `UTF-8''` and percent-escaped octets (RFC 8187 §3.2.1).
 * @returns Unicode, or undefined when it is malformed or in another character set
 */
export function decodeExtValue(value: string): string | undefined {
  const charsetEnd = value.indexOf("'")
  const languageEnd = value.indexOf("'", charsetEnd + 1)
  if (charsetEnd < 0 || languageEnd < 0) return undefined
  if (value.slice(0, charsetEnd).toLowerCase() !== 'utf-8') return undefined
  let octets = ''
  for (let i = languageEnd + 1; i < value.length; i++) {
    const code = value.charCodeAt(i)
    if (code !== 37) {
      octets += value.charAt(i)
      continue
    }
    const digits = value.slice(i + 1, i + 3)
    if (!/^[0-9a-fA-F]{2}$/.test(digits)) return undefined
    octets += String.fromCharCode(Number.parseInt(digits, 16))
    i += 2
  }
  return fromOctets(octets)
}
