/**
 * User agents and attackers of the end-to-end tests, on several addresses of loopback. What they send is text, byte
 * for byte as the test wants it, and their digests are computed here: nothing of what is tested is used to test it.
 */
import { createHash, randomBytes } from 'node:crypto'
import { ask, headerOf, headersOf, type SipPeer, statusOf, udpPeer } from './sip-peer.ts'

export const DOMAIN = 'example.test'

/** Somebody with a socket; an account only when it is named. */
export interface RawUa {
  readonly name: string
  readonly password: string
  readonly aor: string
  readonly contact: string
  readonly peer: SipPeer
}

/** @param port of the server on 127.0.0.1 @param ip an address of 127.0.0.0/8 */
export async function rawUa(port: number, ip: string, name: string, password = ''): Promise<RawUa> {
  const peer = await udpPeer(port, ip)
  return uaOn(peer, name, password)
}

/** The same on a socket that is there already. */
export function uaOn(peer: SipPeer, name: string, password = ''): RawUa {
  return { name, password, peer, aor: `sip:${name}@${DOMAIN}`, contact: `sip:${name}@${peer.host}` }
}

/** What a request says; everything left out is what an honest user agent would say. */
export interface Saying {
  readonly method: string
  readonly uri: string
  readonly from?: string
  readonly to?: string
  readonly fromTag?: string
  readonly toTag?: string
  readonly callId?: string
  readonly cseq?: number
  readonly contact?: string | false
  readonly routes?: readonly string[]
  readonly lines?: readonly string[]
  readonly body?: string
  /** Of the body; application/sdp when left out. */
  readonly contentType?: string
}

/** The text of a request, with a branch of its own. */
export function say(ua: RawUa, saying: Saying): string {
  const { method, uri, body = '' } = saying
  const to = `<${saying.to ?? uri}>${saying.toTag === undefined ? '' : `;tag=${saying.toTag}`}`
  return [
    `${method} ${uri} SIP/2.0`,
    `Via: SIP/2.0/${ua.peer.transport} ${ua.peer.host};branch=z9hG4bK${token()};rport`,
    'Max-Forwards: 70',
    ...(saying.routes ?? []).map(route => `Route: ${route}`),
    `From: <${saying.from ?? ua.aor}>;tag=${saying.fromTag ?? token()}`,
    `To: ${to}`,
    `Call-ID: ${saying.callId ?? `${token()}@${ua.peer.host}`}`,
    `CSeq: ${saying.cseq ?? 1} ${method}`,
    ...(saying.contact === false ? [] : [`Contact: <${saying.contact ?? ua.contact}>`]),
    'User-Agent: a user agent of the tests',
    'Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, PRACK, MESSAGE, SUBSCRIBE, NOTIFY, REFER, UPDATE, INFO',
    'Supported: replaces, timer, 100rel, norefersub',
    ...(saying.lines ?? []),
    ...(body === '' ? [] : [`Content-Type: ${saying.contentType ?? 'application/sdp'}`]),
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n')
}

/** What a digest is made over; everything left out is right. */
export interface Proving {
  readonly user: string
  readonly password: string
  readonly method: string
  readonly uri: string
  readonly nc?: number
  readonly cnonce?: string
  /** Answers the challenge of that algorithm; the first one when left out. */
  readonly algorithm?: 'MD5'
}

/** The field that answers the first challenge of a 401 or 407: SHA-256 or MD5, qop=auth (RFC 7616 §3.4). */
export function prove(challenged: string, proving: Proving): string {
  const isProxy = statusOf(challenged) === 407
  const rows = headersOf(challenged, isProxy ? 'Proxy-Authenticate' : 'WWW-Authenticate')
  const wanted = proving.algorithm === undefined ? '' : `algorithm=${proving.algorithm},`
  const row = rows.find(each => each.includes(wanted)) ?? ''
  const value = (name: string): string => new RegExp(`${name}="([^"]*)"`).exec(row)?.[1] ?? ''
  const { user, password, method, uri, cnonce = token() } = proving
  const nc = (proving.nc ?? 1).toString(16).padStart(8, '0')
  const isMd5 = /algorithm=MD5\b/.test(row)
  const hashed = (text: string): string => hex(isMd5 ? 'md5' : 'sha256', text)
  const ha1 = hashed(`${user}:${value('realm')}:${password}`)
  const response = hashed(`${ha1}:${value('nonce')}:${nc}:${cnonce}:auth:${hashed(`${method}:${uri}`)}`)
  const opaque = value('opaque') === '' ? '' : `, opaque="${value('opaque')}"`
  return (
    `${isProxy ? 'Proxy-Authorization' : 'Authorization'}: Digest username="${user}", realm="${value('realm')}", ` +
    `nonce="${value('nonce')}", uri="${uri}", algorithm=${isMd5 ? 'MD5' : 'SHA-256'}, qop=auth, nc=${nc}, cnonce="${cnonce}", ` +
    `response="${response}"${opaque}`
  )
}

/** Asks without credentials; gives back the challenge. */
export async function challengeOf(ua: RawUa, saying: Saying): Promise<string> {
  const response = await ask(ua.peer, say(ua, saying))
  const status = statusOf(response)
  if (status !== 401 && status !== 407) throw new Error(`no challenge but ${response}`)
  if (saying.method === 'INVITE') ua.peer.send(ackOf(ua, saying, response))
  return response
}

/** A request that is made twice: without credentials, and with those that the challenge asks for. */
export interface Proved {
  readonly response: string
  /** What was sent the second time. */
  readonly sent: string
  readonly challenge: string
}

/** Does what an honest user agent does, to the final response. */
export async function askProved(ua: RawUa, saying: Saying): Promise<Proved> {
  const call = { callId: `${token()}@${ua.peer.host}`, fromTag: token(), ...saying }
  const challenge = await challengeOf(ua, call)
  const sent = proved(ua, call, challenge)
  return { response: await ask(ua.peer, sent), sent, challenge }
}

/** The second request. */
export function proved(ua: RawUa, saying: Saying, challenge: string): string {
  const { method, uri, lines = [] } = saying
  const field = prove(challenge, { user: ua.name, password: ua.password, method, uri })
  return say(ua, { ...saying, cseq: (saying.cseq ?? 1) + 1, lines: [...lines, field] })
}

/** Registers its contact; throws when that is refused. */
export async function register(ua: RawUa): Promise<Proved> {
  const done = await askProved(ua, { method: 'REGISTER', uri: `sip:${DOMAIN}`, to: ua.aor })
  if (statusOf(done.response) !== 200) throw new Error(done.response)
  return done
}

/** Contacts that are registered for its address-of-record. */
export async function registered(ua: RawUa): Promise<readonly string[]> {
  const asked = { method: 'REGISTER', uri: `sip:${DOMAIN}`, to: ua.aor, contact: false } as const
  const { response } = await askProved(ua, asked)
  if (statusOf(response) !== 200) throw new Error(response)
  return headersOf(response, 'Contact').map(value => /<([^>]*)>/.exec(value)?.[1] ?? value)
}

/** The ACK of a final response that is not a success, hop by hop (RFC 3261 §17.1.1.3). */
export function ackOf(ua: RawUa, saying: Saying, response: string): string {
  return [
    `ACK ${saying.uri} SIP/2.0`,
    `Via: ${
      headerOf(response, 'Via')
        ?.replace(/;received=[^;]*/, '')
        .replace(/;rport=\d+/, ';rport') ?? ''
    }`,
    'Max-Forwards: 70',
    `From: ${headerOf(response, 'From')}`,
    `To: ${headerOf(response, 'To')}`,
    `Call-ID: ${headerOf(response, 'Call-ID')}`,
    `CSeq: ${headerOf(response, 'CSeq')?.split(' ')[0]} ACK`,
    `User-Agent: ${ua.name}`,
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n')
}

/** Answers a request that came in. */
export function answer(ua: RawUa, request: string, status: number, toTag: string): string {
  const to = headerOf(request, 'To') ?? ''
  return [
    `SIP/2.0 ${status} Answer`,
    ...headersOf(request, 'Via').map(value => `Via: ${value}`),
    ...headersOf(request, 'Record-Route').map(value => `Record-Route: ${value}`),
    `From: ${headerOf(request, 'From')}`,
    `To: ${to.includes(';tag=') ? to : `${to};tag=${toTag}`}`,
    `Call-ID: ${headerOf(request, 'Call-ID')}`,
    `CSeq: ${headerOf(request, 'CSeq')}`,
    `Contact: <${ua.contact}>`,
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n')
}

/** A call that both sides have accepted. */
export interface Call {
  readonly callId: string
  readonly callerTag: string
  readonly calleeTag: string
  /** Route values of requests from the caller, and from the callee. */
  readonly callerRoutes: readonly string[]
  readonly calleeRoutes: readonly string[]
  /** The INVITE as the callee got it, and the one with credentials as the caller sent it. */
  readonly arrived: string
  readonly sent: string
}

/** Calls by address-of-record; the callee answers at once, and the ACK arrives. */
export async function call(caller: RawUa, callee: RawUa): Promise<Call> {
  const callId = `${token()}@${caller.peer.host}`
  const callerTag = token()
  const calleeTag = token()
  const isOurs = (method: string) => (message: string) =>
    message.startsWith(`${method} `) && message.includes(callId)
  const asking = askProved(caller, { method: 'INVITE', uri: callee.aor, callId, fromTag: callerTag })
  const arrived = await callee.peer.next('the INVITE', isOurs('INVITE'))
  callee.peer.send(answer(callee, arrived, 200, calleeTag))
  const { response, sent } = await asking
  if (statusOf(response) !== 200) throw new Error(response)
  const callerRoutes = headersOf(response, 'Record-Route').reverse()
  const inside = { uri: callee.contact, to: callee.aor, callId, fromTag: callerTag, toTag: calleeTag }
  caller.peer.send(say(caller, { ...inside, method: 'ACK', cseq: 2, routes: callerRoutes }))
  await callee.peer.next('the ACK', isOurs('ACK'))
  const calleeRoutes = headersOf(arrived, 'Record-Route')
  return { callId, callerTag, calleeTag, callerRoutes, calleeRoutes, arrived, sent }
}

/** Requests that arrived, in their order. */
export function requestsAt(ua: RawUa): readonly string[] {
  return ua.peer.received.filter(message => !message.startsWith('SIP/2.0'))
}

/** A text that nobody had before. */
export function token(): string {
  return randomBytes(9).toString('hex')
}

function hex(hash: 'md5' | 'sha256', text: string): string {
  return createHash(hash).update(Buffer.from(text, 'latin1')).digest('hex')
}
