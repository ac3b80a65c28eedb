import { readFileSync } from 'node:fs'
import type { Deadlines } from '../../base/deadlines.ts'
import { AspisError } from '../../base/errors.ts'
import { Secret } from '../../base/secret.ts'
import type { DiameterTls } from '../../net/diameter-stream.ts'
import type { Store } from '../../store/store.ts'
import type { AaaConfig, RadiusConfig } from '../config/aaa.ts'
import type { Config } from '../config/config.ts'
import { domainsOf } from '../core/settings.ts'
import type { Sensor } from '../detect/sensor.ts'
import type { Log } from '../log.ts'
import type { Metrics } from '../metrics.ts'
import { loadCredentials } from '../pki/credentials.ts'
import { Aaa } from './aaa.ts'
import { DiameterEvents } from './diameter-events.ts'
import { AaaEvents } from './events.ts'
import { lostRecords } from './lost-records.ts'
import type { RadiusCredentials } from './radius-links.ts'

/** What AAA of a server is opened with. */
export interface AaaGround {
  readonly deadlines: Deadlines
  /** Monotonic, ms. */
  readonly nowMs: () => number
  readonly store: Store
  readonly log: Log
  readonly metrics: Metrics
  /** Number of this process among those that serve the same addresses. */
  readonly worker: number | undefined
  /** Tells the detection of answers that are not believed. */
  readonly sensor: () => Sensor | undefined
}

/** One set of counters for a registry of metrics, however often AAA is opened. */
const EVENTS = new WeakMap<Metrics, { readonly aaa: AaaEvents; readonly diameter: DiameterEvents }>()

/**
 * AAA of a configuration.
 * @param running what runs already: it takes the configuration over, and is closed when that names no AAA
 * @throws AspisError when a secret or certificate cannot be read; what runs then stays as it is
 */
export function openAaa(config: Config, running: Aaa | undefined, ground: AaaGround): Aaa | undefined {
  const { aaa } = config
  if (aaa === undefined) {
    running
      ?.close()
      .catch((error: unknown) => ground.log.error('aaa-close-failed', { error: asError(error) }))
    return undefined
  }
  const domains = domainsOf(config)
  const surroundings = {
    servedDomain: (host: string) => domains.get(host),
    radiusCredentials: (radius: RadiusConfig) => radiusCredentials(config, radius),
    diameterTls: () => diameterTls(config, aaa),
  }
  if (running !== undefined) {
    running.reload(aaa, surroundings)
    return running
  }
  const { deadlines, nowMs, store, log, metrics, worker, sensor } = ground
  const events = EVENTS.get(metrics) ?? {
    aaa: new AaaEvents(metrics, log, sensor),
    diameter: new DiameterEvents(metrics, log, sensor),
  }
  EVENTS.set(metrics, events)
  return new Aaa(aaa, surroundings, {
    deadlines,
    nowMs,
    wallMs: Date.now,
    environment: process.env,
    credentials: store.credentials,
    location: store.location,
    events: events.aaa,
    diameterEvents: events.diameter,
    worker,
    lost: lostRecords(config.data, events.aaa),
  })
}

/** What we show to RADIUS servers and check them against: their own settings, else those of the channel. */
export function radiusCredentials(config: Config, radius: RadiusConfig): RadiusCredentials {
  const own = loadCredentials(config, Date.now())
  return {
    authoritiesPem: radius.ca === undefined ? own.ca : [readPem(radius.ca)],
    certificatePem: radius.certificate === undefined ? own.cert : readPem(radius.certificate),
    keyPem: new Secret(radius.key === undefined ? own.key : readPem(radius.key)),
  }
}

/** The same for Diameter peers, where one is reached by TLS. */
export function diameterTls(config: Config, { diameter }: AaaConfig): DiameterTls | undefined {
  if (diameter === undefined || diameter.peers.every(({ transport }) => transport === 'tcp')) return undefined
  const own = loadCredentials(config, Date.now())
  return {
    authoritiesPem: diameter.ca === undefined ? own.ca : [readPem(diameter.ca)],
    certificatePem: diameter.certificate === undefined ? own.cert : readPem(diameter.certificate),
    keyPem: new Secret(diameter.key === undefined ? own.key : readPem(diameter.key)),
  }
}

function readPem(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
    throw new AspisError('ERR_ASPIS_AAA_FILE', `aaa: ${path}: cannot be read (${code})`)
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
