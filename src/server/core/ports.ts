import type { Flow, Hop } from '../../base/flow.ts'
import { bracketed } from '../../base/flow.ts'
import { failed, ok, type Result } from '../../base/result.ts'
import type { IdentityPort } from '../../pipeline/identity.ts'
import { ownAor } from '../../pipeline/own-aor.ts'
import type { Ports } from '../../pipeline/ports.ts'
import type { Place } from '../../pipeline/stage.ts'
import type { InDialog } from '../../pipeline/stages/in-dialog-proof.ts'
import type { SipRequest } from '../../sip/message/message.ts'
import { dialogFactsOf, dialogLeadsTo } from '../../sip/proxy/dialog-proof.ts'
import type { Binding } from '../../sip/registrar/binding.ts'
import { flowKeyOf, readFlowToken } from '../../sip/registrar/flow-token.ts'
import { parseUri, type Uri } from '../../sip/uri/uri.ts'
import type { AaaPort } from '../aaa/aaa.ts'
import type { NextHopConfig, TrunkConfig } from '../config/config.ts'
import { rationed } from '../detect/rationed.ts'
import { suspending } from '../detect/suspended.ts'
import { decidedBy } from '../policy/decided.ts'
import type { CallHook } from '../policy/hook.ts'
import { policyOfConfig } from '../policy/policy-of.ts'
import { AcceptedInvites } from './accepted-invites.ts'
import type { Authentication } from './authentication.ts'
import { keyOfFlow } from './flows.ts'
import { referPort } from './refer.ts'
import { type RegisteringEnvironment, registering } from './registering.ts'
import type { CoreSettings } from './settings.ts'

/** A text is searched for so many names; who serves more is known by well-formed messages only. */
const MAX_NAMES_SEARCHED = 32

/** What the ports are plugged into. */
export interface PortParts {
  readonly settings: CoreSettings
  readonly authentication: Authentication
  readonly registering: RegisteringEnvironment
  readonly mayCall: CallHook | undefined
  readonly identity: IdentityPort | undefined
  readonly holdCall: Ports['holdCall']
  /** Calls back after so many ms. */
  readonly later: (delayMs: number, act: () => void) => void
}

/** Builds what the stages ask of the server from configuration, stores and keys. */
export function makePorts(parts: PortParts): Ports {
  const { settings, authentication } = parts
  const { config, domains, stores, keys, neighbours, own, enforcer } = settings
  const servedDomain = rememberingLast(domains)
  const isOurAddress: Ports['isOurAddress'] = (host, port) => own.isOurs(host, port)
  const isOurs = (uri: Uri): boolean => isOurUri(uri, servedDomain, isOurAddress)
  const isOurHost = (host: string): boolean => servedDomain(host) !== undefined || own.isOurHost(host)
  const { aaa } = settings
  const isLocal = (aor: string): boolean => stores.credentials.aorExists(aor)
  // Who is known elsewhere alone is known here by having logged in, or by being registered.
  const userExists =
    aaa?.isRemote === true
      ? (aor: string) => isLocal(aor) || aaa.knows(aor) || stores.location.bindings(aor, 0).length > 0
      : isLocal
  const redirected = new Set(config.redirect)
  const register = registering(parts.registering, { servedDomain, isOurAddress, userExists })
  const names = [...domains.keys()]
  const searched = names.slice(0, MAX_NAMES_SEARCHED)
  const accepted = new AcceptedInvites()
  const policy = policyOfConfig(config)
  const beyond = ['outside', ...config.trunks.map(({ name }) => `trunk:${name}`)]
  return {
    servedDomain,
    namesServedDomain: text => searched.some(name => text.includes(name)),
    mayConcernUs: text => {
      if (names.length > searched.length || searched.some(name => text.includes(name))) return true
      // Hosts and names of header fields are read without case.
      const lower = text.toLowerCase()
      return lower.includes('route') || searched.some(name => lower.includes(name))
    },
    isOurAddress,
    userExists,
    register: aaa === undefined ? register : context => aaa.registering(context, register),
    ...(aaa?.locates === true
      ? { servedElsewhere: (aor: string, uri: Uri) => elsewhere(aaa, aor, uri, isOurs) }
      : {}),
    routeFactsOf: flow => ({
      isOurs,
      isOurHost,
      receivedOn: { transport: flow.transport, port: flow.local.port },
    }),
    firstDomain: config.domains[0]?.name ?? '',
    isUnservedSilent: config.unserved === 'silent',
    mayMediaStray: config.insecure.some(({ allow }) => allow === 'strange-media'),
    trunkOf: flow => neighbours.trunkOf(flow),
    dialogSourcesOf: flow => dialogSources(flow, neighbours.trunkOf(flow)?.name),
    dialogKeys: keys.dialog,
    ...(aaa !== undefined || config.policy.limits.length > 0
      ? {
          leadsBeyond: (request: SipRequest, inDialog: Pick<InDialog, 'from' | 'token'>) =>
            dialogLeadsTo(keys.dialog, inDialog.token, inDialog, {
              ...dialogFactsOf(request),
              sources: beyond,
            }),
        }
      : {}),
    branchKeys: keys.branch,
    gruuKeys: keys.gruu,
    flowKeyOfName: name => settings.flowNames.keyOf(name),
    noteAcceptedInvite: (invite, flow) => accepted.note(invite, flow),
    wasAcceptedInvite: (ack, flow) => accepted.has(ack, flow),
    needsNoCredentials: (method, flow) =>
      config.unauthenticatedMethods.has(method) &&
      !(flow !== undefined && enforcer?.isChallenged(flow.remote.ip) === true),
    verifyCredentials: rationed(
      (context, realm, asProxy) => authentication.verify(context, realm, asProxy),
      enforcer,
      parts.later,
    ),
    outward: ({ request, wallMs, flow, attestation }, caller, uri, isOwnUser) =>
      policy.judge({
        caller,
        uri,
        method: request.method,
        wallMs,
        isOwnUser,
        reachesOwnUsers:
          isOwnUser && (caller.kind !== 'trunk' || neighbours.trunkOf(flow)?.reachesOwnUsers === true),
        attestation,
      }),
    judgesOwnUsers: policy.judgesOwnUsers || parts.mayCall !== undefined,
    holdCall: parts.holdCall,
    decided: suspending(
      decidedBy(parts.registering.events, parts.mayCall),
      enforcer,
      config.policy,
      ({ scope, route }) => scope === 'own' && userExists(ownAor(route.uri, { servedDomain })),
    ),
    isPhoneOf: (aor, flow, wallMs) => isPhoneOf(stores.location.bindings(aor, wallMs), keyOfFlow(flow)),
    isRedirected: aor => redirected.has(aor),
    bindings: (aor, wallMs) => stores.location.bindings(aor, wallMs),
    maxTargets: config.limits.maxTargets,
    nextHopFor: (domain, state, uri) => nextHopPlace(config.nextHop, domain, state, uri),
    trunkPlace: (name, uri) =>
      trunkPlace(
        config.trunks.find(trunk => trunk.name === name),
        uri,
        servedDomain,
      ),
    flowKeyOfToken: (token, wallMs) => flowKeyOfToken(settings, token, wallMs),
    refer: referPort(config.refer, settings.refer, parts.registering.events),
    identity: parts.identity,
    agentHost: config.domains[0]?.name ?? 'aspis',
  }
}

/** Most names that are asked for in a row are one name; to compare two texts costs less than to hash one. */
function rememberingLast(domains: CoreSettings['domains']): Ports['servedDomain'] {
  let lastHost = ''
  let lastDomain = domains.get('')
  return host => {
    if (host === lastHost) return lastDomain
    const domain = domains.get(host)
    if (domain === undefined) return undefined
    lastHost = host
    lastDomain = domain
    return domain
  }
}

/** Class of an address in dialog proofs: its port and transport may change while a call lasts. */
export function sourceOfAddress(ip: string): string {
  return `ip:${ip}`
}

/** The classes under which a flow may prove itself, the narrowest first. */
function dialogSources(flow: Flow, trunk: string | undefined): readonly string[] {
  const source = sourceOfAddress(flow.remote.ip)
  return trunk === undefined ? [source, 'outside'] : [`trunk:${trunk}`, source, 'outside']
}

/** A phone without outbound is reached at its contact, and `received` may then be empty: its flow proves nothing. */
function isPhoneOf(bindings: readonly Binding[], flowKey: string): boolean {
  return bindings.some(binding => binding.received === flowKey)
}

/** Route values that name us: a listener, or a domain of ours without a user of it. */
function isOurUri(
  uri: Uri,
  servedDomain: Ports['servedDomain'],
  isOurAddress: Ports['isOurAddress'],
): boolean {
  if (isOurAddress(uri.host, uri.port)) return true
  return servedDomain(uri.host) !== undefined && (uri.port === undefined || isOurAddress('', uri.port))
}

function nextHopPlace(
  nextHop: NextHopConfig | undefined,
  domain: string,
  state: 'registered' | 'unregistered' | 'unknown',
  uri: Uri,
): Place | undefined {
  if (nextHop === undefined) return undefined
  if (nextHop.domains.length > 0 && !nextHop.domains.includes(domain)) return undefined
  const isFor =
    nextHop.when === 'always' ||
    (nextHop.when === 'unknown' && state === 'unknown') ||
    (nextHop.when === 'unregistered' && state !== 'registered')
  if (!isFor) return undefined
  return {
    uri: uri.text,
    path: [routeTo(nextHop.uri, uri)],
    flowKey: '',
    isFlowOnly: false,
    needsTls: nextHop.transport === 'tls',
    isRegistered: true,
    peer: 'outside',
  }
}

/** By a trunk: a number leaves with the trunk's host, an address with its own. */
function trunkPlace(
  trunk: TrunkConfig | undefined,
  uri: Uri,
  servedDomain: Ports['servedDomain'],
): Place | undefined {
  if (trunk === undefined) return undefined
  const isOurs = uri.host === '' || servedDomain(uri.host) !== undefined
  const user = uri.user ?? ''
  return {
    uri:
      isOurs && user !== ''
        ? `${uri.scheme === 'sips' ? 'sips' : 'sip'}:${user}@${bracketed(trunk.host)}`
        : uri.text,
    path: [routeTo(trunk.uri, uri)],
    flowKey: '',
    isFlowOnly: false,
    needsTls: trunk.transport === 'tls',
    isRegistered: true,
    peer: `trunk:${trunk.name}`,
  }
}

/**
 * A `sips:` route would promise TLS on the whole way back, where the caller may not have it (RFC 3261 §16.6 step 4);
 * that this hop is TLS is said by the place.
 */
function routeTo(configured: string, requestUri: Uri): string {
  const isSips = configured.startsWith('sips:')
  const uri = isSips && requestUri.scheme !== 'sips' ? `sip${configured.slice('sips'.length)}` : configured
  return uri.includes(';lr') ? `<${uri}>` : `<${uri};lr>`
}

/** The server of ours that AAA says a user is served by; never ourselves, since nobody is registered here. */
async function elsewhere(
  aaa: AaaPort,
  aor: string,
  uri: Uri,
  isOurs: (uri: Uri) => boolean,
): Promise<Place | 'nowhere' | 'unknown'> {
  const said = await aaa.whereIs(aor)
  if (said.kind === 'failed') return 'unknown'
  const server = said.kind === 'served-by' ? parseUri(said.serverUri) : undefined
  if (server === undefined || !server.ok || !server.value.scheme.startsWith('sip') || isOurs(server.value))
    return 'nowhere'
  const { value } = server
  return {
    uri: uri.text,
    path: [routeTo(value.text, uri)],
    flowKey: '',
    isFlowOnly: false,
    needsTls: value.scheme === 'sips' || value.params.get('transport')?.toLowerCase() === 'tls',
    isRegistered: true,
    peer: 'outside',
  }
}

/** A contact of ours that was registered by a flow is reached by that flow, in a dialog too. */
function flowKeyOfToken(settings: CoreSettings, token: string, wallMs: number): Result<string, 403 | 430> {
  const flow = readFlowToken(token, settings.keys.flow, wallMs)
  if (!flow.ok) return failed(403)
  const key = flowKeyOf(flow.value.transport, flow.value.remote)
  const hop = settings.flows.hopOf(key)
  // A later connection that was given the same ports is another flow.
  return hop === undefined || streamIdOf(hop) !== flow.value.streamId ? failed(430) : ok(key)
}

/** A connection's id; 0 for UDP, whose flows outlive the process. */
function streamIdOf({ flow }: Hop): number {
  return flow?.isReliable === true ? flow.id : 0
}
