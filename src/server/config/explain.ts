import type { Config } from './config.ts'
import { explainDetection } from './detection.ts'
import { explainIdentity } from './identity.ts'
import { adminUrl } from './print.ts'
import { explainAaa } from './print-aaa.ts'
import { explainPolicy, explainRule } from './print-policy.ts'
import { explainRefer } from './refer.ts'
import { INSECURE } from './settings.ts'

/**
 * The effective policy in sentences, for `aspis check --explain`.
 * @param stages names of the stages that a request walks, in order
 */
export function explainConfig(config: Config, stages: readonly string[]): string {
  const { domains, trunks, rules, nextHop, registrar, digest, insecure } = config
  const lines: string[] = []
  const section = (title: string, entries: readonly string[]): void => {
    lines.push(title, ...entries.map(entry => `  ${entry}`), '')
  }
  section(
    'Serves',
    domains.map(({ name, mode, aliases }) => {
      const also = aliases.length === 0 ? '' : `, also called ${aliases.join(', ')}`
      return `${name}: ${mode === 'proxy' ? 'forwards to the contacts' : 'answers 302 with the contacts'}${also}`
    }),
  )
  section('Listens', [
    ...config.listen.map(listen => listen.text),
    ...(config.advertise === undefined
      ? []
      : [`says ${config.advertise.host} of itself in Via and Record-Route`]),
    ...(config.workers > 1 ? [`${config.workers} processes share these addresses`] : []),
    config.admin === undefined ? 'no admin interface' : `admin at ${adminUrl(config.admin)}`,
    `a stranger who names no served domain gets ${config.unserved === 'silent' ? 'no answer' : 'the answer of RFC 3261'}`,
  ])
  const free = [...config.unauthenticatedMethods]
  section('Knows its users', [
    `digest: ${digest.algorithms.join(', ')}; MD5 ${digest.md5ForEveryone ? 'for EVERY user' : 'only for users marked for it'}; qop ${digest.qop.join(', ')}${digest.legacyQop ? ' OR NONE' : ''}`,
    free.length === 0
      ? 'every request of a user needs credentials'
      : `NO credentials are needed for ${free.join(', ')}`,
    `a nonce is good for ${digest.nonceTtlSeconds} s${digest.oneTimeNonce ? ' and one request' : ''}`,
    ...(digest.authIntMethods.length === 0
      ? []
      : [`the body is covered in ${digest.authIntMethods.join(', ')}`]),
  ])
  if (config.aaa !== undefined) section('Asks about users', explainAaa(config.aaa))
  section('Registers', [
    `for ${registrar.minExpiresSeconds} to ${registrar.maxExpiresSeconds} s, ${registrar.defaultExpiresSeconds} s when not asked`,
    `at most ${registrar.maxContactsPerAor} contacts a user`,
    `contacts on other hosts than the phone's own: ${registrar.foreignContacts === 'allow' ? 'ALLOWED' : 'refused'}`,
  ])
  section('Looks for attacks', explainDetection(config.detection))
  section('Transfers', explainRefer(config.refer))
  section('Who may call whom', [
    'own users call own users',
    ...rules.map(explainRule),
    'everything else: refused',
  ])
  const policy = explainPolicy(config.policy)
  if (policy.length > 0) section('By which words and bounds', policy)
  if (config.identity !== undefined) section('Who is calling', explainIdentity(config.identity))
  section(
    'Trunks',
    trunks.length === 0
      ? ['none']
      : trunks.map(trunk => {
          const known = trunk.isPlain
            ? `known by address ALONE (${trunk.addresses.join(', ')})`
            : `known by its certificate for ${trunk.identities.join(' or ')}`
          const reach = trunk.reach === 'own-users' ? 'may call own users' : 'may do what rules say'
          const trust = trunk.trusted ? '; its P-Asserted-Identity is believed' : ''
          return `${trunk.name} (${trunk.uri}): ${known}; ${reach}${trust}`
        }),
  )
  if (nextHop !== undefined) {
    const which = {
      always: 'every request',
      unknown: 'names that we do not know',
      unregistered: 'users without a contact',
    }
    section('Next hop', [`${nextHop.uri}: ${which[nextHop.when]}`])
  }
  section('Weakened', insecure.length === 0 ? ['nothing'] : insecureLines(config))
  section('A request walks', [stages.join(' → ')])
  return `${lines.join('\n').trimEnd()}\n`
}

/** What is weakened, what it opens, and why; one line each. */
export function insecureLines(config: Config): string[] {
  return config.insecure.map(entry => {
    const detail =
      entry.allow === 'trunk-without-tls'
        ? ` (${entry.trunk})`
        : entry.allow === 'unauthenticated-requests'
          ? ` (${entry.methods.join(', ')})`
          : entry.allow === 'private-certificates'
            ? ` (${entry.hosts.join(', ')})`
            : ''
    return `${entry.allow}${detail}: ${INSECURE[entry.allow] ?? ''} Because: ${entry.because}`
  })
}
