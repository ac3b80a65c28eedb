import { isIP } from 'node:net'
import { resolve } from 'node:path'
import type { InsecureConfig } from './config.ts'
import type { ConfigReader, Item } from './read.ts'
import type { IdentityObject } from './settings-identity.ts'
import { didYouMean } from './suggest.ts'

/** What is done with the Identity header fields of requests from outside. */
export type IdentityMode = 'off' | 'report' | 'ask' | 'demand'

/** What a deployment vouches for (ATIS-1000074). */
export type AttestConfig = 'A' | 'B' | 'C' | 'none'

/** What is signed with. */
export interface IdentitySignConfig {
  readonly certificate: string
  readonly key: string
  readonly x5u: string
  /** Where we serve the certificate ourselves. */
  readonly publish?: { readonly host: string; readonly port: number }
}

/** Signed identity (RFC 8224). */
export interface IdentityConfig {
  readonly verify: IdentityMode
  readonly domains: readonly { readonly name: string; readonly verify: IdentityMode }[]
  readonly trunks: readonly {
    readonly name: string
    readonly verify?: IdentityMode
    readonly attest: AttestConfig
  }[]
  /** Absent: our own STIR authority alone. */
  readonly roots?: string
  readonly countryCode?: string
  readonly sign?: IdentitySignConfig
  /** Hosts, addresses and prefixes whose certificates are fetched although private; only by `insecure`. */
  readonly privateHosts: readonly string[]
}

type Written = ReturnType<typeof IdentityObject.parse>

/** What the checks look at beside `identity` itself. */
export interface IdentitySurroundings {
  readonly folder: string
  readonly insecure: readonly Item<InsecureConfig>[]
  readonly domains: readonly string[]
  readonly trunks: readonly string[]
}

/** Completes and checks `identity`; mistakes go to the reader. */
export function readIdentity(
  reader: ConfigReader,
  written: Written,
  around: IdentitySurroundings,
): IdentityConfig {
  const { folder, insecure } = around
  checkNames(reader, 'domains', written.domains, around.domains, 'a domain of ours')
  checkNames(reader, 'trunks', written.trunks, around.trunks, 'a trunk')
  const { sign } = written
  if (sign?.publish !== undefined && isIP(sign.publish.host) === 0)
    reader.error(['identity', 'sign', 'publish'], 'write an address of this machine, or 0.0.0.0 for all')
  for (const [index, { attest }] of written.trunks.entries()) {
    if (attest !== 'none' && sign === undefined)
      reader.error(['identity', 'trunks', index, 'attest'], 'nothing is signed without identity.sign')
  }
  return {
    verify: written.verify,
    domains: written.domains,
    trunks: written.trunks.map(({ name, attest, verify }) => {
      return { name, attest, ...(verify === undefined ? {} : { verify }) }
    }),
    ...(written.roots === undefined ? {} : { roots: resolve(folder, written.roots) }),
    ...(written['country-code'] === undefined ? {} : { countryCode: written['country-code'] }),
    ...(sign === undefined
      ? {}
      : {
          sign: {
            certificate: resolve(folder, sign.certificate),
            key: resolve(folder, sign.key),
            x5u: sign.x5u,
            ...(sign.publish === undefined ? {} : { publish: sign.publish }),
          },
        }),
    privateHosts: insecure.flatMap(({ value }) =>
      value.allow === 'private-certificates' ? value.hosts : [],
    ),
  }
}

function checkNames(
  reader: ConfigReader,
  key: 'domains' | 'trunks',
  entries: readonly { readonly name: string }[],
  known: readonly string[],
  what: string,
): void {
  const seen = new Set<string>()
  for (const [index, { name }] of entries.entries()) {
    const path = ['identity', key, index, 'name']
    if (seen.has(name)) reader.error(path, `"${name}" stands twice`)
    seen.add(name)
    if (!known.includes(name)) reader.error(path, `"${name}" is not ${what}${didYouMean(name, known)}`)
  }
}

/** `identity` as it could be written. */
export function identitySettings(identity: IdentityConfig): Record<string, unknown> {
  const { sign, countryCode, roots } = identity
  return {
    verify: identity.verify,
    domains: identity.domains,
    trunks: identity.trunks,
    ...(countryCode === undefined ? {} : { 'country-code': countryCode }),
    ...(roots === undefined ? {} : { roots }),
    ...(sign === undefined ? {} : { sign: { ...sign, ...publishText(sign) } }),
  }
}

function publishText({ publish }: IdentitySignConfig): { publish?: string } {
  if (publish === undefined) return {}
  const host = publish.host.includes(':') ? `[${publish.host}]` : publish.host
  return { publish: `https://${host}:${publish.port}` }
}

const WORDS: Readonly<Record<IdentityMode, string>> = {
  off: 'passes untouched',
  report: 'is judged, and the request goes on whatever comes out',
  ask: 'is refused when it is bad; without any the request goes on',
  demand: 'is DEMANDED, and refused when it is bad',
}

/** `identity` in sentences, for `aspis check --explain`. */
export function explainIdentity(identity: IdentityConfig): string[] {
  const { sign, verify, domains, trunks } = identity
  return [
    `signed identity from outside ${WORDS[verify]}`,
    ...domains.map(({ name, verify: own }) => `for ${name} it ${WORDS[own]}`),
    ...trunks.flatMap(({ name, verify: own }) =>
      own === undefined ? [] : [`from trunk ${name} it ${WORDS[own]}`],
    ),
    sign === undefined
      ? 'nothing is signed'
      : `what our users send to others is signed; others fetch ${sign.x5u}`,
    ...trunks.flatMap(({ name, attest }) =>
      attest === 'none' ? [] : [`requests of trunk ${name} that go on are signed with attestation ${attest}`],
    ),
  ]
}
