import { Deadlines } from '../../base/deadlines.ts'
import { RESULT } from '../../mechanisms/aaa/diameter/index.ts'
import { CODE } from '../../mechanisms/aaa/radius/index.ts'
import type { DiameterTls } from '../../net/diameter-stream.ts'
import type { RadiusConfig, RadiusServerConfig } from '../config/aaa.ts'
import type { Config } from '../config/config.ts'
import type { DiameterConfig } from '../config/diameter.ts'
import { connectDiameter } from './diameter-links.ts'
import { diameterTls, radiusCredentials } from './open-aaa.ts'
import { connectRadius } from './radius-links.ts'

/** Whether a server answered, and what stood in the way. */
export interface AaaProbe {
  readonly label: string
  readonly answered: boolean
  readonly why: string
}

const TICK_MS = 20

/** Asks every RADIUS server of a configuration once whether it is there (Status-Server, RFC 5997). */
export async function probeRadius(config: Config): Promise<AaaProbe[]> {
  const radius = config.aaa?.radius
  if (radius === undefined) return []
  return await Promise.all(
    [...radius.servers, ...radius.accounting].map(server => probeOne(config, radius, server)),
  )
}

async function probeOne(config: Config, radius: RadiusConfig, server: RadiusServerConfig): Promise<AaaProbe> {
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

/** Greets every Diameter peer of a configuration once (CER, CEA). */
export async function probeDiameter(config: Config): Promise<AaaProbe[]> {
  const { aaa } = config
  const diameter = aaa?.diameter
  if (aaa === undefined || diameter === undefined) return []
  const { listen: _, ...settings } = diameter
  return await Promise.all(
    diameter.peers.map(async (peer): Promise<AaaProbe> => {
      const label = peer.host
      try {
        return { label, ...(await greet({ ...settings, peers: [peer] }, diameterTls(config, aaa))) }
      } catch (error) {
        return { label, answered: false, why: error instanceof Error ? error.message : String(error) }
      }
    }),
  )
}

const GREETING_MS = 3000

async function greet(
  diameter: DiameterConfig,
  tls: DiameterTls | undefined,
): Promise<{ answered: boolean; why: string }> {
  const deadlines = new Deadlines()
  const nowMs = () => performance.now()
  const ticking = setInterval(() => deadlines.run(nowMs()), TICK_MS)
  let timer: NodeJS.Timeout | undefined
  try {
    return await new Promise(resolve => {
      let isOver = false
      const end = (answered: boolean, why: string): void => {
        if (isOver) return
        isOver = true
        connected.close().then(
          () => resolve({ answered, why }),
          () => resolve({ answered, why }),
        )
      }
      timer = setTimeout(() => end(false, 'no answer'), GREETING_MS)
      const connected = connectDiameter(diameter, diameter.identity, {
        deadlines,
        nowMs,
        wallMs: Date.now,
        tls,
        serve: () => RESULT.unableToComply,
        events: {
          refused: () => {},
          broke: () => {},
          peer: (_peer, what, detail = '') => {
            const isTaken = what === 'closed' || detail === String(RESULT.unableToComply)
            if (what === 'open') end(true, '')
            // A peer has one connection of an identity, and a server of ours may have it.
            else end(false, isTaken ? 'it closed: a server that runs may be connected' : `${what} ${detail}`)
          },
        },
      })
    })
  } finally {
    clearTimeout(timer)
    clearInterval(ticking)
  }
}
