import { AspisError } from '../../base/errors.ts'
import { LIMITS } from '../../base/limits.ts'
import { type DigestKeys, digestState } from '../../mechanisms/digest/index.ts'
import { TransactionLayer } from '../../sip/transaction/layer.ts'
import { makeTimers } from '../../sip/transaction/timers.ts'
import type { Config } from '../config/config.ts'
import { PendingCalls } from '../policy/held-calls.ts'
import { type CallLedger, LocalLedger } from '../policy/ledger.ts'
import { buildCore, type CoreGround } from './build.ts'
import { Core } from './core.ts'
import { pooledRandom } from './random-pool.ts'
import type { CoreSettings } from './settings.ts'

/** What the core is given by whoever runs it: a server with sockets, or a simulation without any. */
export interface CoreFoundation
  extends Pick<
    CoreGround,
    | 'deadlines'
    | 'outbox'
    | 'events'
    | 'nowMs'
    | 'wallMs'
    | 'locate'
    | 'companions'
    | 'friend'
    | 'mayCall'
    | 'overload'
    | 'neighbourControl'
    | 'accountRates'
    | 'strangerAnswers'
  > {
  readonly config: Pick<Config, 'limits' | 'timers'>
  readonly digestKeys: DigestKeys
  /** Where calls are counted; in this process when left out. */
  readonly ledger?: CallLedger | undefined
}

/** A core that runs, and what it stands on. */
export interface AssembledCore {
  readonly core: Core
  readonly layer: TransactionLayer
  readonly ground: CoreGround
}

/** Puts the transaction layer and the core together. */
export function assembleCore(foundation: CoreFoundation, settings: CoreSettings): AssembledCore {
  const { config, digestKeys, ledger, ...rest } = foundation
  const { deadlines, outbox, nowMs, wallMs } = rest
  let made: Core | undefined
  const core = (): Core => {
    if (made === undefined) throw new AspisError('ERR_ASPIS_EDGE_STATE', 'the core is not built')
    return made
  }
  const layer = new TransactionLayer(
    {
      nowMs,
      deadlines,
      random: pooledRandom,
      timers: makeTimers({ t1Ms: config.timers.t1Ms }),
      sendResponse: (text, flow, asksForSource) => outbox.respond(text, flow, asksForSource),
      sendRequest: (text, hop, transaction) =>
        outbox.send(text, hop, () => layer.transportFailed(transaction)),
    },
    {
      onCancel: (server, cancel) => core().onCancel(server, cancel),
      onAck: (server, ack, flow) => core().onAck(server, ack, flow),
      onServerTimeout: server => core().onServerTimeout(server),
      onServerTransportError: () => core().onServerTransportError(),
      onServerDropped: server => core().onServerDropped(server),
      onFurtherAnswer: (over, response, flow) => core().onFurtherAnswer(over, response, flow),
      onSuspicious: (name, flow, message) => core().onSuspicious(name, flow, message),
    },
    {
      maxTransactions: config.limits.maxTransactions,
      maxTransactionsPerSource: config.limits.maxTransactionsPerSource,
      maxFinished: LIMITS.maxFinishedTransactions,
    },
  )
  const ground: CoreGround = {
    ...rest,
    layer,
    digestKeys,
    ledger: ledger ?? new LocalLedger(settings.config.policy, { nowMs, wallMs }),
    pendingCalls: new PendingCalls(),
    digestState: digestState(digestKeys, wallMs()),
    core,
  }
  made = new Core(buildCore(ground, settings))
  return { core: made, layer, ground }
}
