import { readFileSync } from 'node:fs'
import type { Deadlines } from '../../base/deadlines.ts'
import { AspisError } from '../../base/errors.ts'
import { Secret } from '../../base/secret.ts'
import type { Store } from '../../store/store.ts'
import type { RadiusConfig } from '../config/aaa.ts'
import type { Config } from '../config/config.ts'
import { domainsOf } from '../core/settings.ts'
import type { Log } from '../log.ts'
import type { Metrics } from '../metrics.ts'
import { loadCredentials } from '../pki/credentials.ts'
import { Aaa } from './aaa.ts'
import { AaaEvents } from './events.ts'
import type { RadiusCredentials } from './radius-links.ts'

/** What AAA of a server is opened with. */
export interface AaaGround {
  readonly deadlines: Deadlines
  /** Monotonic, ms. */
  readonly nowMs: () => number
  readonly store: Store
  readonly log: Log
  readonly metrics: Metrics
}

/** One set of counters for a registry of metrics, however often AAA is opened. */
const EVENTS = new WeakMap<Metrics, AaaEvents>()

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
  }
  if (running !== undefined) {
    running.reload(aaa, surroundings)
    return running
  }
  const { deadlines, nowMs, store, log, metrics } = ground
  const events = EVENTS.get(metrics) ?? new AaaEvents(metrics, log)
  EVENTS.set(metrics, events)
  return new Aaa(aaa, surroundings, {
    deadlines,
    nowMs,
    wallMs: Date.now,
    environment: process.env,
    credentials: store.credentials,
    events,
  })
}

/** What we show to RADIUS servers and check them against: their own settings, else those of the channel. */
function radiusCredentials(config: Config, radius: RadiusConfig): RadiusCredentials {
  const own = loadCredentials(config, Date.now())
  return {
    authoritiesPem: radius.ca === undefined ? own.ca : [readPem(radius.ca)],
    certificatePem: radius.certificate === undefined ? own.cert : readPem(radius.certificate),
    keyPem: new Secret(radius.key === undefined ? own.key : readPem(radius.key)),
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
