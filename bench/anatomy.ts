import { mkdirSync, rmSync } from 'node:fs'
import { startAspis } from './harness/aspis.ts'
import { type Ground, LOAD_CPU, SERVER_CPU } from './harness/ground.ts'
import { numbersOf } from './harness/load.ts'
import { stopChild } from './harness/server.ts'
import { accountOf, knownTimeOf } from './profile/account.ts'
import { type Hot, readProfiles, splitOf } from './profile/profile.ts'
import { type Contestant, loadFor, medianOf, type Turn, takeTurns, warmUp } from './turns.ts'

/** Where the time of a call goes, and the least that any server could take. */
export interface Anatomy {
  readonly what: string
  /** CPU time of a call without the profiler, in µs. */
  readonly callUs: number
  readonly messagesPerCall: number
  /** Part of it that the kernel took, by its own account. */
  readonly kernelShare: number
  /** Share of each room, the largest first. */
  readonly rooms: readonly { readonly room: string; readonly share: number }[]
  /** The functions that took most themselves. */
  readonly functions: readonly (Hot & { readonly share: number })[]
  /** One datagram of 600 octets in and out by the raw echo in C, in µs. */
  readonly echoUs: number
  /** What the datagrams of a call cost the raw echo: nothing that looks at them can be cheaper. */
  readonly floorUs: number
}

/** How it is measured. */
export interface AnatomyPlan {
  readonly reps: number
  readonly isQuick: boolean
}

type Name = 'plain' | 'profiled'

const MOST_FUNCTIONS = 25

/** Profiles calls with and without digest, and measures the floor in the same run. */
export async function measureAnatomy(ground: Ground, plan: AnatomyPlan): Promise<readonly Anatomy[]> {
  const before = await rawEcho(ground)
  const calls = await anatomyOf(ground, plan, 'call', false)
  const digest = await anatomyOf(ground, plan, 'call with digest', true)
  const echoUs = Math.min(before, await rawEcho(ground))
  return [calls, digest].map(each => ({ ...each, echoUs, floorUs: (each.messagesPerCall / 2) * echoUs }))
}

async function anatomyOf(
  ground: Ground,
  plan: AnatomyPlan,
  what: string,
  isDigest: boolean,
): Promise<Omit<Anatomy, 'echoUs' | 'floorUs'>> {
  const profileFolder = ground.path('anatomy')
  rmSync(profileFolder, { recursive: true, force: true })
  mkdirSync(profileFolder)
  const load = loadFor('invite', plan.isQuick)
  const setup = { isDigest, datagrams: 'native' } as const
  const contestants: Contestant<Name>[] = []
  const turns: Turn<Name>[] = []
  try {
    contestants.push({ name: 'plain', load, server: await startAspis(ground, { ...setup, port: 5070 }) })
    const server = await startAspis(ground, { ...setup, port: 5080, profileFolder })
    contestants.push({ name: 'profiled', load, server })
    await warmUp(ground, contestants, plan.isQuick)
    for await (const turn of takeTurns(ground, contestants, plan.reps)) turns.push(turn)
  } finally {
    for (const { server } of contestants) await server.stop()
  }
  const windows = turns.filter(each => each.name === 'profiled')
  const { rooms, functions } = accountOf(splitOf(readProfiles(profileFolder), windows), knownTimeOf(windows))
  return {
    what,
    callUs: medianOf(turns, 'plain', each => each.cpuUs),
    messagesPerCall: medianOf(turns, 'plain', each => each.messagesPerCall),
    kernelShare: medianOf(turns, 'plain', each => each.kernelShare),
    rooms,
    functions: functions.slice(0, MOST_FUNCTIONS),
  }
}

const ECHO_PORT = '7777'
const ECHO_SECONDS = '3'

/** CPU time in µs for one datagram in and out, by a server in C that does nothing with it. */
async function rawEcho(ground: Ground): Promise<number> {
  const echo = ground.start(SERVER_CPU, [ground.program('udp/udpecho.c'), ECHO_PORT, 'mmsg'])
  try {
    const generator = ground.program('udp/udpgen.c')
    const [octets, window, sockets] = ['600', '32', '8']
    const args = ['127.0.0.1', ECHO_PORT, octets, window, sockets, ECHO_SECONDS, String(echo.pid), 'echo']
    const { out, errors } = await ground.run(LOAD_CPU, [generator, ...args])
    const us = numbersOf(JSON.parse(out)).cpu_us_per_pkt
    if (us === undefined || us === 0) throw new Error(`the raw echo gave no figure: ${out}${errors}`)
    return us
  } finally {
    await stopChild(echo)
  }
}
