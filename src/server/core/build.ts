import type { Deadlines } from '../../base/deadlines.ts'
import type { Flow, Hop } from '../../base/flow.ts'
import {
  type DigestKeys,
  type DigestPolicy,
  type DigestState,
  digestPolicy,
} from '../../mechanisms/digest/index.ts'
import type { Place } from '../../pipeline/stage.ts'
import type { NextHop } from '../../sip/proxy/next-hop.ts'
import type { TransactionLayer } from '../../sip/transaction/layer.ts'
import type { AccountRates } from '../admission/account-rates.ts'
import type { NeighbourControl } from '../admission/neighbour-control.ts'
import type { Overload } from '../admission/overload.ts'
import type { StrangerAnswers } from '../admission/stranger-answers.ts'
import type { FlowFriend } from '../detect/flow-friend.ts'
import { holdingCalls, type PendingCalls, tellLedger } from '../policy/held-calls.ts'
import type { CallHook } from '../policy/hook.ts'
import type { CallLedger } from '../policy/ledger.ts'
import { Authentication, lookUpIn } from './authentication.ts'
import { chargedDialog } from './calls.ts'
import type { Companions } from './companions.ts'
import type { Core, CoreParts } from './core.ts'
import type { CoreEvents } from './events.ts'
import type { ForwardingEnvironment } from './forwarding-environment.ts'
import type { Outbox } from './outbox.ts'
import { makePorts, sourceOfAddress } from './ports.ts'
import { pooledRandom, random32, randomHex64 } from './random-pool.ts'
import type { CoreSettings } from './settings.ts'

/** What stays when the configuration changes. */
export interface CoreGround {
  readonly layer: TransactionLayer
  readonly deadlines: Deadlines
  readonly outbox: Outbox
  readonly events: CoreEvents
  readonly digestState: DigestState
  readonly digestKeys: DigestKeys
  readonly nowMs: () => number
  readonly wallMs: () => number
  readonly locate: (
    nextHop: NextHop,
    place: Place,
    requestBytes: number,
  ) => readonly Hop[] | Promise<readonly Hop[]>
  readonly core: () => Core
  /** Other processes that serve the same addresses. */
  readonly companions?: Companions | undefined
  /** What is refused while more comes than can be done. */
  readonly overload?: Overload | undefined
  readonly strangerAnswers?: StrangerAnswers | undefined
  readonly neighbourControl?: (() => NeighbourControl | undefined) | undefined
  readonly accountRates?: AccountRates | undefined
  /** The word of whoever embeds the server, after the rules. */
  readonly mayCall?: CallHook | undefined
  /** Who may tell the kernel whom to let pass. */
  readonly friend?: FlowFriend | undefined
  /** Where calls are counted. */
  readonly ledger: CallLedger
  readonly pendingCalls: PendingCalls
}

/** Puts the core together from settings; a reload does it again. */
export function buildCore(ground: CoreGround, settings: CoreSettings): CoreParts {
  const { config, stores, neighbours, keys } = settings
  const { events } = ground
  const authentication = new Authentication(
    digestPolicies(ground, settings),
    ground.digestState,
    stores.credentials,
    events,
    settings.aaa,
    ground.friend,
    ground.accountRates,
  )
  const edges = new Set(config.trunks.map(trunk => trunk.host))
  const ports = makePorts({
    settings,
    identity: settings.identity,
    authentication,
    mayCall: ground.mayCall,
    later: (delayMs, act) => {
      ground.deadlines.set(ground.nowMs(), delayMs, act)
    },
    holdCall: holdingCalls({
      ledger: ground.ledger,
      pending: ground.pendingCalls,
      events,
      agentHost: config.domains[0]?.name ?? 'aspis',
      policy: config.policy,
      maxPendingPerAccount: config.limits.maxPendingPerAccount,
      nextId: () => keys.branchMark + randomHex64(),
    }),
    registering: {
      location: stores.location,
      policy: {
        minExpiresSeconds: config.registrar.minExpiresSeconds,
        maxExpiresSeconds: config.registrar.maxExpiresSeconds,
        defaultExpiresSeconds: config.registrar.defaultExpiresSeconds,
        maxContacts: config.registrar.maxContactsPerAor,
        foreignContacts: config.registrar.foreignContacts,
        thirdPartyAllowed: false,
        serviceRoute: config.registrar.serviceRoute,
        flowTimerSeconds: FLOW_TIMER_SECONDS,
      },
      gruuKeys: keys.gruu,
      flowSecrets: keys.flow,
      events,
      random: pooledRandom,
      keepUntil: (flow, untilMs) => ground.outbox.keepUntil(flow, untilMs),
      isEdge: flow => neighbours.trunkOf(flow)?.isTrusted === true,
      isKnownEdge: host => edges.has(host),
    },
  })
  return {
    ports,
    layer: ground.layer,
    events,
    deadlines: ground.deadlines,
    nowMs: ground.nowMs,
    wallMs: ground.wallMs,
    companions: ground.companions,
    overload: ground.overload,
    strangerAnswers: ground.strangerAnswers,
    neighbourControl: ground.neighbourControl,
    callOver: settings.aaa === undefined ? undefined : token => settings.aaa?.callEnded(token),
    forwarding: forwardingEnvironment(ground, settings),
  }
}

/** RFC 5626 §4.4.1: a phone shows that its connection lives at least that often. */
const FLOW_TIMER_SECONDS = 120

function forwardingEnvironment(ground: CoreGround, settings: CoreSettings): ForwardingEnvironment {
  const { events } = ground
  const { config, keys, neighbours } = settings
  return {
    layer: ground.layer,
    deadlines: ground.deadlines,
    outbox: ground.outbox,
    flows: settings.flows,
    flowNames: settings.flowNames,
    branchKeys: keys.branch,
    dialogKeys: keys.dialog,
    node: keys.node,
    identity: settings.identity,
    timerCMs: config.timers.timerCSeconds * 1000,
    nowMs: ground.nowMs,
    uniqueBranch: () => keys.branchMark + randomHex64(),
    sourceOf: (flow: Flow) => {
      const trunk = neighbours.trunkOf(flow)
      return trunk === undefined ? sourceOfAddress(flow.remote.ip) : `trunk:${trunk.name}`
    },
    sourceOfAddress,
    trunkOfHost: host => neighbours.trunkOfHost(host),
    trunkIdentities: new Map(config.trunks.map(({ name, identities }) => [name, identities])),
    isOwnRealm: realm => settings.domains.has(realm),
    isTrusted: flow => neighbours.trunkOf(flow)?.isTrusted === true,
    hasTrustedPeers: config.trunks.some(({ trusted }) => trusted),
    isTrustedPeer: peer => config.trunks.some(({ name, trusted }) => trusted && peer === `trunk:${name}`),
    locate: ground.locate,
    neighbourControl: ground.neighbourControl?.(),
    reply: (context, server, status) => ground.core().answerForwarded(context, server, status),
    forwarded: () => events.forwarded.add(),
    passedBack: (status, { flow, request }) => events.sensor?.passedBack(status, flow, request),
    callBegan: (token, context, calleeTag) => {
      const { calls } = ground.core()
      if (settings.aaa === undefined) return calls.began(token)
      const dialog = chargedDialog(token, calleeTag)
      calls.began(dialog)
      if (context !== undefined) settings.aaa.callBegan(dialog, context)
    },
    callEnded: (token, calleeTag) => {
      const dialog = settings.aaa === undefined ? token : chargedDialog(token, calleeTag)
      if (!ground.core().calls.ended(dialog)) ground.companions?.callEnded(dialog)
    },
    ended: server => ground.core().ended(server),
    answeredInDialog: hasLimits(config)
      ? (context, status, response) => tellLedger(ground.ledger, context, status, response)
      : undefined,
    note: (event, why) => events.note(event, { why }),
    failed: (event, error) => events.failed(event, error),
  }
}

function digestPolicies(ground: CoreGround, settings: CoreSettings): ReadonlyMap<string, DigestPolicy> {
  const { config, stores, aaa } = settings
  const { digest } = config
  const isRemote = aaa?.isRemote === true
  const md5 = isRemote ? aaa.md5 : 'no'
  return new Map(
    config.domains.map(({ name }) => [
      name,
      digestPolicy({
        realm: name,
        keys: ground.digestKeys,
        lookUp: lookUpIn(stores.credentials),
        chance: random32,
        algorithms: md5 === 'only' ? [] : digest.algorithms,
        offersMd5: () => md5 !== 'no' || stores.credentials.hasMd5(name),
        md5ForEveryone: digest.md5ForEveryone,
        qop: digest.qop,
        authIntMethods: digest.authIntMethods,
        // A hidden name can be looked up in our own accounts alone.
        userhash: digest.userhash && !isRemote,
        nonceTtlSeconds: digest.nonceTtlSeconds,
        oneTimeNonce: digest.oneTimeNonce,
        legacyQop: digest.legacyQop,
      }),
    ]),
  )
}

/** Without limits nothing is counted, and no call costs anything for it. */
function hasLimits({ policy }: CoreSettings['config']): boolean {
  return policy.limits.length > 0
}
