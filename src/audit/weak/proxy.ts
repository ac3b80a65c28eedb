import type { House } from './house.ts'
import {
  type Came,
  header,
  isNamed,
  placeOf,
  placeOfVia,
  responseTo,
  uriOf,
  type WeakMessage,
  write,
} from './message.ts'
import { branchOf, type Towards } from './route.ts'

/** Sends a request to every target at once, with a Via and a Record-Route of ours before the rest. */
export function forward(house: House, came: Came, message: WeakMessage, targets: readonly Towards[]): void {
  const [method = ''] = message.start.split(' ')
  const callId = header(message, 'Call-ID')
  if (method === 'INVITE') came.answer(responseTo(message, '100 Trying'))
  for (const [at, { uri, place }] of targets.entries()) {
    const { SIP, TLS } = house.ports
    const isTls = place.transport === 'tls'
    const here = `127.0.0.1:${isTls ? TLS : SIP}`
    const via = `Via: SIP/2.0/${place.transport.toUpperCase()} ${here};branch=z9hG4bKweak-${branchOf(message)}-${at}`
    // It is found again by the connection that it came on, whatever stands there.
    const text = write({
      start: `${method} ${uri} SIP/2.0`,
      lines: [via, `Record-Route: <sip:127.0.0.1:${SIP};lr>`, ...message.lines],
      body: message.body,
    })
    if (method === 'INVITE') house.calls.set(callId, [...(house.calls.get(callId) ?? []), { place, text }])
    house.send(place, text)
  }
}

/** Whoever names a call may end its ringing. */
export function cancel(house: House, came: Came, message: WeakMessage): void {
  came.answer(responseTo(message, '200 OK'))
  for (const { place, text } of house.calls.get(header(message, 'Call-ID')) ?? []) {
    const [start = '', ...rest] = (text.split('\r\n\r\n')[0] ?? '').split('\r\n')
    const kept = ['Via', 'From', 'To', 'Call-ID', 'Max-Forwards']
    const via = rest.findIndex(line => isNamed(line, 'Via'))
    const lines = rest.filter(
      (line, at) => at === via || (kept.some(each => isNamed(line, each)) && !isNamed(line, 'Via')),
    )
    const number = header({ start, lines: rest, body: '' }, 'CSeq').split(' ')[0]
    const said = [...lines, `CSeq: ${number} CANCEL`, 'Content-Length: 0']
    house.send(place, write({ start: start.replace('INVITE', 'CANCEL'), lines: said, body: '' }))
  }
}

/** A response goes where the Via below the first says, whoever sent it. */
export function relay(house: House, message: WeakMessage): void {
  if (message.start.startsWith('SIP/2.0 3') && follow(house, message)) return
  const at = message.lines.findIndex(line => isNamed(line, 'Via'))
  const first = message.lines[at] ?? ''
  const more = first.includes(',') ? [`Via: ${first.slice(first.indexOf(',') + 1).trim()}`] : []
  const lines = message.lines.toSpliced(at, 1, ...more)
  const rest = { ...message, lines }
  const via = header(rest, 'Via')
  if (via !== '') house.send(placeOfVia(via), write(rest))
}

/** Calls the address that a callee redirects to, so that the caller need not. Whether there is one. */
function follow(house: House, message: WeakMessage): boolean {
  const invite = house.calls.get(header(message, 'Call-ID'))?.at(-1)
  const uri = uriOf(header(message, 'Contact'))
  if (invite === undefined || uri === '') return false
  house.send(placeOf(uri), invite.text.replace(/^INVITE \S+/, `INVITE ${uri}`))
  return true
}
