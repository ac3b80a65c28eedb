import type { House } from './house.ts'
import { type Came, responseTo, userOf, type WeakMessage } from './message.ts'

/** Whether a Request-URI is a telephone number, whatever is dialled before it. */
export function isNumber(uri: string): boolean {
  return uri.startsWith('tel:') || /^[+*\d][\d*.-]{6,}/.test(userOf(uri))
}

/** The way out to the telephone network: every number is put through, for whomever. */
export function putThrough(house: House, came: Came, message: WeakMessage): void {
  came.answer(responseTo(message, '183 Session Progress'))
  came.answer(responseTo(message, '200 OK', [`Contact: <sip:127.0.0.1:${house.ports.SIP}>`]))
}
