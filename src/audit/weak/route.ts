import type { House } from './house.ts'
import {
  header,
  headers,
  isNamed,
  type Place,
  parameter,
  placeOf,
  uriOf,
  userOf,
  type WeakMessage,
} from './message.ts'
import { speedDial } from './speed-dial.ts'

/** Where a request goes: places with their Request-URIs, or the status that answers it. */
export type Routed =
  | { readonly message: WeakMessage; readonly targets: readonly Towards[] }
  | { readonly status: string }

export interface Towards {
  readonly uri: string
  readonly place: Place
}

/** Follows what the request says: its Route, its maddr, its host; users of ours to every contact. */
export function route(house: House, message: WeakMessage): Routed {
  const [method = '', uri = ''] = message.start.split(' ')
  const { rest, next } = takeOwnRoute(house, message)
  if (next !== undefined) return { message: rest, targets: [{ uri, place: placeOf(next) }] }
  const place = placeOf(uri)
  if (!house.isOwn(place.host, place.port) || parameter(uri, 'maddr') !== undefined) {
    return { message: rest, targets: [{ uri, place }] }
  }
  const user = speedDial(userOf(uri), house.bindings.keys())
  if (user === '') return { status: '200 OK' }
  const contacts = house.contacts(user)
  if (contacts.length > 0) {
    return { message: rest, targets: contacts.map(each => ({ uri: each, place: placeOf(each) })) }
  }
  if (method === 'ACK' || house.password(user) !== undefined) return { status: '480 Not here now' }
  return { status: '404 No such user' }
}

/** The message without the first Route when that is ours, and the Route that is first then. */
function takeOwnRoute(house: House, message: WeakMessage): { rest: WeakMessage; next: string | undefined } {
  const routes = headers(message, 'Route').flatMap(each => each.split(',').map(one => one.trim()))
  const first = placeOf(uriOf(routes[0] ?? ''))
  const isOurs = routes.length > 0 && house.isOwn(first.host, first.port)
  const left = isOurs ? routes.slice(1) : routes
  const lines = message.lines.filter(line => !isNamed(line, 'Route'))
  const rest = { ...message, lines: [...left.map(each => `Route: ${each}`), ...lines] }
  return { rest, next: left[0] === undefined ? undefined : uriOf(left[0]) }
}

/** Of the topmost Via. */
export function branchOf(message: WeakMessage): string {
  return parameter(header(message, 'Via'), 'branch') ?? 'none'
}
