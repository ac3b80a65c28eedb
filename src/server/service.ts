import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { AspisError } from '../base/errors.ts'
import type { Secret } from '../base/secret.ts'
import { openStore } from '../store/open-store.ts'
import type { Store } from '../store/store.ts'
import { type AccountName, makeAccount, strongPassword } from './admin/accounts.ts'
import { type Admin, startAdmin } from './admin/admin.ts'
import { ensureAdminToken } from './admin/token.ts'
import type { Config } from './config/config.ts'
import { checkMachine } from './config/machine.ts'
import { printConfig } from './config/print.ts'
import { ConfigError, type Problem } from './config/problem.ts'
import type { ConfigSource } from './config/source.ts'
import { storeOptions } from './config/store-options.ts'
import type { KernelLane } from './detect/kernel-lane.ts'
import { kernelPlan, openKernelLane } from './detect/kernel-open.ts'
import { type Outputs, openOutputs } from './detect/outputs/outputs.ts'
import { createResponder, type Responses } from './detect/responses.ts'
import { type Edge, startEdge, webOrigins } from './edge.ts'
import { lockFolder } from './folder-lock.ts'
import { type Publisher, startPublisher } from './identity/publish.ts'
import type { Log } from './log.ts'
import { Metrics } from './metrics.ts'
import { pkiFiles } from './pki/authority.ts'
import { loadCredentials } from './pki/credentials.ts'
import { registerProcessMetrics } from './process-metrics.ts'
import type { WorkersEdge } from './workers/workers.ts'

/** What a service is started with. */
export interface ServiceOptions {
  readonly config: Config
  /** For the places of problems; absent for the default of the local machine. */
  readonly source?: ConfigSource
  readonly log: Log
  /**
   * Reads the configuration again.
   * @throws ConfigError
   */
  readonly readAgain: () => { readonly config: Config; readonly source?: ConfigSource }
}

/** The first user of a new server; the password is told once. */
export interface FirstUser extends AccountName {
  readonly password: Secret
}

/** Edge, admin interface and storage, running. */
export interface Service {
  readonly edge: Edge
  readonly config: Config
  readonly admin: Admin | undefined
  /** Present when this start made it. */
  readonly firstUser: FirstUser | undefined
  readonly userCount: number
  /** @returns why not, or undefined; the old configuration then stays */
  reload(): Promise<string | undefined>
  /** Refuses new work; calls in progress go on for at most `limitMs`, or until `hurry`. */
  drain(limitMs: number, hurry: Promise<void>): Promise<void>
  close(): Promise<void>
}

const FIRST_USER = 'alice'
/** Our own certificate is looked at so often; it is renewed when a third of its life is left. */
const CERTIFICATE_ROUND_MS = 24 * 60 * 60 * 1000

/**
 * Starts everything.
 * @throws ConfigError with every reason that this machine gives; AspisError when something cannot be opened
 */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { config, log } = options
  await refuseUnfit(config, options.source, { ports: true })
  const metrics = new Metrics()
  const state: {
    edge?: Edge
    workers?: WorkersEdge
    publisher?: Publisher | undefined
    lane?: KernelLane | undefined
    responses?: Responses
    outputs?: Outputs
    config: Config
  } = {
    config,
  }
  registerProcessMetrics(metrics, log)
  registerSettingMetrics(metrics, () => state.config)
  const lock = lockFolder(config.data)
  const closing: (() => Promise<void> | void)[] = [() => lock.release()]
  try {
    const store = await openStore(storeOptions(config), Date.now())
    closing.unshift(() => store.close())
    if (store.cutBytes > 0) log.warn('storage-cut', { bytes: store.cutBytes })
    const firstUser = await ensureFirstUser(config, store)
    const reload = makeReload(options, state, metrics)
    const notReady = () => state.edge?.notReady() ?? ['starting']
    const admin = await openAdmin(config, {
      notReady,
      metrics: () => state.workers?.printMetrics() ?? metrics.print(),
      configText: () => printConfig(state.config),
      responses: () => state.responses,
      reload,
    })
    if (admin !== undefined) closing.unshift(() => admin.close())
    const responses = createResponder(config, { log, metrics, location: store.location })
    closing.unshift(() => responses.close())
    const outputs = openOutputs(config, { log, metrics, worker: undefined })
    closing.unshift(() => outputs.close())
    outputs.follow(responses)
    state.outputs = outputs
    state.responses = responses
    const lane = await openKernelLane(config, log, metrics)
    closing.unshift(async () => await lane?.close())
    state.lane = lane
    if (lane !== undefined) responses.enforcer.bans.listen(lane)
    if (config.workers > 1) {
      const { startWorkers } = await import('./workers/workers.ts')
      state.workers = await startWorkers(config, { log, metrics, store, friend: lane, responses })
    }
    state.publisher = await startPublisher(config)
    closing.unshift(async () => await state.publisher?.close())
    const edge =
      state.workers ?? (await startEdge(config, { log, metrics, store, friend: lane, responses, outputs }))
    state.edge = edge
    const round = setInterval(() => void reload(), CERTIFICATE_ROUND_MS)
    round.unref()
    return {
      edge,
      get config() {
        return state.config
      },
      admin,
      firstUser,
      userCount: store.credentials.count(),
      reload,
      drain: (limitMs, hurry) => Promise.race([edge.drain(limitMs), hurry]),
      close: async () => {
        clearInterval(round)
        await lane?.close()
        await edge.close()
        await responses.close()
        await outputs.close()
        await state.publisher?.close()
        await admin?.close()
        lock.release()
      },
    }
  } catch (error) {
    for (const close of closing) await close()
    throw error
  }
}

async function refuseUnfit(
  config: Config,
  source: ConfigSource | undefined,
  options: { ports: boolean },
): Promise<void> {
  const problems = await checkMachine(config, source, { nowMs: Date.now(), dns: false, ...options })
  const errors = problems.filter((problem: Problem) => problem.severity === 'error')
  if (errors.length > 0) throw new ConfigError(errors)
}

/** Only a server that nobody configured gets a user by itself; `aspis init` made one for the others. */
async function ensureFirstUser(config: Config, store: Store): Promise<FirstUser | undefined> {
  const [domain] = config.domains
  if (config.file !== undefined || domain === undefined || store.credentials.count() > 0) return undefined
  const name = { user: FIRST_USER, domain: domain.name }
  const password = strongPassword()
  await store.credentials.put(makeAccount(config, name, password, { md5: false }))
  return { ...name, password }
}

async function openAdmin(
  config: Config,
  source: Parameters<typeof startAdmin>[0]['source'],
): Promise<Admin | undefined> {
  if (config.admin === undefined) return undefined
  const token = ensureAdminToken(config.data)
  if (!config.admin.isSecure) return startAdmin({ listen: config.admin, token, source })
  const { key, cert } = loadCredentials(config, Date.now())
  return startAdmin({ listen: config.admin, token, source, credentials: { key, cert } })
}

/** One reload at a time: a second one waits, and then reads what is there by then. */
function makeReload(
  options: ServiceOptions,
  state: {
    edge?: Edge
    publisher?: Publisher | undefined
    lane?: KernelLane | undefined
    responses?: Responses
    outputs?: Outputs
    config: Config
  },
  metrics: Metrics,
): () => Promise<string | undefined> {
  const { log } = options
  const results = metrics.counters('aspis_reloads_total', 'Reloads, by result.', 'result', [
    'taken',
    'refused',
  ])
  let last: Promise<unknown> = Promise.resolve()
  const once = async (): Promise<string | undefined> => {
    try {
      const { config, source } = options.readAgain()
      refuseFixed(state.config, config)
      await refuseUnfit(config, source, { ports: false })
      const late = lateSettings(state.config, config)
      if (late.length > 0) log.warn('reload-needs-restart', { settings: late })
      await state.edge?.reload(config)
      state.outputs?.configure(config.detection.outputs)
      state.publisher?.reload(config)
      state.lane?.reload(kernelPlan(config))
      state.responses?.configure(config)
      state.config = config
      log.setLevel(config.log.level)
      results.add('taken')
      log.info('reloaded', { insecure: config.insecure.length })
      return undefined
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      results.add('refused')
      log.error('reload-refused', { why })
      return why
    }
  }
  return () => {
    const next = last.then(once)
    last = next
    return next
  }
}

/** What holds a resource since the start, and so cannot change while serving; the edge says the same of `listen`. */
function refuseFixed(old: Config, next: Config): void {
  const fixed = {
    data: old.data === next.data,
    storage: storageText(old) === storageText(next),
    admin: isDeepStrictEqual(old.admin, next.admin),
    'identity.sign.publish': isDeepStrictEqual(old.identity?.sign?.publish, next.identity?.sign?.publish),
  }
  for (const [key, isSame] of Object.entries(fixed)) {
    if (!isSame) throw new AspisError('ERR_ASPIS_RELOAD', `${key}: changes with a restart only`)
  }
}

/** A `Secret` looks the same whatever it holds, so its text is compared. */
function storageText({ storage }: Config): string {
  if (storage.kind === 'sqlite') return storage.kind
  return [storage.kind, storage.url.reveal(), storage.locationUrl?.reveal() ?? '', storage.keyFile].join(' ')
}

/** Settings that are read once, at the start. */
function lateSettings(old: Config, next: Config): string[] {
  const read = (config: Config) => ({
    datagrams: config.datagrams,
    'detection.kernel': config.detection.kernel,
    dns: config.dns,
    // These two follow at once.
    limits: { ...config.limits, maxTargets: 0, maxPendingPerAccount: 0 },
    'log.format': config.log.format,
    'timers.t1': config.timers.t1Ms,
    workers: config.workers,
    // Those of the served domains, when none are written.
    'ws-origins': webOrigins(config),
  })
  const [before, after] = [new Map(Object.entries(read(old))), Object.entries(read(next))]
  return after.filter(([name, value]) => !isDeepStrictEqual(before.get(name), value)).map(([name]) => name)
}

function registerSettingMetrics(metrics: Metrics, config: () => Config): void {
  metrics.gauge(
    'aspis_insecure_settings',
    'Entries under insecure in the configuration.',
    () => config().insecure.length,
  )
  metrics.gauge(
    'aspis_certificate_expires_seconds',
    'When the server certificate ends, in seconds since 1970.',
    () => {
      return certificateEndSeconds(config())
    },
  )
}

function certificateEndSeconds(config: Config): number {
  try {
    const file = config.tls.certificate ?? pkiFiles(config.data).serverCertificate
    return new X509Certificate(readFileSync(file)).validToDate.getTime() / 1000
  } catch {
    // Not made yet, or unreadable, which the start and the reload report.
    return 0
  }
}
