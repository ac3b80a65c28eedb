import type { House } from './house.ts'
import { header, isNamed, placeOf, placeOfVia, read, uriOf, type WeakMessage } from './message.ts'

/** The INVITE that a callee who has moved asks for, as its caller would have sent it; nothing when it moved elsewhere. */
export function movedInvite(house: House, response: WeakMessage): WeakMessage | undefined {
  if (!response.start.startsWith('SIP/2.0 30')) return undefined
  const target = uriOf(header(response, 'Contact'))
  const { host, port } = placeOf(target)
  const [forwarded] = house.calls.get(header(response, 'Call-ID')) ?? []
  const invite = read(forwarded?.text ?? '')
  if (invite === undefined || !house.isOwn(host, port)) return undefined
  const isOurs = (line: string): boolean =>
    isNamed(line, 'Record-Route') ||
    (isNamed(line, 'Via') && placeOfVia(line.slice(5)).port === house.ports.SIP)
  return { ...invite, start: `INVITE ${target} SIP/2.0`, lines: invite.lines.filter(line => !isOurs(line)) }
}
