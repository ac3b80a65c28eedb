import { readFileSync } from 'node:fs'
import { AspisError } from '../../base/errors.ts'
import { Secret } from '../../base/secret.ts'
import { MIN_SECRET_OCTETS, type SecretPlace } from '../config/aaa.ts'

/**
 * Reads a shared secret from where the configuration says; a line end after it does not count.
 * @throws AspisError `ERR_ASPIS_AAA_SECRET` when it is missing or shorter than 16 octets
 */
export function readSharedSecret(place: SecretPlace, environment: NodeJS.ProcessEnv): Secret {
  const text = place.kind === 'file' ? readText(place.path) : (environment[place.name] ?? '')
  const name = place.kind === 'file' ? place.path : `\${${place.name}}`
  const octets = Buffer.byteLength(text)
  if (octets < MIN_SECRET_OCTETS)
    throw refused(
      `${name} has ${octets} octets; a shared secret has at least ${MIN_SECRET_OCTETS} (RFC 2865 §3)`,
    )
  return new Secret(text)
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
    throw refused(`${path}: ${code === 'ENOENT' ? 'no such file' : `cannot be read (${code})`}`)
  }
}

function refused(why: string): AspisError {
  return new AspisError('ERR_ASPIS_AAA_SECRET', `aaa: ${why}`)
}
