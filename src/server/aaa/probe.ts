import { Deadlines } from '../../base/deadlines.ts'
import { CODE } from '../../mechanisms/aaa/radius/index.ts'
import type { RadiusConfig, RadiusServerConfig } from '../config/aaa.ts'
import type { Config } from '../config/config.ts'
import { radiusCredentials } from './open-aaa.ts'
import { connectRadius } from './radius-links.ts'

/** Whether a server answered, and what stood in the way. */
export interface RadiusProbe {
  readonly label: string
  readonly answered: boolean
  readonly why: string
}

const TICK_MS = 20

/** Asks every RADIUS server of a configuration once whether it is there (Status-Server, RFC 5997). */
export async function probeRadius(config: Config): Promise<RadiusProbe[]> {
  const radius = config.aaa?.radius
  if (radius === undefined) return []
  return await Promise.all(
    [...radius.servers, ...radius.accounting].map(server => probeOne(config, radius, server)),
  )
}

async function probeOne(
  config: Config,
  radius: RadiusConfig,
  server: RadiusServerConfig,
): Promise<RadiusProbe> {
  const { label } = server
  const deadlines = new Deadlines()
  const nowMs = () => performance.now()
  const seen: string[] = []
  const note = (_server: string, why: string): void => {
    seen.push(why)
  }
  const events = { ignored: note, linkFailed: note, sent: () => {}, serverChanged: () => {} }
  const ticking = setInterval(() => deadlines.run(nowMs()), TICK_MS)
  try {
    const credentials = () => radiusCredentials(config, radius)
    const ground = { deadlines, nowMs, environment: process.env, credentials, events }
    const { client, close } = connectRadius(radius, [server], ground)
    const answered = await new Promise<boolean>(done => {
      client.ask(CODE.statusServer, [], outcome => done(outcome.kind === 'answered'))
    })
    close()
    return { label, answered, why: seen.at(-1) ?? '' }
  } catch (error) {
    return { label, answered: false, why: error instanceof Error ? error.message : String(error) }
  } finally {
    clearInterval(ticking)
  }
}
