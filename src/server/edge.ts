import { performance } from 'node:perf_hooks'
import { Deadlines } from '../base/deadlines.ts'
import { AspisError } from '../base/errors.ts'
import type { Flow } from '../base/flow.ts'
import { type Listener, openTransports, type Transports } from '../net/transports.ts'
import { StreamFramer } from '../sip/transport/framing.ts'
import { openStore } from '../store/open-store.ts'
import type { Store } from '../store/store.ts'
import type { Aaa } from './aaa/aaa.ts'
import { openAaa } from './aaa/open-aaa.ts'
import { Admission } from './admission/admission.ts'
import type { Config } from './config/config.ts'
import { storeOptions } from './config/store-options.ts'
import { assembleCore } from './core/assemble.ts'
import { buildCore, type CoreGround } from './core/build.ts'
import type { Core } from './core/core.ts'
import { CoreEvents } from './core/events.ts'
import { FlowNames, FlowTable } from './core/flows.ts'
import { loadKeys } from './core/keys.ts'
import { localAddressFor } from './core/local-address.ts'
import { makeLocate } from './core/locating.ts'
import { ownAddresses } from './core/own-addresses.ts'
import { type ReferGround, tokenMemory } from './core/refer.ts'
import { type CoreSettings, domainsOf } from './core/settings.ts'
import { transportCallbacks } from './core/transport-callbacks.ts'
import { TransportOutbox } from './core/transport-outbox.ts'
import { datagramsOf } from './datagrams.ts'
import { closesBanned } from './detect/close-banned.ts'
import { Detection, detectorSettings } from './detect/detection.ts'
import { registerEnforcerMetrics } from './detect/enforcer-metrics.ts'
import { Exemptions } from './detect/exemptions.ts'
import type { FlowFriend } from './detect/flow-friend.ts'
import { type Outputs, openOutputs } from './detect/outputs/outputs.ts'
import { reportFindings, sourceNameOf } from './detect/report-findings.ts'
import type { ResponsePort } from './detect/response-port.ts'
import { registerGauges } from './gauges.ts'
import type { SignedIdentities } from './identity/identity.ts'
import { IdentityWorks } from './identity/open.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'
import { Neighbours } from './neighbours.ts'
import { nodeOf } from './node-number.ts'
import { affordableConnections, openFileLimit } from './open-files.ts'
import { userAuthorities } from './pki/user-authorities.ts'
import type { CallHook } from './policy/hook.ts'
import type { CallLedger } from './policy/ledger.ts'
import { LedgerKeeper } from './policy/ledger-keeper.ts'
import { Pump } from './pump.ts'
import { tlsOptions } from './tls-options.ts'
import { TurnClock } from './turn-clock.ts'
import { Upkeep } from './upkeep.ts'
import type { Peers } from './workers/peers.ts'

/** What the edge is given. */
export interface EdgeParts {
  readonly log: Log
  readonly metrics: Metrics
  /** An open store, or undefined: the one of the configuration is opened. */
  readonly store?: Store
  /** What follows from findings; absent: they are told, and nothing follows. */
  /** Where findings are written to; those of the configuration are opened when left out. */
  readonly outputs?: Outputs
  readonly responses?: ResponsePort | undefined
  /** Who may tell the kernel whom to let pass. */
  readonly friend?: FlowFriend | undefined
  /** Present in one of several processes that serve the same addresses. */
  readonly worker?: WorkerSeat
  /** Asked about every call that the rules let through; it may refuse. */
  readonly mayCall?: CallHook
}

/** The place of a process among those that serve the same addresses. */
export interface WorkerSeat {
  readonly number: number
  /** Processes in all. */
  readonly count: number
  /** Where to listen: with the ports that the first one was given. */
  readonly listen: readonly Listener[]
  readonly peers: Peers
  readonly ledger: CallLedger
}

/** A running server. */
export interface Edge {
  /** Bound addresses, in the order of the configuration. */
  readonly listeners: readonly Listener[]
  readonly store: Store
  /** Why it is not ready to serve; empty when it is. */
  notReady(): readonly string[]
  /**
   * Takes over a configuration: domains, rules, trunks, digest, certificates; connections stay.
   * @throws AspisError when it cannot be taken over; the old one then stays in force
   */
  reload(config: Config): Promise<void>
  /**
   * Refuses what is new with 503, and waits for what runs.
   * @param limitMs at most so long, in ms
   */
  drain(limitMs: number): Promise<void>
  close(): Promise<void>
}

/**
 * Opens the store and the listeners, and serves.
 * @throws AspisError when the store, a certificate or a port cannot be used
 */
export async function startEdge(config: Config, parts: EdgeParts): Promise<Edge> {
  const store = parts.store ?? (await openStore(storeOptions(config), Date.now()))
  try {
    return await RunningEdge.start(config, parts, store)
  } catch (error) {
    if (parts.store === undefined) await store.close()
    throw error
  }
}

const DRAIN_POLL_MS = 100

class RunningEdge implements Edge {
  readonly store: Store
  readonly #parts: EdgeParts
  readonly #deadlines = new Deadlines()
  // Of the module: the global of that name is an accessor.
  readonly #clock = new TurnClock(() => performance.now())
  readonly #pump = new Pump(this.#deadlines, this.#clock.nowMs)
  readonly #flows = new FlowTable(remote => this.#transports?.datagramFlow(remote))
  readonly #flowNames = new FlowNames()
  readonly #events: CoreEvents
  readonly #admission: Admission
  readonly #upkeep: Upkeep
  readonly #identityWorks: IdentityWorks
  readonly #detection: Detection
  readonly #outputs: Outputs
  #exemptions: Exemptions
  #identities: SignedIdentities | undefined
  /** Undefined in a worker, where the primary counts. */
  readonly #keeper: LedgerKeeper | undefined
  #config: Config
  #transports: Transports | undefined
  #ground: CoreGround | undefined
  #keys: Awaited<ReturnType<typeof loadKeys>> | undefined
  #neighbours: Neighbours
  #refer: ReferGround
  #core: Core | undefined
  #aaa: Aaa | undefined
  #isDraining = false

  private constructor(config: Config, parts: EdgeParts, store: Store) {
    this.#config = config
    this.#parts = parts
    this.store = store
    this.#events = new CoreEvents(parts.metrics, parts.log)
    this.#neighbours = new Neighbours(config)
    this.#admission = new Admission(config, {
      log: parts.log,
      metrics: parts.metrics,
      deadlines: this.#deadlines,
      nowMs: this.#clock.nowMs,
      trunkOf: flow => this.#neighbours.trunkOf(flow),
      listener: {
        limited: (ip, messages, why) =>
          this.#detection.sensor.seeFrom(ip, 'udp', { kind: 'limited', messages, why }),
        strained: (what, value) =>
          this.#detection.sensor.seeFrom('0.0.0.0', 'udp', { kind: 'strain', what, value }),
      },
    })
    const { responses } = parts
    this.#admission.police = responses?.enforcer
    this.#events.loggedIn = (flow, user) => {
      this.#admission.loggedIn(flow)
      responses?.onLogin(sourceNameOf(flow), user)
    }
    this.#refer = { authorities: userAuthorities(config, Date.now()), used: tokenMemory(Date.now()) }
    this.#identityWorks = new IdentityWorks(parts.metrics, parts.log, () => this.#events.sensor)
    this.#upkeep = new Upkeep({ store, log: parts.log })
    this.#exemptions = new Exemptions(config)
    this.#detection = new Detection({
      ...{ log: parts.log, metrics: parts.metrics, nowMs: this.#clock.nowMs },
      settings: detectorSettings(config.detection),
      known: {
        trunkOf: ip => this.#neighbours.trunkOfAddress(ip),
        isAllowed: ip => this.#exemptions.of(ip) === 'allow-list',
      },
      trunkOf: flow => this.#neighbours.trunkOf(flow)?.name,
    })
    this.#outputs =
      parts.outputs ??
      openOutputs(config, { log: parts.log, metrics: parts.metrics, worker: parts.worker?.number })
    this.#detection.sensor.outputs = this.#outputs
    this.#detection.onFinding(finding => this.#outputs.finding(finding))
    if (responses !== undefined) {
      reportFindings(this.#detection, responses)
      registerEnforcerMetrics(parts.metrics, responses.enforcer)
    }
    this.#events.sensor = config.detection.mode === 'off' ? undefined : this.#detection.sensor
    if (parts.worker === undefined) this.#keeper = new LedgerKeeper(config, parts.log, parts.metrics)
  }

  static async start(config: Config, parts: EdgeParts, store: Store): Promise<RunningEdge> {
    const edge = new RunningEdge(config, parts, store)
    await edge.#open()
    return edge
  }

  get listeners(): readonly Listener[] {
    return this.#transports?.listeners ?? []
  }

  notReady(): readonly string[] {
    const reasons: string[] = []
    if (this.#core === undefined) reasons.push('starting')
    if (this.#isDraining) reasons.push('draining')
    if (!this.store.healthy()) reasons.push('storage')
    return reasons
  }

  async reload(config: Config): Promise<void> {
    const { store } = this
    if (JSON.stringify(config.listen) !== JSON.stringify(this.#config.listen)) {
      throw new AspisError('ERR_ASPIS_RELOAD', 'listen: listeners change with a restart only')
    }
    // Everything that can fail comes before the first thing that changes.
    const tls = tlsOptions(config, Date.now(), this.#keys?.tlsTickets)
    const neighbours = new Neighbours(config)
    const authorities = userAuthorities(config, Date.now())
    const identities = this.#identityWorks.make(config, neighbours)
    await store.refreshIfChanged()
    const aaa = this.#aaaOf(config)
    if (this.#parts.outputs === undefined) this.#outputs.configure(config.detection.outputs)
    this.#transports?.reloadTls(tls)
    this.#aaa = aaa
    this.#config = config
    this.#neighbours = neighbours
    this.#admission.configure(config)
    this.#exemptions = new Exemptions(config)
    this.#detection.configure(detectorSettings(config.detection))
    this.#events.sensor = config.detection.mode === 'off' ? undefined : this.#detection.sensor
    this.#refer = { ...this.#refer, authorities }
    this.#identities = identities
    this.#keeper?.configure(config)
    this.#core?.replaceParts(buildCore(this.#groundOrFail(), this.#settings()))
  }

  async drain(limitMs: number): Promise<void> {
    this.#isDraining = true
    if (this.#core !== undefined) this.#core.isDraining = true
    const { nowMs } = this.#clock
    const untilMs = nowMs() + limitMs
    while (nowMs() < untilMs && this.#isBusy())
      await new Promise(resolve => setTimeout(resolve, DRAIN_POLL_MS))
  }

  async close(): Promise<void> {
    this.#upkeep.stop()
    this.#detection.stop()
    this.#admission.stop()
    await this.#keeper?.close()
    await this.#aaa?.close()
    await this.#transports?.close()
    this.#ground?.layer.close()
    this.#pump.stop()
    if (this.#parts.outputs === undefined) await this.#outputs.close()
    await this.store.close()
  }

  /** A transaction that only waits for retransmissions holds nobody up. */
  #isBusy(): boolean {
    return this.#core !== undefined && this.#core.running + this.#core.calls.count > 0
  }

  async #open(): Promise<void> {
    const config = this.#config
    const { worker } = this.#parts
    this.#keys = await loadKeys(this.store.meta, nodeOf(config.data), worker?.number)
    this.#aaa = this.#aaaOf(config)
    this.#identities = this.#identityWorks.make(config, this.#neighbours)
    const callbacks = transportCallbacks({
      core: () => this.#core,
      clock: this.#clock,
      flows: this.#flows,
      location: this.store.location,
      events: this.#events,
      metrics: this.#parts.metrics,
      admission: this.#admission,
    })
    const datagrams = datagramsOf(config)
    const transports = await openTransports(
      {
        makeDatagramTransport: datagrams.make,
        listen: worker?.listen ?? listenersOf(config),
        reusePort: worker !== undefined,
        deadlines: this.#deadlines,
        nowMs: this.#clock.nowMs,
        makeFramer: () => new StreamFramer(),
        tls: tlsOptions(config, Date.now(), this.#keys.tlsTickets),
        webSockets: { allowedOrigins: webOrigins(config) },
        limits: {
          maxConnections: this.#maxConnections(config.limits.maxConnections),
          maxConnectionsPerSource: config.limits.maxConnectionsPerSource,
        },
      },
      worker?.peers.routed(callbacks) ?? callbacks,
    )
    this.#transports = transports
    worker?.peers.use({ core: () => this.#core, transports: () => this.#transports, flows: this.#flows })
    this.#parts.log.info('datagrams', {
      by: datagrams.kind,
      ...(datagrams.why === undefined ? {} : { why: datagrams.why }),
    })
    const outbox = new TransportOutbox(transports, {
      localAddressFor: localAddressFor(),
      advertisedHost: () => this.#config.advertise?.host,
      completed: (text, flow) => this.#admission.neighbours?.answered(text, flow) ?? text,
      isKnownPeer: flow => this.#neighbours.trunkOf(flow) !== undefined,
      friend: this.#parts.friend,
    })
    const { core, layer, ground } = assembleCore(
      {
        config: { timers: config.timers, limits: shareOf(config.limits, worker) },
        deadlines: this.#deadlines,
        outbox,
        events: this.#events,
        digestKeys: this.#keys.digest,
        nowMs: this.#clock.nowMs,
        wallMs: Date.now,
        companions: worker?.peers,
        friend: this.#parts.friend,
        overload: this.#admission.overload,
        neighbourControl: () => this.#admission.neighbours,
        accountRates: this.#admission.accountRates,
        strangerAnswers: this.#admission.strangerAnswers,
        mayCall: this.#parts.mayCall,
        ledger: worker?.ledger ?? this.#keeper?.ledger,
        locate: makeLocate(config, transports, this.#clock.nowMs, this.#events, this.#parts.metrics),
      },
      this.#settings(),
    )
    this.#ground = ground
    this.#core = core
    worker?.peers.share(ground.digestState.guessing)
    worker?.peers.shareTokens(this.#refer.used)
    if (worker !== undefined) this.#identityWorks.shareUsed(used => worker.peers.sharePassports(used))
    registerGauges(this.#parts.metrics, { transports, layer, store: this.store, core })
    this.#parts.responses?.enforcer.bans.listen(closesBanned(transports, flow => this.#isTrunk(flow)))
    this.#admission.start(() => transports.stats().datagrams)
    this.#pump.start()
    this.#upkeep.start()
    this.#detection.start()
  }

  #isTrunk(flow: Flow): boolean {
    return this.#neighbours.trunkOf(flow) !== undefined
  }

  #maxConnections(wanted: number): number {
    const openFiles = openFileLimit()
    const connections = affordableConnections(wanted, openFiles)
    if (openFiles !== undefined && connections < wanted)
      this.#parts.log.warn('connections-limited', { connections, wanted, openFiles })
    return connections
  }

  #settings(): CoreSettings {
    const config = this.#config
    const keys = this.#keys
    if (keys === undefined) throw new AspisError('ERR_ASPIS_EDGE_STATE', 'the keys are not loaded')
    return {
      config,
      domains: domainsOf(config),
      stores: { location: this.store.location, credentials: this.store.credentials },
      aaa: this.#aaa,
      keys,
      neighbours: this.#neighbours,
      own: ownAddresses(this.listeners, config.advertise?.host),
      flows: this.#flows,
      flowNames: this.#flowNames,
      refer: this.#refer,
      identity: this.#identities,
      enforcer: this.#parts.responses?.enforcer,
    }
  }

  /** AAA by a configuration: a new one, or the running one changed. */
  #aaaOf(config: Config): Aaa | undefined {
    const { log, metrics, worker } = this.#parts
    const ground = {
      deadlines: this.#deadlines,
      nowMs: this.#clock.nowMs,
      store: this.store,
      log,
      metrics,
      worker: worker?.number,
      sensor: () => this.#events.sensor,
    }
    return openAaa(config, this.#aaa, ground)
  }

  #groundOrFail(): CoreGround {
    if (this.#ground === undefined) throw new AspisError('ERR_ASPIS_EDGE_STATE', 'the edge is not open')
    return this.#ground
  }
}

/** Where a configuration listens. */
export function listenersOf(config: Pick<Config, 'listen'>): Listener[] {
  return config.listen.map(({ transport, ip, port }) => ({ transport, address: { ip, port } }))
}

/** Memory for transactions is bounded over all processes. */
function shareOf(limits: Config['limits'], worker: WorkerSeat | undefined): Config['limits'] {
  return worker === undefined
    ? limits
    : { ...limits, maxTransactions: Math.ceil(limits.maxTransactions / worker.count) }
}

/** Origins of the pages that may open a WebSocket: those that are configured, or else of the served domains. */
export function webOrigins(config: Config): readonly string[] {
  if (config.wsOrigins.length > 0) return config.wsOrigins
  return config.domains.flatMap(({ name }) => [`https://${name}`, `https://www.${name}`])
}
