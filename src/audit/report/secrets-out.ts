import type { Target } from '../target.ts'

/** What is shorter is found in other words by chance. */
const MIN_LENGTH = 6

/**
 * Puts `[secret]` in place of every secret of a target. Passwords are not sent, but a server may send one back that it
 * got elsewhere, and an attack may try them in clear. A password that is a user name stays: it is no secret.
 */
export function withoutSecrets(target: Target): (text: string) => string {
  const { accounts, rejectsAnonymous, radius, stir, smime, clientCertificate } = target
  const all = [...accounts, ...(rejectsAnonymous === undefined ? [] : [rejectsAnonymous])]
  const names = new Set([
    ...all.flatMap(({ user, authUser = user }) => [user, authUser]),
    target.domain,
    target.knownUser,
  ])
  const secrets = [
    ...all.map(({ password }) => password),
    radius?.secret,
    stir?.key,
    smime?.key,
    clientCertificate?.key,
  ]
    .filter(secret => secret !== undefined)
    .flatMap(secret => [
      secret,
      Buffer.from(secret, 'utf8').toString('latin1'),
      encodeURIComponent(secret.toWellFormed()),
    ])
    .filter(secret => secret.length >= MIN_LENGTH && !names.has(secret))
  const unique = [...new Set(secrets)].sort((a, b) => b.length - a.length)
  return text => unique.reduce((rest, secret) => rest.replaceAll(secret, '[secret]'), text)
}
