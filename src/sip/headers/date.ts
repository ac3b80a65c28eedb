const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
/** `Fri, 25 Sep 2015 19:12:25 GMT` has this many characters, always. */
const DATE_CHARS = 29

let lastSecond = Number.NaN
let lastText = ''

/** Value of a Date header field (RFC 3261 §20.17). Made once a second. @param seconds since 1970 */
export function dateText(seconds: number): string {
  if (seconds !== lastSecond) {
    lastSecond = seconds
    lastText = new Date(seconds * 1000).toUTCString()
  }
  return lastText
}

/**
 * Reads a Date header field. Only the one form of SIP, and the weekday has to fit.
 * @returns seconds since 1970; undefined when it is malformed
 */
export function secondsOfDate(text: string): number | undefined {
  if (text === lastText) return lastSecond
  if (text.length !== DATE_CHARS) return undefined
  const month = MONTHS.findIndex(name => name.toLowerCase() === text.slice(8, 11).toLowerCase())
  const day = DAYS.findIndex(name => name.toLowerCase() === text.slice(0, 3).toLowerCase())
  if (month < 0 || day < 0 || text.slice(25).toUpperCase() !== ' GMT') return undefined
  const digits = `${text.slice(5, 7)}${text.slice(12, 16)}${text.slice(17, 19)}${text.slice(20, 22)}${text.slice(23, 25)}`
  const marks = `${text.slice(3, 5)}${text.charAt(7)}${text.charAt(11)}${text.charAt(16)}${text.charAt(19)}${text.charAt(22)}`
  if (!/^\d{12}$/.test(digits) || marks !== ',    ::') return undefined
  const at = (start: number, end: number) => Number(digits.slice(start, end))
  const ms = Date.UTC(at(2, 6), month, at(0, 2), at(6, 8), at(8, 10), at(10, 12))
  const date = new Date(ms)
  const isReal = date.getUTCDate() === at(0, 2) && date.getUTCDay() === day && at(6, 8) < 24 && at(8, 10) < 60
  return isReal && at(10, 12) < 60 ? ms / 1000 : undefined
}
