import { isIP } from 'node:net'
import { z } from 'zod'
import { failed, ok } from '../../base/result.ts'
import { count, flag, list, row, seconds, text, written } from './row.ts'
import { DiameterObject } from './settings-diameter.ts'
import { type ReadValue, readDomain, readDuration, readHostPort } from './values.ts'

/** `radius1.example.net`, `192.0.2.7:1812`, `[2001:db8::7]:2083`; the port may be left out. */
const readAddress: ReadValue<{ host: string; port: number | undefined; text: string }> = written => {
  const place = readHostPort(isIP(written) === 6 ? `[${written}]` : written, 0)
  if (!place.ok) return place
  const host = readDomain(place.value.host)
  if (!host.ok) return failed(host.error)
  return ok({ host: host.value, port: place.value.port === 0 ? undefined : place.value.port, text: written })
}

/** A secret is never written into the configuration itself. */
const readSecret: ReadValue<string> = written => {
  const name = /^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$/.exec(written)?.[1]
  return name === undefined
    ? failed(`write \${NAME}, a variable of the environment, or use secret-file; not the secret itself`)
    : ok(name)
}

// biome-ignore format: one setting a line
export const RadiusServerObject = z.strictObject({
  address: row('host or host:port', 'required', 'Where it is; the port is 2083 for TLS, 1812 for UDP, 1813 for UDP accounting.', written(readAddress)),
  name: row('name', 'host of address', 'Name that its certificate must carry.', written(readDomain).optional()),
  secret: row(`\${NAME}`, 'required for udp', 'Variable of the environment that holds the shared secret, 16 octets or more. TLS needs none.', written(readSecret).optional()),
  'secret-file': row('path', 'none', 'File that holds the shared secret, in place of secret.', text().optional()),
  transport: row('tls or udp', 'tls; udp on loopback', 'RadSec (RFC 6614), or UDP.', z.enum(['tls', 'udp']).optional()),
})

// biome-ignore format: one setting a line
export const RadiusObject = z.strictObject({
  accounting: row('list of objects', '[] (none)', 'Servers that get the records of calls, the first that is alive.', list(RadiusServerObject).default([]), { of: RadiusServerObject }),
  ca: row('path', 'tls.ca, else our own authority', 'PEM file of the authorities that RADIUS servers are checked against.', text().optional()),
  certificate: row('path', "the server's own", 'PEM file with the certificate that is shown to RADIUS servers.', text().optional()),
  form: row('rfc5090 or sterman', 'rfc5090', 'Attributes of the digest: RFC 5090 (103 to 122), or the draft before it (206, 207), which knows MD5 alone.', z.enum(['rfc5090', 'sterman']).default('rfc5090')),
  'give-up': row('duration', '10s', 'After so long a question is given up: 503 with Retry-After.', written(readDuration('ms', 1000, 30_000)).default(10_000), { unit: 'ms' }),
  interim: row('duration', '0s (none)', 'A record of every call that lasts, so often.', seconds(0, 86_400).default(0), { unit: 'seconds' }),
  key: row('path', "the server's own", 'PEM file with the key of that certificate.', text().optional()),
  'nas-identifier': row('text', 'the first domain', 'What we call ourselves (NAS-Identifier).', text().max(253, 'at most 253 octets').optional()),
  probe: row('duration', '5s', 'How often a dead server is asked whether it is back.', written(readDuration('ms', 100, 600_000)).default(5000), { unit: 'ms' }),
  servers: row('list of objects', 'required', 'Servers that know the users, in order: the first that is alive is asked.', list(RadiusServerObject).min(1, 'name at least one server'), { of: RadiusServerObject }),
  'status-server': row('true or false', 'true', 'Dead servers are asked by Status-Server (RFC 5997); false: by the next question.', flag().default(true)),
  timeout: row('duration', '1s', 'How long the first answer is waited for; each repetition waits twice as long.', written(readDuration('ms', 100, 10_000)).default(1000), { unit: 'ms' }),
  tries: row('number', '2', 'How often one server is asked before the next is; over TLS once.', count(1, 5).default(2)),
})

// biome-ignore format: one setting a line
export const AaaObject = z.strictObject({
  cache: row('duration', '0s (off)', 'How long a password hash that a server handed over is kept in memory. Longer than a password change may take to work.', seconds(0, 86_400).default(0), { unit: 'seconds' }),
  diameter: row('object', 'none', 'Diameter peers.', DiameterObject.optional(), { of: DiameterObject }),
  radius: row('object', 'none', 'RADIUS servers.', RadiusObject.optional(), { of: RadiusObject }),
  sources: row('list of local, radius, diameter', 'local, and what is configured', 'Who is asked for a user, in order; the first that knows the name decides.', list(z.enum(['local', 'radius', 'diameter'])).min(1, 'name at least one').optional()),
})
