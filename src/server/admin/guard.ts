import { isIP } from 'node:net'
import { equalInConstantTime, type Secret } from '../../base/secret.ts'

/** What a request to the admin interface must be, before anything looks at it. */
export interface Guard {
  /** The configured host: a name or an address. */
  readonly host: string
  readonly isSecure: boolean
  readonly token: Secret
}

/**
 * A web page can make a browser ask us, but not with a Host that is an address (DNS rebinding needs a name of
 * the attacker's), nor without telling its Origin.
 * @returns why the request is refused, or undefined
 */
export function refuseForeign(
  guard: Guard,
  hostHeader: string | undefined,
  origin: string | undefined,
): string | undefined {
  if (hostHeader === undefined) return 'no Host'
  const name = hostName(hostHeader)
  if (name !== guard.host && name !== 'localhost' && isIP(name) === 0) return 'foreign Host'
  if (origin === undefined) return undefined
  const own = `${guard.isSecure ? 'https' : 'http'}://${hostHeader}`
  return origin === own ? undefined : 'foreign Origin'
}

/** `Authorization: Bearer TOKEN`, compared in constant time. */
export function bearsToken(guard: Guard, authorization: string | undefined): boolean {
  return authorization !== undefined && equalInConstantTime(authorization, `Bearer ${guard.token.reveal()}`)
}

function hostName(header: string): string {
  const bracket = /^\[([0-9a-f:.]+)\](?::\d+)?$/i.exec(header)
  return (bracket?.[1] ?? header.replace(/:\d+$/, '')).toLowerCase()
}
