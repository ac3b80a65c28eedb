import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AspisError } from '../../base/errors.ts'
import type { Listener } from '../../net/transports.ts'
import { flowKeyOf } from '../../sip/registrar/flow-token.ts'
import type { Store } from '../../store/store.ts'
import type { Config } from '../config/config.ts'
import type { FlowFriend } from '../detect/flow-friend.ts'
import type { Responses } from '../detect/responses.ts'
import { type Edge, listenersOf } from '../edge.ts'
import type { Log } from '../log.ts'
import { type Counter, type FamilySum, type Metrics, printFamilies, sumFamilies } from '../metrics.ts'
import { nodeOf } from '../node-number.ts'
import { LedgerKeeper } from '../policy/ledger-keeper.ts'
import { tlsOptions } from '../tls-options.ts'
import { Upkeep } from '../upkeep.ts'
import { type FrameReader, KIND } from './frame.ts'
import { awaitHello } from './greeting.ts'
import type { Link, LinkUser } from './link.ts'
import { LocationHub } from './location-hub.ts'
import { branchMark } from './mark.ts'
import { Member } from './member.ts'
import { packConfig } from './packed-config.ts'
import type { FlowFacts } from './remote-flow.ts'
import { obeyLedgerOrder } from './remote-ledger.ts'
import { hearDetection, orderTarget } from './remote-responses.ts'
import { SocketOrder } from './socket-order.ts'
import { PRIMARY_SOCKET } from './worker.ts'

/** What the workers stand on. */
export interface WorkersParts {
  readonly log: Log
  /** Of the primary itself. */
  readonly metrics: Metrics
  readonly store: Store
  /** What follows from the findings of all. */
  readonly responses?: Responses | undefined
  /** Who may tell the kernel whom to let pass. */
  readonly friend?: FlowFriend | undefined
}

/** A server of several processes; this one serves nobody itself. */
export interface WorkersEdge extends Edge {
  /** The metrics of all processes as Prometheus text. */
  printMetrics(): Promise<string>
}

/**
 * Starts the workers of a configuration.
 * @throws AspisError when one of them cannot start
 */
export async function startWorkers(config: Config, parts: WorkersParts): Promise<WorkersEdge> {
  const workers = new Workers(config, parts)
  try {
    await workers.start()
    return workers
  } catch (error) {
    await workers.close()
    throw error
  }
}

const FIRST_PAUSE_MS = 250
const MAX_PAUSE_MS = 30_000
/** Who lived this long did not die of what the one before died of. */
const PROVED_MS = 60_000
/** Deaths in a row that are told as a loop. */
const LOOP_DEATHS = 5
const METRICS_MS = 2000
/** A worker whose event loop does nothing for two of these rounds hangs. */
const ROUND_MS = 10_000
const MAX_MISSES = 2
const RELOAD_MS = 30_000
const CLOSE_MS = 5000
const END_MS = 2000

class Workers implements WorkersEdge {
  readonly store: Store
  readonly #log: Log
  readonly #metrics: Metrics
  readonly #upkeep: Upkeep
  /** Counts the calls of all workers. */
  readonly #keeper: LedgerKeeper
  readonly #hub: LocationHub
  readonly #folder: string
  readonly #token = randomBytes(24).toString('base64url')
  readonly #server: Server
  readonly #members: (Member | undefined)[] = []
  /** Deaths in a row, by number. */
  readonly #deaths: number[] = []
  readonly #incarnations: number[] = []
  readonly #sockets = new SocketOrder()
  readonly #friend: FlowFriend | undefined
  readonly #responses: Responses | undefined
  readonly #restarts: Counter
  /** What counted in workers that are gone. */
  #counted: readonly FamilySum[] = []
  #config: Config
  #listeners: readonly Listener[]
  #round: NodeJS.Timeout | undefined
  #isSteered: boolean | undefined
  #isStarted = false
  #isDraining = false
  #isClosing = false

  constructor(config: Config, { log, metrics, store, friend, responses }: WorkersParts) {
    this.#responses = responses
    this.#friend = friend
    this.store = store
    this.#log = log
    this.#metrics = metrics
    this.#config = config
    this.#listeners = listenersOf(config)
    this.#upkeep = new Upkeep({ store, log })
    this.#keeper = new LedgerKeeper(config, log, metrics)
    if (store.feed === undefined) {
      throw new AspisError('ERR_ASPIS_WORKER', 'only the process that stores can have workers')
    }
    this.#hub = new LocationHub({ location: store.location, feed: store.feed })
    // Made with mode 0700: nobody else can connect to what lies inside.
    this.#folder = mkdtempSync(join(tmpdir(), 'aspis-'))
    this.#server = createServer(socket =>
      awaitHello(socket, this.#token, (worker, link) => this.#joined(worker, link)),
    )
    this.#restarts = metrics.counter(
      'aspis_worker_restarts_total',
      'Workers that died and were started again',
    )
    metrics.gauge('aspis_workers', 'Processes that serve', () => this.#serving().length)
  }

  get listeners(): readonly Listener[] {
    return this.#listeners
  }

  async start(): Promise<void> {
    // Our own authority and certificate are made once, before several processes look for them.
    tlsOptions(this.#config, Date.now())
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(join(this.#folder, PRIMARY_SOCKET), resolve)
    })
    // The first one finds out whether it works at all, and which ports the system gives.
    this.#listeners = await this.#launch(0)
    const others = Array.from({ length: this.#config.workers - 1 }, (_, index) => this.#launch(index + 1))
    await Promise.all(others)
    this.#isStarted = true
    this.#upkeep.start()
    this.#round = setInterval(() => this.#look(), ROUND_MS)
    this.#log.info('workers-serving', { workers: this.#config.workers })
  }

  notReady(): readonly string[] {
    const reasons: string[] = []
    if (!this.#isStarted) reasons.push('starting')
    else if (this.#serving().length === 0) reasons.push('workers')
    if (this.#isDraining) reasons.push('draining')
    if (!this.store.healthy()) reasons.push('storage')
    return reasons
  }

  async reload(config: Config): Promise<void> {
    if (JSON.stringify(config.listen) !== JSON.stringify(this.#config.listen)) {
      throw new AspisError('ERR_ASPIS_RELOAD', 'listen: listeners change with a restart only')
    }
    tlsOptions(config, Date.now())
    await this.store.refreshIfChanged()
    const question = { kind: 'reload', config: packConfig(config) } as const
    const [first, ...others] = this.#serving()
    // What one refuses, all would: it is asked alone, so that none has the new one then.
    await first?.ask(question, RELOAD_MS)
    this.#config = config
    this.#keeper.configure(config)
    for (const member of others) {
      try {
        await member.ask(question, RELOAD_MS)
      } catch (error) {
        // It starts again, with the new configuration.
        this.#log.error('worker-reload-failed', { worker: member.number, why: messageOf(error) })
        member.kill()
      }
    }
  }

  async drain(limitMs: number): Promise<void> {
    this.#isDraining = true
    const drained = this.#serving().map(member => member.ask({ kind: 'drain', limitMs }, limitMs + CLOSE_MS))
    for (const each of await Promise.allSettled(drained)) {
      if (each.status === 'rejected') this.#log.warn('worker-drain-failed', { why: messageOf(each.reason) })
    }
  }

  async close(): Promise<void> {
    this.#isClosing = true
    this.#upkeep.stop()
    await this.#keeper.close()
    clearInterval(this.#round)
    const members = this.#members.filter(member => member !== undefined)
    await Promise.allSettled(members.map(member => member.ask({ kind: 'close' }, CLOSE_MS)))
    await Promise.all(members.map(member => member.end(END_MS)))
    this.#server.close()
    rmSync(this.#folder, { recursive: true, force: true })
    await this.store.close()
  }

  async printMetrics(): Promise<string> {
    await Promise.allSettled(this.#serving().map(member => ask(member, METRICS_MS)))
    const all = this.#members.map(member => member?.families ?? [])
    return printFamilies(sumFamilies([this.#metrics.families(), ...all, this.#counted]))
  }

  /** One that hangs keeps its share of the phones from being served, so it is better started again. */
  #look(): void {
    for (const member of this.#serving()) {
      ask(member, ROUND_MS / 2).then(
        () => {
          member.misses = 0
        },
        () => {
          member.misses += 1
          if (member.misses < MAX_MISSES || !member.isServing) return
          this.#log.error('worker-hangs', { worker: member.number, process: member.pid })
          member.kill()
        },
      )
    }
  }

  #serving(): Member[] {
    return this.#members.filter(member => member?.isServing === true).filter(member => member !== undefined)
  }

  #launch(number: number): Promise<readonly Listener[]> {
    const incarnation = (this.#incarnations[number] ?? -1) + 1
    this.#incarnations[number] = incarnation
    const member = new Member(number, performance.now(), {
      onReachable: each => this.#reachable(each),
      onLoaded: each => this.#sockets.wants(each),
      onServing: each => {
        this.#sockets.opened(each)
        this.#steer()
      },
      onFlows: (proved, spoken) => {
        for (const { ip, port } of proved) this.#friend?.proved(ip, port)
        for (const { ip, port } of spoken) this.#friend?.spoken(ip, port)
      },
      onSteered: isSteered => this.#steered(isSteered),
      onGone: (each, how) => this.#gone(each, how),
    })
    this.#members[number] = member
    member.order({
      kind: 'start',
      worker: number,
      count: this.#config.workers,
      incarnation,
      folder: this.#folder,
      token: this.#token,
      config: packConfig(this.#config),
      tellsFlows: this.#friend !== undefined,
      listen: this.#listeners,
    })
    return member.serving
  }

  /** Who comes later connects to who was there before, so that each pair meets once. */
  #reachable(member: Member): void {
    const peers = this.#members.flatMap(other =>
      other?.path === undefined || other === member ? [] : [{ worker: other.number, path: other.path }],
    )
    member.order({ kind: 'peers', peers })
  }

  /** Anyone can say it: it holds for all sockets of a port. */
  #steer(): void {
    const { order, factor } = this.#sockets
    this.#serving()[0]?.order({ kind: 'steer', order, factor })
  }

  #steered(isSteered: boolean): void {
    if (isSteered !== this.#isSteered) this.#log.info('workers-chosen', { by: isSteered ? 'branch' : 'hash' })
    this.#isSteered = isSteered
  }

  #joined(number: number, link: Link): LinkUser {
    const member = this.#members[number]
    if (member !== undefined) member.link = link
    this.#hub.join(link).catch((error: unknown) => {
      this.#log.error('worker-not-loaded', { worker: number, why: messageOf(error) })
      member?.kill()
    })
    const orders = orderTarget(link)
    this.#responses?.attach(orders)
    return {
      onFrame: (kind, frame) => this.#heard(member, link, kind, frame),
      onClosed: () => {
        this.#responses?.detach(orders)
        this.#hub.leave(link)
      },
    }
  }

  #heard(member: Member | undefined, link: Link, kind: number, frame: FrameReader): void {
    switch (kind) {
      case KIND.commit:
        return this.#hub.commit(link, frame)
      case KIND.detection:
        if (this.#responses !== undefined) hearDetection(this.#responses, frame)
        return
      case KIND.ledgerOrder:
        return obeyLedgerOrder(this.#keeper.ledger, link, frame)
      case KIND.flowOpened: {
        const { id, transport, remote }: FlowFacts = JSON.parse(frame.restUtf8())
        member?.flows.set(id, flowKeyOf(transport, remote))
        return
      }
      case KIND.flowClosed:
        member?.flows.delete(frame.f64())
        return
    }
  }

  #gone(member: Member, how: string): void {
    const { number } = member
    if (this.#members[number] !== member) return
    this.#members[number] = undefined
    this.#sockets.gone(member)
    this.#steer()
    this.#counted = sumFamilies([this.#counted, member.families.filter(({ kind }) => kind === 'counter')])
    this.#hub.dropFlows(member.flows.values()).catch((error: unknown) => {
      this.#log.error('bindings-not-dropped', { worker: number, why: messageOf(error) })
    })
    this.#keeper.ledger.tally.lost(branchMark(nodeOf(this.#config.data), number))
    if (this.#isClosing || !this.#isStarted) return
    const hasLived = performance.now() - member.startedMs > PROVED_MS
    const deaths = hasLived ? 1 : (this.#deaths[number] ?? 0) + 1
    this.#deaths[number] = deaths
    const pauseMs = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (deaths - 1))
    this.#log.error('worker-died', { worker: number, process: member.pid, how, restartMs: pauseMs })
    if (deaths >= LOOP_DEATHS) this.#log.error('worker-crash-loop', { worker: number, deaths })
    setTimeout(() => this.#restart(number), pauseMs)
  }

  #restart(number: number): void {
    if (this.#isClosing || this.#isDraining) return
    this.#restarts.add()
    this.#launch(number).then(
      () => this.#log.info('worker-serving', { worker: number }),
      (error: unknown) => this.#log.error('worker-not-started', { worker: number, why: messageOf(error) }),
    )
  }
}

/** Takes over what a worker counted: what it told last stays when it dies. */
async function ask(member: Member, withinMs: number): Promise<void> {
  const answer = await member.ask({ kind: 'metrics' }, withinMs)
  if (answer.kind === 'metrics') member.families = answer.families
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
