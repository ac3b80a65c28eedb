import { canonicalIp } from '../../base/ip-address.ts'

/** Places of one body; what is more is somebody's play. */
const MAX_PLACES = 16
const MAX_LINES = 400

/**
 * Where an SDP body says that media is received (RFC 8866 §5.7, §5.14), its ICE candidates too (RFC 8839 §5.1):
 * `ip port`. A medium that is refused or on hold by address has none.
 */
export function placesOf(body: string): readonly string[] {
  const places = new Set<string>()
  const media: { ip: string; port: number }[] = []
  let sessionIp = ''
  let at = 0
  for (let lines = 0; at < body.length && lines < MAX_LINES && places.size < MAX_PLACES; lines += 1) {
    const found = body.indexOf('\n', at)
    const end = found < 0 ? body.length : found
    const line = body.slice(at, end).trimEnd()
    at = end + 1
    const medium = media.at(-1)
    if (line.startsWith('c=IN IP')) {
      const ip = canonicalIp(line.slice(9).split('/')[0] ?? '') ?? ''
      if (medium === undefined) sessionIp = ip
      else medium.ip = ip
    } else if (line.startsWith('m=')) {
      media.push({ ip: sessionIp, port: Number(line.split(' ')[1]?.split('/')[0]) })
    } else if (line.startsWith('a=candidate:')) {
      const [, , , , ip = '', port = ''] = line.split(' ')
      add(places, canonicalIp(ip) ?? '', Number(port))
    }
  }
  for (const { ip, port } of media) add(places, ip, port)
  return [...places].slice(0, MAX_PLACES)
}

function add(places: Set<string>, ip: string, port: number): void {
  if (ip === '' || ip === '0.0.0.0' || ip === '::' || !(port > 0 && port < 65_536)) return
  places.add(`${ip} ${port}`)
}
