import { randomBytes } from 'node:crypto'

/** Says who asks, in every request of an honest part (an attack may say anything). */
export const USER_AGENT = 'aspis-audit'

/** What a request says; everything left out is what an honest user agent would say. */
export interface Saying {
  readonly method: string
  readonly uri: string
  /** URI; the agent's own address-of-record when left out. */
  readonly from?: string
  /** URI; the Request-URI when left out. */
  readonly to?: string
  readonly fromTag?: string
  readonly toTag?: string
  readonly callId?: string
  readonly cseq?: number
  readonly branch?: string
  readonly maxForwards?: number
  /** URI, or none. */
  readonly contact?: string | false
  /** Values of Route, with their angle brackets. */
  readonly routes?: readonly string[]
  /** Further lines, as they are. */
  readonly lines?: readonly string[]
  readonly body?: string
  /** Of the body; application/sdp when left out. */
  readonly contentType?: string
  readonly userAgent?: string
}

/** Who says it. */
export interface Speaker {
  readonly aor: string
  readonly contact: string
  /** Via, `UDP 127.0.0.1:5080`. */
  readonly sentBy: string
}

/** The text of a request, one character an octet, with a branch of its own. */
export function say(speaker: Speaker, saying: Saying): string {
  const { method, uri, body = '' } = saying
  const to = `<${saying.to ?? uri}>${saying.toTag === undefined ? '' : `;tag=${saying.toTag}`}`
  return [
    `${method} ${uri} SIP/2.0`,
    `Via: SIP/2.0/${speaker.sentBy};branch=${saying.branch ?? `z9hG4bK${token()}`};rport`,
    `Max-Forwards: ${saying.maxForwards ?? 70}`,
    ...(saying.routes ?? []).map(route => `Route: ${route}`),
    `From: <${saying.from ?? speaker.aor}>;tag=${saying.fromTag ?? token()}`,
    `To: ${to}`,
    `Call-ID: ${saying.callId ?? token()}`,
    `CSeq: ${saying.cseq ?? 1} ${method}`,
    ...(saying.contact === false ? [] : [`Contact: <${saying.contact ?? speaker.contact}>`]),
    `User-Agent: ${saying.userAgent ?? USER_AGENT}`,
    'Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, PRACK, MESSAGE, SUBSCRIBE, NOTIFY, REFER, UPDATE, INFO',
    'Supported: replaces, timer, norefersub',
    ...(saying.lines ?? []),
    ...(body === '' ? [] : [`Content-Type: ${saying.contentType ?? 'application/sdp'}`]),
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n')
}

/** A session description of one audio stream. @param ip where media would be sent to */
export function sdp(ip: string, port = 40_000): string {
  const kind = ip.includes(':') ? 'IP6' : 'IP4'
  return [
    'v=0',
    `o=- 1 1 IN ${kind} ${ip}`,
    's=-',
    `c=IN ${kind} ${ip}`,
    't=0 0',
    `m=audio ${port} RTP/AVP 0`,
    'a=rtpmap:0 PCMU/8000',
    '',
  ].join('\r\n')
}

/** Sixteen hexadecimal digits of chance. */
export function token(): string {
  return randomBytes(8).toString('hex')
}
