import { randomBytes } from 'node:crypto'
import type { Flow } from '../../src/base/flow.ts'
import { failed } from '../../src/base/result.ts'
import { Secret } from '../../src/base/secret.ts'
import { UsedTokens } from '../../src/mechanisms/refer/used-tokens.ts'
import type { Ports } from '../../src/pipeline/ports.ts'
import { drop, type RequestContext, type Stage, type Verdict } from '../../src/pipeline/stage.ts'
import { domain } from '../../src/pipeline/stages/domain.ts'
import { makeKeyring } from '../../src/sip/proxy/keyed-digest.ts'
import { flowKeyOf } from '../../src/sip/registrar/flow-token.ts'
import { type RequestParts, request } from './sip-text.ts'

export const KEYS = makeKeyring([new Secret('a key for tests with thirty-two characters')])

export const NOW_MS = Date.UTC(2030, 0, 1)

/** A datagram flow of a stranger. */
export function flowFrom(changes: Partial<Flow> = {}): Flow {
  return {
    id: 1,
    transport: 'udp',
    local: { ip: '192.0.2.99', port: 5060 },
    remote: { ip: '192.0.2.1', port: 5060 },
    isReliable: false,
    isSecure: false,
    isOpen: true,
    peerIdentities: [],
    isProved: false,
    send: () => true,
    close: () => {},
    ...changes,
  }
}

/** A server of `example.test` at 192.0.2.99 with the users alice and bob; nobody is registered, no rule allows anything. */
export function portsWith(changes: Partial<Ports> = {}): Ports {
  const isOurAddress = (host: string): boolean => host === '192.0.2.99'
  return {
    servedDomain: host => (host === 'example.test' ? { name: host, mode: 'proxy' } : undefined),
    namesServedDomain: text => text.includes('example.test'),
    mayConcernUs: () => true,
    isOurAddress,
    routeFactsOf: flow => ({
      isOurs: uri => isOurAddress(uri.host) || uri.host === 'example.test',
      isOurHost: host => isOurAddress(host),
      receivedOn: { transport: flow.transport, port: flow.local.port },
    }),
    firstDomain: 'example.test',
    isUnservedSilent: true,
    mayMediaStray: false,
    trunkOf: () => undefined,
    dialogSourcesOf: flow => [`ip:${flow.remote.ip}`, 'outside'],
    dialogKeys: KEYS,
    branchKeys: KEYS,
    flowKeyOfName: name => `udp:${name}:5060`,
    noteAcceptedInvite: () => {},
    wasAcceptedInvite: () => false,
    needsNoCredentials: () => false,
    verifyCredentials: () => ({
      kind: 'challenge',
      why: 'no-credentials',
      headers: [['Proxy-Authenticate', 'Digest realm="example.test"']],
    }),
    outward: () => ({ isAllowed: false, rule: 'default-deny', via: undefined, toClass: 'other-domains' }),
    judgesOwnUsers: false,
    holdCall: () => undefined,
    decided: (_context, _caller, decision) => decision,
    userExists: aor => aor === 'sip:alice@example.test' || aor === 'sip:bob@example.test',
    isRedirected: () => false,
    isPhoneOf: () => false,
    bindings: () => [],
    maxTargets: 32,
    register: () => drop('not-asked'),
    nextHopFor: () => undefined,
    trunkPlace: () => undefined,
    gruuKeys: { current: randomBytes(32), previous: undefined },
    flowKeyOfToken: () => failed(403),
    refer: {
      outOfDialog: { ownUsers: true, trunks: [] },
      replaces: { ownUsers: true, trunks: [] },
      requireToken: { everywhere: false, ownUsers: false, trunks: [], domains: [] },
      hosts: [],
      tokenAgeSeconds: 3600,
      authorities: [],
      used: new UsedTokens(7200, NOW_MS - 86_400_000),
      saw: () => {},
    },
    identity: undefined,
    agentHost: 'example.test',
    ...changes,
  }
}

/** What a stage is tried with. */
export interface Trial extends RequestParts {
  readonly ports?: Partial<Ports>
  readonly flow?: Partial<Flow>
  /** What earlier stages found out. */
  readonly context?: Partial<RequestContext>
}

/** The context of a request, read by the stage `domain` as far as that is possible. */
export function contextOf(trial: Trial = {}): RequestContext {
  const ports = portsWith(trial.ports)
  const sip = request(trial)
  const context: RequestContext = {
    request: sip,
    flow: flowFrom(trial.flow),
    nowMs: 0,
    wallMs: NOW_MS,
    ports,
    route: {
      requestUri: sip.requestUri,
      uri: sip.uri,
      routes: [],
      isChanged: false,
      ownRoutes: [],
      dialogTokens: [],
      flowToken: undefined,
      hasOb: false,
      wasStrict: false,
      hasForeignMaddr: false,
    },
    scope: 'foreign',
    domain: '',
    realm: '',
    inDialog: undefined,
    caller: undefined,
    authorized: undefined,
    identity: undefined,
    signed: undefined,
    rounds: [],
    decision: undefined,
    held: undefined,
    attestation: undefined,
    viaTrunk: undefined,
    isSpiral: false,
    authenticationInfo: undefined,
  }
  domain.run(context)
  return Object.assign(context, trial.context)
}

/** `next`, `reply 403 why`, `drop why`, `forward`, `absorb`. */
export function say(verdict: Verdict): string {
  if (verdict.kind === 'reply')
    return `${verdict.isStateless === true ? 'stateless' : 'reply'} ${verdict.status} ${verdict.why}`
  return verdict.kind === 'drop' ? `drop ${verdict.why}` : verdict.kind
}

/** Runs one stage, and says its verdict. */
export async function tryStage(stage: Stage, trial: Trial = {}): Promise<string> {
  return say(await stage.run(contextOf(trial)))
}

/** A binding of a user at a flow. */
export function bindingAt(ip: string, changes: Partial<ReturnType<Ports['bindings']>[number]> = {}) {
  const contact = `sip:bob@${ip}:5060`
  return {
    aor: 'sip:bob@example.test',
    contact,
    instance: undefined,
    regId: undefined,
    callId: 'r1',
    cseq: 1,
    q: 1000,
    expiresAtMs: NOW_MS + 3_600_000,
    path: [],
    flowToken: undefined,
    received: flowKeyOf('udp', { ip, port: 5060 }),
    params: '',
    userAgent: '',
    key: contact,
    ...changes,
  }
}
