import type { House } from './house.ts'
import {
  type Came,
  header,
  headers,
  parameter,
  responseTo,
  uriOf,
  userOf,
  type WeakMessage,
} from './message.ts'

/** Binds whatever is asked to whoever is named, and tells everything that is bound. */
export function register(house: House, came: Came, message: WeakMessage): void {
  const user = userOf(uriOf(header(message, 'To')))
  const bound = house.bindings.get(user) ?? new Map<string, number>()
  house.bindings.set(user, bound)
  for (const contact of headers(message, 'Contact').flatMap(each => each.split(','))) {
    if (contact.trim() === '*') bound.clear()
    else {
      const seconds = Number(parameter(contact, 'expires') ?? (header(message, 'Expires') || '3600'))
      bound.set(uriOf(contact), Date.now() + seconds * 1_000)
    }
  }
  house.sawPhone(user, header(message, 'User-Agent'))
  const told = house.contacts(user).map(uri => {
    const seconds = Math.ceil(((bound.get(uri) ?? 0) - Date.now()) / 1_000)
    return `Contact: <${uri}>;expires=${seconds}`
  })
  came.answer(responseTo(message, '200 OK', told))
}
