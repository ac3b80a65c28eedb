import { mkdirSync, rmSync } from 'node:fs'
import { startAspis } from './harness/aspis.ts'
import type { Ground } from './harness/ground.ts'
import { startKamailio } from './harness/kamailio.ts'
import { hasKamailio } from './harness/paths.ts'
import { readProfiles, shareWithin } from './profile/profile.ts'
import { type Contestant, loadFor, medianOf, ratioOf, type Turn, takeTurns, warmUp } from './turns.ts'

/** What a protection costs, by switching it off or by looking where the time goes. */
export interface ProtectionCost {
  readonly name: string
  readonly server: 'aspis' | 'kamailio'
  /** Of a call or a registration without it, in µs of CPU time. */
  readonly withoutUs: number
  readonly withUs: number
  /** What it adds, in percent of what is without it. */
  readonly addsPercent: number
  readonly how: 'switched off' | 'from the profile'
}

/** How protections are measured. */
export interface ProtectionsPlan {
  readonly reps: number
  readonly isQuick: boolean
}

/** Files whose functions, with all that they call, are one protection. */
const WITHIN: readonly { readonly name: string; readonly files: RegExp }[] = [
  { name: 'proof of a dialog', files: /^src\/sip\/proxy\/dialog-proof/ },
  { name: 'loop detection', files: /^src\/sip\/proxy\/loop/ },
  { name: 'verification of digest', files: /^src\/mechanisms\/digest\/verify/ },
  { name: 'bounds of transactions', files: /^src\/sip\/transaction\/half-open/ },
  { name: 'detection', files: /^src\/detect\// },
  { name: 'identity', files: /^src\/mechanisms\/identity\// },
]

type Name = 'open' | 'digest' | 'open-kamailio' | 'digest-kamailio'

/** Measures what each protection adds. */
export async function measureProtections(
  ground: Ground,
  plan: ProtectionsPlan,
): Promise<readonly ProtectionCost[]> {
  const calls = await digestCosts(ground, plan, 'invite', 'digest, a call')
  const registrations = await digestCosts(ground, plan, 'register', 'digest, a REGISTER')
  return [...calls, ...registrations, ...(await profiled(ground, plan))]
}

/** The same work with and without credentials, on both servers, in turns. */
async function digestCosts(
  ground: Ground,
  plan: ProtectionsPlan,
  mode: 'invite' | 'register',
  name: string,
): Promise<readonly ProtectionCost[]> {
  const load = loadFor(mode, plan.isQuick)
  const kamailio = { transport: 'udp', isStateless: false } as const
  const aspis = { datagrams: 'native' } as const
  const contestants: Contestant<Name>[] = []
  try {
    for (const isDigest of [false, true]) {
      const server = await startAspis(ground, { ...aspis, isDigest, port: isDigest ? 5072 : 5070 })
      contestants.push({ name: isDigest ? 'digest' : 'open', load, server })
    }
    for (const isDigest of hasKamailio() ? [false, true] : []) {
      const server = await startKamailio(ground, { ...kamailio, isDigest, port: isDigest ? 5062 : 5060 })
      contestants.push({ name: isDigest ? 'digest-kamailio' : 'open-kamailio', load, server })
    }
    await warmUp(ground, contestants, plan.isQuick)
    const turns: Turn<Name>[] = []
    for await (const turn of takeTurns(ground, contestants, plan.reps)) turns.push(turn)
    const ours = costOf(turns, name, 'aspis', 'digest', 'open')
    return hasKamailio()
      ? [ours, costOf(turns, name, 'kamailio', 'digest-kamailio', 'open-kamailio')]
      : [ours]
  } finally {
    for (const { server } of contestants) await server.stop()
  }
}

function costOf(
  turns: readonly Turn<Name>[],
  name: string,
  server: ProtectionCost['server'],
  on: Name,
  off: Name,
): ProtectionCost {
  return {
    name,
    server,
    withoutUs: medianOf(turns, off, each => each.cpuUs),
    withUs: medianOf(turns, on, each => each.cpuUs),
    addsPercent: (ratioOf(turns, on, off) - 1) * 100,
    how: 'switched off',
  }
}

/** What cannot be switched off: how much of a call's time its functions take, with what they call. */
async function profiled(ground: Ground, plan: ProtectionsPlan): Promise<readonly ProtectionCost[]> {
  const profileFolder = ground.path('protections')
  rmSync(profileFolder, { recursive: true, force: true })
  mkdirSync(profileFolder)
  const load = loadFor('invite', plan.isQuick)
  const server = await startAspis(ground, { port: 5070, isDigest: true, datagrams: 'native', profileFolder })
  const contestants = [{ name: 'profiled', server, load }]
  const turns: Turn<string>[] = []
  try {
    await warmUp(ground, contestants, plan.isQuick)
    for await (const turn of takeTurns(ground, contestants, 1)) turns.push(turn)
  } finally {
    await server.stop()
  }
  const profiles = readProfiles(profileFolder)
  const withUs = medianOf(turns, 'profiled', each => each.cpuUs)
  return WITHIN.flatMap(({ name, files }) => {
    const share = shareWithin(profiles, path => files.test(path))
    if (share === 0) return []
    const withoutUs = withUs * (1 - share)
    const addsPercent = (share / (1 - share)) * 100
    return [
      { name, server: 'aspis' as const, withoutUs, withUs, addsPercent, how: 'from the profile' as const },
    ]
  })
}
