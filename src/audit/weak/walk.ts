import { check } from './check.ts'
import type { House } from './house.ts'
import { type Came, header, placeOfVia, read, responseTo, tidy, type WeakMessage } from './message.ts'
import { movedInvite } from './moved.ts'
import { firstPartOf } from './parts.ts'
import { cancel, forward, relay } from './proxy.ts'
import { register } from './registrar.ts'
import { route } from './route.ts'
import { isNumber, putThrough } from './trunk.ts'
import { unpack } from './unpack.ts'

/** What happens to every message: read, check, route, forward. */
export function walk(house: House, socket: Came): void {
  house.log.note(socket.text)
  const untidy = read(socket.text)
  if (untidy === undefined) return socket.answer('SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n')
  const message = tidy(untidy)
  if (message.start.startsWith('SIP/2.0')) return answered(house, socket, message)
  const came = believingVia(house, socket, header(message, 'Via'))
  try {
    const [method = ''] = message.start.split(' ')
    // One of a call that is not known may still be known further on.
    const isKnown = house.calls.has(header(message, 'Call-ID'))
    if (method === 'CANCEL' && isKnown) return cancel(house, came, message)
    if (!check(house, came, message)) return
    if (method === 'REGISTER') return register(house, came, message)
    go(house, came, unpack(message))
  } catch (error) {
    came.answer(responseTo(message, '500 Server error', [`Warning: 399 weak "${String(error)}"`]))
  }
}

function go(house: House, came: Came, asked: WeakMessage): void {
  const message = firstPartOf(asked)
  const [method = '', uri = ''] = message.start.split(' ')
  if (method === 'INVITE' && isNumber(uri)) return putThrough(house, came, message)
  const routed = route(house, message)
  if ('targets' in routed) forward(house, came, routed.message, routed.targets)
  else if (method !== 'ACK') came.answer(responseTo(message, routed.status))
}

/** A callee who has moved is followed, for the caller; every other response goes back. */
function answered(house: House, socket: Came, response: WeakMessage): void {
  const invite = movedInvite(house, response)
  if (invite === undefined) return relay(house, response)
  go(house, believingVia(house, { ...socket, transport: 'udp' }, header(invite, 'Via')), invite)
}

/** Answers go where the Via says; on a connection, to that connection. */
function believingVia(house: House, socket: Came, via: string): Came {
  if (socket.transport === 'udp') {
    const place = placeOfVia(via)
    return via === '' ? socket : { ...socket, answer: text => house.send(place, text) }
  }
  const { host, port } = placeOfVia(via)
  house.connections.set(`${host}:${port}`, { write: socket.answer })
  return socket
}
