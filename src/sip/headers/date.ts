const DAYS: readonly string[] = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec'

/**
 * Reads a Date header field (RFC 3261 §25.1 SIP-date): `Sat, 13 Nov 2010 23:29:00 GMT`, GMT only, and a day that is
 * in the calendar.
 * @returns ms since 1970, or undefined when it is malformed
 */
export function parseSipDate(text: string): number | undefined {
  if (text.length !== 29 || !text.endsWith(' GMT') || !DAYS.includes(text.slice(0, 3))) return undefined
  const month = MONTHS.indexOf(text.slice(8, 11))
  if (month < 0 || month % 3 !== 0) return undefined
  const isShaped =
    text.slice(3, 5) === ', ' &&
    text[7] === ' ' &&
    text[11] === ' ' &&
    text[16] === ' ' &&
    text[19] === ':' &&
    text[22] === ':'
  if (!isShaped) return undefined
  const [day, year, hour, minute, second] = [
    text.slice(5, 7),
    text.slice(12, 16),
    text.slice(17, 19),
    text.slice(20, 22),
    text.slice(23, 25),
  ].map(digits => (/^\d+$/.test(digits) ? Number(digits) : Number.NaN))
  const ms = Date.UTC(year ?? 0, month / 3, day ?? 0, hour ?? 0, minute ?? 0, second ?? 0)
  // What the calendar moved on (30 Feb, 24:00) was none.
  return Number.isNaN(ms) || printSipDate(ms).slice(4) !== text.slice(4) ? undefined : ms
}

/** Writes a Date header field, to the second. @param atMs ms since 1970 */
export function printSipDate(atMs: number): string {
  return new Date(atMs).toUTCString()
}
