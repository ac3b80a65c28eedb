import { z } from 'zod'
import { failed, ok } from '../../base/result.ts'
import { list, row, text, written } from './row.ts'
import { type ReadValue, readAdmin, readDomain } from './values.ts'

const readX5u: ReadValue<string> = url => {
  if (!URL.canParse(url) || new URL(url).protocol !== 'https:')
    return failed(`"${url}" is not a URL such as https://certs.example.test/stir.pem`)
  const { username, password, hash } = new URL(url)
  if (username !== '' || password !== '' || hash !== '')
    return failed(`"${url}": write it without user and fragment`)
  return /^[\x21-\x7e]+$/.test(url) && !/[<>"\\;,]/.test(url)
    ? ok(url)
    : failed(`"${url}" holds a character that cannot stand in a header field`)
}

const readPublish: ReadValue<{ host: string; port: number }> = url => {
  const place = readAdmin(url)
  if (!place.ok || place.value === 'off' || !place.value.isSecure)
    return failed(`"${url}" is not of the form https://0.0.0.0:8443`)
  return ok({ host: place.value.host, port: place.value.port })
}

const readCountryCode: ReadValue<string> = code =>
  /^\+?[1-9]\d{0,2}$/.test(code)
    ? ok(code.replace('+', ''))
    : failed(`"${code}" is no country code, such as 44`)

const modes = ['off', 'report', 'ask', 'demand'] as const
const mode = () => z.enum(modes)

// biome-ignore format: one setting a line
export const IdentityDomainObject = z.strictObject({
  name: row('name', 'required', 'A domain of ours that the request is for.', written(readDomain)),
  verify: row('off, report, ask or demand', 'required', 'As identity.verify, for this domain.', mode()),
})

// biome-ignore format: one setting a line
export const IdentityTrunkObject = z.strictObject({
  attest: row('A, B, C or none', 'none', 'What we vouch for when a request of this trunk goes on to others: A, that it may use the numbers that it shows; B, that it is our customer; C, only that it came in here.', z.enum(['A', 'B', 'C', 'none']).default('none')),
  name: row('trunk name', 'required', 'Which trunk.', text()),
  verify: row('off, report, ask or demand', 'that of the domain', 'As identity.verify, for requests of this trunk.', mode().optional()),
})

// biome-ignore format: one setting a line
export const IdentitySignObject = z.strictObject({
  certificate: row('path', 'required', 'PEM file with our STIR certificate and its chain, the signer first.', text()),
  key: row('path', 'required', 'PEM file with its private key (ECDSA P-256).', text()),
  publish: row('https://address:port', 'none', 'Where we serve the certificate ourselves, at the path of x5u and with the TLS certificate of the server.', written(readPublish).optional()),
  x5u: row('URL', 'required', 'Where others fetch the certificate: https only.', written(readX5u)),
})

// biome-ignore format: one setting a line
export const IdentityObject = z.strictObject({
  'country-code': row('digits', 'none', 'Put before numbers that are dialled with a leading 0; without it only numbers with + are numbers.', written(readCountryCode).optional()),
  domains: row('list of objects', '[]', 'Domains that are treated otherwise.', list(IdentityDomainObject).default([]), { of: IdentityDomainObject }),
  roots: row('path', "own STIR authority", 'PEM file of the authorities that may issue certificates for callers.', text().optional()),
  sign: row('object', 'none', 'What we sign with; without it nothing is signed.', IdentitySignObject.optional(), { of: IdentitySignObject }),
  trunks: row('list of objects', '[]', 'Trunks that are treated otherwise.', list(IdentityTrunkObject).default([]), { of: IdentityTrunkObject }),
  verify: row('off, report, ask or demand', 'off', 'What is done with requests that come from outside for our users. off: Identity passes untouched; report: it is judged, the outcome told in Reason and counted, and the request goes on; ask: a bad one is refused; demand: one that is missing is refused too.', mode().default('off')),
})
