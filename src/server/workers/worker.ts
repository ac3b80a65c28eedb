import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { AspisError } from '../../base/errors.ts'
import { startFlowIds } from '../../net/flow-id.ts'
import { openSharedStore } from '../../store/open-shared.ts'
import { storeOptions } from '../config/store-options.ts'
import { type Edge, startEdge } from '../edge.ts'
import { Metrics } from '../metrics.ts'
import { nodeOf } from '../node-number.ts'
import { processLog } from '../process-log.ts'
import { registerProcessMetrics } from '../process-metrics.ts'
import { FlowFeed } from './flow-feed.ts'
import { KIND } from './frame.ts'
import { awaitHello, sayHello } from './greeting.ts'
import type { Order, PeerPlace, Report, StartOrder } from './orders.ts'
import { unpackConfig } from './packed-config.ts'
import { Peers } from './peers.ts'
import { RemoteLedger } from './remote-ledger.ts'
import { RemoteResponses } from './remote-responses.ts'
import { SharedLocation } from './shared-location.ts'

/** Name of the primary's socket in the folder of the sockets. */
export const PRIMARY_SOCKET = 'primary'

/** Flow ids have 48 bits in a flow token: 4 of the worker, 16 of the incarnation, the rest counts. */
const IDS_OF_WORKER = 2 ** 44
const IDS_OF_INCARNATION = 2 ** 28
const INCARNATIONS = 2 ** 16

/** One of several processes that serve the same addresses, from its first order to its end. */
export class Worker {
  readonly #process: NodeJS.Process
  readonly #peersTold = Promise.withResolvers<readonly PeerPlace[]>()
  readonly #mayListen = Promise.withResolvers<void>()
  readonly #metrics = new Metrics()
  #edge: Edge | undefined
  #peers: Peers | undefined
  #server: Server | undefined
  #isClosed = false

  constructor(process: NodeJS.Process) {
    this.#process = process
  }

  run(): void {
    // A terminal tells the whole group of a Ctrl-C, a service manager of a stop: the primary says what to do.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) this.#process.on(signal, () => {})
    this.#process.on('disconnect', () => this.#process.exit(this.#isClosed ? 0 : 1))
    this.#process.on('message', (order: Order) => this.#obey(order))
  }

  #obey(order: Order): void {
    switch (order.kind) {
      case 'start':
        this.#start(order).catch((error: unknown) => this.#giveUp(error))
        return
      case 'peers':
        return this.#peersTold.resolve(order.peers)
      case 'listen':
        return this.#mayListen.resolve()
      case 'steer':
        return this.#report({
          kind: 'steered',
          isSteered: this.#peers?.steer(order.order, order.factor) === true,
        })
      case 'metrics':
        return this.#report({ kind: 'metrics', id: order.id, families: this.#metrics.families() })
      case 'reload':
        return this.#answer(order.id, this.#edge?.reload(unpackConfig(order.config)))
      case 'drain':
        return this.#answer(order.id, this.#edge?.drain(order.limitMs))
      case 'close':
        return this.#answer(order.id, this.#close())
    }
  }

  async #start(order: StartOrder) {
    const { worker, count, incarnation, folder, token, config: packed, tellsFlows, listen } = order
    const config = unpackConfig(packed)
    const log = processLog(config.log, this.#process, { worker })
    registerProcessMetrics(this.#metrics, log)
    startFlowIds(worker * IDS_OF_WORKER + (incarnation % INCARNATIONS) * IDS_OF_INCARNATION)
    const peers = new Peers({ worker, count, node: nodeOf(config.data) }, this.#metrics)
    this.#peers = peers
    const path = join(folder, `${worker}-${incarnation}`)
    await this.#listen(path, token, peers)
    const location = new SharedLocation(() => this.#process.exit(1))
    const ledger = new RemoteLedger()
    const responses = new RemoteResponses()
    const primary = await sayHello(join(folder, PRIMARY_SOCKET), worker, token, () => ({
      onFrame: (kind, frame) => {
        if (kind === KIND.ledgerAnswer) ledger.heard(frame)
        else if (kind === KIND.order) responses.heard(frame)
        else location.backend.onFrame(kind, frame)
      },
      onClosed: () => location.backend.onClosed(),
    }))
    ledger.use(primary)
    responses.use(primary)
    peers.primary = primary
    this.#report({ kind: 'reachable', path })
    for (const peer of await this.#peersTold.promise) {
      await sayHello(peer.path, worker, token, link => peers.joined(peer.worker, link))
    }
    await location.backend.load(primary)
    const store = await openSharedStore(storeOptions(config), Date.now(), location)
    this.#report({ kind: 'loaded' })
    await this.#mayListen.promise
    this.#edge = await startEdge(config, {
      log,
      metrics: this.#metrics,
      store,
      responses,
      friend: tellsFlows ? new FlowFeed(report => this.#report(report)) : undefined,
      worker: { number: worker, count, listen, peers, ledger },
    })
    this.#report({ kind: 'serving', listeners: this.#edge.listeners })
  }

  async #listen(path: string, token: string, peers: Peers): Promise<void> {
    const server = createServer(socket => {
      awaitHello(socket, token, (worker, link) => peers.joined(worker, link))
    })
    this.#server = server
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(path, resolve)
    })
  }

  async #close(): Promise<void> {
    this.#server?.close()
    await this.#edge?.close()
    this.#isClosed = true
  }

  #answer(id: number, work: Promise<void> | undefined): void {
    if (work === undefined) return this.#report({ kind: 'refused', id, message: 'not serving yet' })
    work.then(
      () => this.#report({ kind: 'done', id }),
      (error: unknown) => {
        this.#report({ kind: 'refused', id, message: error instanceof Error ? error.message : String(error) })
      },
    )
  }

  /** The primary says why to the operator. */
  #giveUp(error: unknown): void {
    const code = error instanceof AspisError ? error.code : 'ERR_ASPIS_WORKER'
    const message = error instanceof Error ? error.message : String(error)
    this.#process.send?.({ kind: 'failed', code, message } satisfies Report, undefined, undefined, () =>
      this.#process.exit(1),
    )
  }

  #report(report: Report): void {
    if (this.#process.connected) this.#process.send?.(report)
  }
}
