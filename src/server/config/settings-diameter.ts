import { isIP } from 'node:net'
import { z } from 'zod'
import { failed, ok } from '../../base/result.ts'
import { parseUri } from '../../sip/uri/uri.ts'
import { flag, list, row, text, written } from './row.ts'
import { type ReadValue, readDomain, readDuration, readHostPort } from './values.ts'

/** A Diameter identity: a DNS name, since certificates and realms are made of names (RFC 6733 §4.3.1). */
const readIdentity: ReadValue<string> = written => {
  const name = readDomain(written)
  if (!name.ok) return name
  return isIP(name.value) === 0 && name.value.includes('.')
    ? name
    : failed(`"${written}": a Diameter identity is a full host name, such as edge.example.net`)
}

/** `aaa1.example.net`, `192.0.2.7:5868`; the port may be left out. */
const readAddress: ReadValue<{ host: string; port: number | undefined; text: string }> = written => {
  const place = readHostPort(isIP(written) === 6 ? `[${written}]` : written, 0)
  if (!place.ok) return place
  const host = readDomain(place.value.host)
  if (!host.ok) return failed(host.error)
  return ok({ host: host.value, port: place.value.port === 0 ? undefined : place.value.port, text: written })
}

/** `192.0.2.1:5868`: an address of this machine. */
const readListen: ReadValue<{ ip: string; port: number }> = written => {
  const place = readHostPort(written, 5868)
  if (!place.ok) return place
  const { host, port } = place.value
  return isIP(host) === 0 ? failed(`"${host}" is not an IP address of this machine`) : ok({ ip: host, port })
}

const readSipUri: ReadValue<string> = written => {
  const uri = parseUri(written)
  return uri.ok && uri.value.scheme.startsWith('sip')
    ? ok(written)
    : failed(`"${written}" is not a SIP URI, such as sip:edge.example.net`)
}

// biome-ignore format: one setting a line
export const DiameterPeerObject = z.strictObject({
  address: row('host or host:port', 'host', 'Where it is; the port is 5868 for TLS, 3868 for TCP. In the clear it must also come from there.', written(readAddress).optional()),
  host: row('name', 'required', 'Its Diameter identity (Origin-Host), which its certificate must carry.', written(readIdentity)),
  transport: row('tls or tcp', 'tls; tcp on loopback', 'TLS from the first octet, or TCP in the clear.', z.enum(['tls', 'tcp']).optional()),
})

// biome-ignore format: one setting a line
export const DiameterObject = z.strictObject({
  answer: row('duration', '2s', 'How long one peer may take to answer; then the next is asked.', written(readDuration('ms', 100, 30_000)).default(2000), { unit: 'ms' }),
  ca: row('path', 'tls.ca, else our own authority', 'PEM file of the authorities that Diameter peers are checked against.', text().optional()),
  certificate: row('path', "the server's own", 'PEM file with the certificate that is shown to Diameter peers; it should carry identity.', text().optional()),
  identity: row('name', 'required', 'What we are called (Origin-Host). With several workers each has its own: edge.example.net is edge-2.example.net for the second.', written(readIdentity)),
  key: row('path', "the server's own", 'PEM file with the key of that certificate.', text().optional()),
  listen: row('address:port', 'none', 'Where peers may connect to us; TLS, unless a peer is reached by TCP.', written(readListen).optional()),
  locate: row('true or false', 'false', 'Peers are asked where a user is served who is not registered here (LIR).', flag().default(false)),
  peers: row('list of objects', 'required', 'Peers in order: the first that answers is asked.', list(DiameterPeerObject).min(1, 'name at least one peer'), { of: DiameterPeerObject }),
  'profile-type': row('text', 'none', 'SIP-User-Data-Type whose contents are the addresses-of-record of a user, one a line. Other profiles are passed over.', text().optional()),
  realm: row('name', 'identity without its first label', 'Our realm (Origin-Realm).', written(readDomain).optional()),
  registrations: row('true or false', 'false', 'Peers are asked whether a user may register (UAR), and told who is served here (SAR).', flag().default(false)),
  'server-realm': row('name', 'realm', 'Realm of the servers that know the users (Destination-Realm).', written(readDomain).optional()),
  'server-uri': row('SIP URI', 'sip: and the first domain', 'Where we tell that users are served (SIP-Server-URI).', written(readSipUri).optional()),
  watchdog: row('duration', '30s', 'After so much silence a peer is asked whether it is there (RFC 3539).', written(readDuration('ms', 6000, 600_000)).default(30_000), { unit: 'ms' }),
})
