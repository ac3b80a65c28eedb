import assert from 'node:assert/strict'
import type { AskDns, DnsRecord } from '../../src/base/dns-records.ts'
import { Secret } from '../../src/base/secret.ts'
import type { AaaPort } from '../../src/server/aaa/aaa.ts'
import { Admission } from '../../src/server/admission/admission.ts'
import { parseConfig } from '../../src/server/config/load.ts'
import { type AssembledCore, assembleCore } from '../../src/server/core/assemble.ts'
import { CoreEvents } from '../../src/server/core/events.ts'
import { FlowNames, FlowTable, keyOfFlow } from '../../src/server/core/flows.ts'
import { loadKeys } from '../../src/server/core/keys.ts'
import { locateBy } from '../../src/server/core/locating.ts'
import { ownAddresses } from '../../src/server/core/own-addresses.ts'
import { tokenMemory } from '../../src/server/core/refer.ts'
import { type CoreKeys, domainsOf } from '../../src/server/core/settings.ts'
import { TransportOutbox } from '../../src/server/core/transport-outbox.ts'
import { createLog } from '../../src/server/log.ts'
import { Metrics } from '../../src/server/metrics.ts'
import { Neighbours } from '../../src/server/neighbours.ts'
import { makeCredential } from '../../src/store/credentials.ts'
import type { LocationStore } from '../../src/store/location.ts'
import { openStore } from '../../src/store/open-store.ts'
import type { Store } from '../../src/store/store.ts'
import { SimClock } from '../sim/sim-clock.ts'
import { PERFECT, type Quality, SimNetwork } from '../sim/sim-network.ts'
import { SimRandom } from '../sim/sim-random.ts'
import { SimTransports } from './sim-transports.ts'

/** Address of the simulated edge. */
export const EDGE_IP = '192.0.2.1'

/** Wall clock at the start of every simulation. */
export const START_MS = Date.UTC(2030, 0, 1)

/** How a simulated edge is set up; everything left out is at its default. */
export interface SimEdgeOptions {
  /** The line `domains:` of the configuration. */
  readonly domains?: string
  /** Further lines of the configuration. */
  readonly lines?: readonly string[]
  /** Names of users, `alice` or `alice@other.test`; the password is `<name>-password`. */
  readonly users?: readonly string[]
  readonly seed?: number
  readonly quality?: Quality
  /** What DNS knows, by `NAME TYPE`. */
  readonly dns?: Readonly<Record<string, readonly DnsRecord[]>>
  /** DNS answers only after that time, in ms; at once when left out. */
  readonly dnsDelayMs?: number
  /** The location service, as it is to be seen by the core. */
  readonly location?: (store: LocationStore) => LocationStore
  /** With what protects it under load: `sim.admission`. */
  readonly hasAdmission?: boolean
  /** Who is asked about users beyond the store. */
  readonly aaa?: AaaPort
}

/** Password of a user of the simulation. */
export function passwordOf(user: string): Secret {
  return new Secret(`${user}-password`)
}

/**
 * The edge in process: its core, stores in memory, and a network, clock and DNS that are simulated. A whole call
 * takes milliseconds; nothing happens unless `run` lets time pass.
 */
export class SimEdge {
  readonly clock: SimClock
  readonly network: SimNetwork
  readonly store: Store
  readonly flows: FlowTable
  readonly transports: SimTransports
  readonly keys: CoreKeys
  readonly metrics: Metrics
  readonly events: CoreEvents
  readonly assembled: AssembledCore
  /** There where the options ask for it. */
  readonly admission: Admission | undefined
  /** Texts that reached the core. */
  received = 0

  private constructor(parts: {
    options: SimEdgeOptions
    store: Store
    keys: Awaited<ReturnType<typeof loadKeys>>
  }) {
    const { options, store, keys } = parts
    this.clock = new SimClock()
    const random = new SimRandom(options.seed ?? 1)
    this.network = new SimNetwork(this.clock, random, options.quality ?? PERFECT)
    this.store = store
    this.keys = keys
    this.flows = new FlowTable(remote => this.transports.datagramFlow(remote))
    this.metrics = new Metrics()
    const wallMs = (): number => START_MS + this.clock.nowMs()
    const log = createLog({ level: 'error', format: 'text', write: () => {}, nowMs: wallMs })
    this.events = new CoreEvents(this.metrics, log)
    const config = configOf(options)
    const neighbours = new Neighbours(config)
    if (options.hasAdmission === true) {
      const { metrics, events } = this
      const { deadlines } = this.clock
      const admission = new Admission(config, {
        log,
        metrics,
        deadlines,
        nowMs: () => this.clock.nowMs(),
        trunkOf: flow => neighbours.trunkOf(flow),
      })
      events.loggedIn = flow => admission.loggedIn(flow)
      this.admission = admission
    }
    const listeners = config.listen.map(({ transport, ip, port }) => ({ transport, address: { ip, port } }))
    const location = options.location?.(store.location) ?? store.location
    const host = this.network.host(EDGE_IP, (text, flow) => {
      this.received += 1
      this.assembled.core.receive(text, flow)
    })
    this.transports = new SimTransports(host, listeners, {
      onOpened: flow => this.flows.opened(flow),
      onClosed: flow => {
        this.flows.closed(flow)
        void location.dropFlow(keyOfFlow(flow))
      },
    })
    const outbox = new TransportOutbox(this.transports, {
      advertisedHost: () => undefined,
      completed: (text, flow) => this.admission?.neighbours?.answered(text, flow) ?? text,
      localAddressFor: () => EDGE_IP,
      isKnownPeer: flow => neighbours.trunkOf(flow) !== undefined,
    })
    const nowMs = (): number => this.clock.nowMs()
    this.assembled = assembleCore(
      {
        config,
        deadlines: this.clock.deadlines,
        outbox,
        events: this.events,
        digestKeys: keys.digest,
        nowMs,
        wallMs,
        overload: this.admission?.overload,
        neighbourControl: () => this.admission?.neighbours,
        accountRates: this.admission?.accountRates,
        strangerAnswers: this.admission?.strangerAnswers,
        locate: locateBy(() => this.#dns(options), this.transports, nowMs, this.events),
      },
      {
        config,
        domains: domainsOf(config),
        stores: { location, credentials: store.credentials },
        keys,
        neighbours,
        aaa: options.aaa,
        own: ownAddresses(listeners, undefined),
        flows: this.flows,
        flowNames: new FlowNames(),
        refer: { authorities: [], used: tokenMemory(0) },
      },
    )
  }

  /** Opens an edge with its users. */
  static async open(options: SimEdgeOptions = {}): Promise<SimEdge> {
    const store = await openStore({ kind: 'memory' }, START_MS)
    const credentials = (options.users ?? ['alice', 'bob', 'carol']).map(each => {
      const [user = '', domain = 'example.test'] = each.split('@')
      return makeCredential(user, domain, passwordOf(user), { md5: false })
    })
    await store.credentials.put(...credentials)
    return new SimEdge({ options, store, keys: await loadKeys(store.meta, 0) })
  }

  get core(): AssembledCore['core'] {
    return this.assembled.core
  }

  /** Wall clock of the simulation. */
  wallMs(): number {
    return START_MS + this.clock.nowMs()
  }

  /** Lets so much time pass. */
  async run(ms: number): Promise<void> {
    const untilMs = this.clock.nowMs() + ms
    await settle()
    for (let next = this.clock.deadlines.nextMs(); next !== undefined && next <= untilMs; ) {
      this.clock.runUntil(next)
      await settle()
      next = this.clock.deadlines.nextMs()
    }
    this.clock.runUntil(untilMs)
  }

  /** Lets time pass until nothing is set any more, and checks that nothing is left. */
  async runOut(limitMs = 3_600_000): Promise<void> {
    await settle()
    for (let next = this.clock.deadlines.nextMs(); next !== undefined; ) {
      assert.ok(next <= limitMs, `still a deadline at ${next} ms`)
      this.clock.runUntil(next)
      await settle()
      next = this.clock.deadlines.nextMs()
    }
    this.assertNothingLeft()
  }

  /** The law of every run: no transaction and no running request outlives its timers. */
  assertNothingLeft(): void {
    const none = { inviteClient: 0, nonInviteClient: 0, inviteServer: 0, nonInviteServer: 0, sources: 0 }
    assert.deepEqual(this.assembled.layer.counts, none)
    assert.equal(this.core.running, 0)
  }

  /** Value of a counter of the metrics, 0 when it was never counted. */
  count(name: string, label?: string): number {
    const start = label === undefined ? `aspis_${name} ` : `aspis_${name}{`
    for (const line of this.metrics.print().split('\n')) {
      if (!line.startsWith(start)) continue
      if (label === undefined || line.includes(`"${label}"`)) return Number(line.split(' ').at(-1))
    }
    return 0
  }

  /** Texts that the edge sent, lost ones too. */
  sentByEdge(): readonly string[] {
    return this.network.sent.filter(({ from }) => from.ip === EDGE_IP).map(({ text }) => text)
  }

  #dns(options: SimEdgeOptions): AskDns {
    return (name, type) => {
      const records = options.dns?.[`${name} ${type}`]
      const answer =
        records === undefined
          ? ({ kind: 'none' } as const)
          : ({ kind: 'records', records, isLocal: false } as const)
      const delayMs = options.dnsDelayMs
      if (delayMs === undefined) return answer
      return new Promise(resolve => {
        this.clock.deadlines.set(this.clock.nowMs(), delayMs, () => resolve(answer))
      })
    }
  }
}

function configOf(options: SimEdgeOptions): NonNullable<ReturnType<typeof parseConfig>['config']> {
  const text = [
    options.domains ?? 'domains: [example.test]',
    `listen: [udp://${EDGE_IP}:5060, tcp://${EDGE_IP}:5060, tls://${EDGE_IP}:5061]`,
    'data: /nowhere',
    'admin: off',
    ...(options.lines ?? []),
  ].join('\n')
  const loaded = parseConfig(`${text}\n`, '/nowhere/aspis.yaml', {})
  assert.ok(loaded.config, JSON.stringify(loaded.problems))
  return loaded.config
}

/** Everything that waits for a promise runs; no time passes. */
export function settle(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
