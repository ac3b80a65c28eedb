import { bracketed, type Flow } from '../../base/flow.ts'
import type { Via } from '../headers/via.ts'
import type { SipRequest } from '../message/message.ts'

/**
 * Marks where a request came from (RFC 3261 §18.2.1, RFC 3581 §4): `received` when the sent-by is a name or
 * another address, `rport` with the source port where it was asked for. What a stranger wrote there is replaced.
 */
export function stampVia(request: SipRequest, flow: Flow): void {
  const via = request.topVia
  const { ip, port } = flow.remote
  const asksPort = via.rport !== undefined
  if (!asksPort && via.host === ip && via.received === undefined) return
  if (asksPort && via.rport === '' && via.received === undefined && !via.text.includes('"')) {
    request.viaStamp = fillPort(via.text, ip, port)
    return
  }
  request.viaStamp = rebuilt(via, ip, port, asksPort)
}

/** The usual form: `;rport` stands alone and nothing else has to change. */
function fillPort(text: string, ip: string, port: number): string {
  const at = text.toLowerCase().indexOf(';rport')
  if (at < 0) return `${text};received=${ip};rport=${port}`
  const end = at + 6
  return `${text.slice(0, end)}=${port}${text.slice(end)};received=${ip}`
}

function rebuilt(via: Via, ip: string, port: number, asksPort: boolean): string {
  const sentBy = via.port === undefined ? bracketed(via.host) : `${bracketed(via.host)}:${via.port}`
  let out = `SIP/2.0/${via.transport} ${sentBy}`
  for (const [name, value] of via.params.entries()) {
    if (name === 'received' || name === 'rport') continue
    out += value === '' ? `;${name}` : `;${name}=${value}`
  }
  return `${out};received=${ip}${asksPort ? `;rport=${port}` : ''}`
}

/**
 * The port that a response over UDP goes to: the source's where `rport` asked for it, else the one of sent-by
 * (RFC 3261 §18.2.2, RFC 3581 §4).
 */
export function responsePort(via: Via, flow: Flow): number {
  return via.rport !== undefined ? flow.remote.port : (via.port ?? 5060)
}
