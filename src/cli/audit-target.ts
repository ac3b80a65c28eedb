import { existsSync } from 'node:fs'
import { type DescribedTarget, resolved } from '../audit/described.ts'
import { foreignAddresses } from '../audit/ownership.ts'
import { readSecret, readText } from '../audit/secrets.ts'
import type { Account, Target } from '../audit/target.ts'
import { readAddress } from '../audit/target-address.ts'
import { loadTargetFile } from '../audit/target-file.ts'
import { AspisError } from '../base/errors.ts'
import type { CliContext } from './context.ts'

/** Flags that describe a target on the command line. */
export interface TargetFlags {
  readonly domain?: string
  readonly account?: readonly string[]
  readonly knownUser?: string
  readonly udpPort?: number
  readonly tcpPort?: number
  readonly tlsPort?: number
  readonly wsPort?: number
  readonly wssPort?: number
  readonly ca?: string
  readonly iOwnThisTarget: boolean
}

/** What flags and TARGET describe. @throws AspisError when they make no sense */
export async function describedTarget(
  context: CliContext,
  written: string,
  flags: TargetFlags,
): Promise<DescribedTarget> {
  const { env, cwd } = context.process
  const isFile = /\.ya?ml$/i.test(written) || existsSync(written)
  const described = isFile ? loadTargetFile(written, env) : fromAddress(written)
  const accounts = await readAccounts(context, flags.account ?? [], { environment: env, folder: cwd() })
  const { rest } = described
  const ports = {
    ...rest.ports,
    ...(flags.udpPort === undefined ? {} : { UDP: flags.udpPort }),
    ...(flags.tcpPort === undefined ? {} : { TCP: flags.tcpPort }),
    ...(flags.tlsPort === undefined ? {} : { TLS: flags.tlsPort }),
    ...(flags.wsPort === undefined ? {} : { WS: flags.wsPort }),
    ...(flags.wssPort === undefined ? {} : { WSS: flags.wssPort }),
  }
  return {
    ...described,
    rest: {
      ...rest,
      ports,
      accounts: [...rest.accounts, ...accounts],
      ...(flags.domain === undefined ? {} : { domain: flags.domain }),
      ...(flags.knownUser === undefined ? {} : { knownUser: flags.knownUser }),
      ...(flags.ca === undefined ? {} : { ca: certificates(flags.ca, cwd()) }),
    },
  }
}

function fromAddress(written: string): DescribedTarget {
  const address = readAddress(written)
  if (!address.ok) throw new AspisError('ERR_ASPIS_USAGE_TARGET', address.error)
  const { host, ports, isUsual } = address.value
  return { host, isUsual, rest: { domain: host, ports, accounts: [] } }
}

function certificates(path: string, folder: string): string {
  const read = readText(path, folder)
  if (read.ok) return read.value
  throw new AspisError('ERR_ASPIS_USAGE_FILE', read.error)
}

/** `alice:password`, `alice:env:NAME`, `alice:file:PATH`; `-` reads such lines from standard input. */
async function readAccounts(
  context: CliContext,
  written: readonly string[],
  places: Parameters<typeof readSecret>[1],
): Promise<readonly Account[]> {
  const fromInput = written.includes('-') ? await inputLines(context) : []
  return [...written.filter(each => each !== '-'), ...fromInput].map(each => {
    const colon = each.indexOf(':')
    const user = each.slice(0, Math.max(0, colon))
    if (colon < 1 || colon === each.length - 1) {
      const shown = colon < 1 ? 'an account without a user' : `the account of ${user} without a password`
      throw new AspisError('ERR_ASPIS_USAGE_ACCOUNT', `${shown}: write user:password or user:env:NAME`)
    }
    const secret = readSecret(each.slice(colon + 1), places)
    if (!secret.ok) throw new AspisError('ERR_ASPIS_USAGE_ACCOUNT', `the account of ${user}: ${secret.error}`)
    return { user, password: secret.value }
  })
}

async function inputLines(context: CliContext): Promise<readonly string[]> {
  let text = ''
  context.process.stdin.setEncoding('utf8')
  for await (const part of context.process.stdin) {
    text += part
    if (text.length > 65_536) break
  }
  return text.split(/\r?\n/).filter(line => line !== '')
}

/** Finds its address and sees that it is one's own to attack. @throws AspisError when it is not, or nobody knows it */
export async function ownTarget(described: DescribedTarget, flags: TargetFlags): Promise<Target> {
  const target = await resolved(described)
  if (!target.ok) throw new AspisError('ERR_ASPIS_AUDIT_UNREACHABLE', target.error)
  if (flags.iOwnThisTarget) return target.value
  const foreign = await foreignAddresses(target.value)
  if (foreign.length === 0) return target.value
  throw new AspisError(
    'ERR_ASPIS_USAGE_TARGET',
    `${foreign.join(', ')} is neither loopback nor private: say --i-own-this-target if it is yours, or its owner agreed`,
  )
}
