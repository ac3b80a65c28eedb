import { randomBytes } from 'node:crypto'
import { headerOf, headersOf, type SipPeer } from './sip-peer.ts'

/** What identifies a call or a series of registrations of a test. */
export interface Dialog {
  readonly callId: string
  readonly fromTag: string
}

/** A new Call-ID and From tag. */
export function newDialog(): Dialog {
  return { callId: `${random()}@test`, fromTag: random() }
}

/** What a request is made of; each text has a branch of its own. */
export interface RequestOf {
  readonly method: string
  readonly uri: string
  readonly from: string
  readonly to: string
  readonly dialog: Dialog
  readonly cseq: number
  readonly toTag?: string
  readonly lines?: readonly string[]
}

/** A request as the peer sends it. */
export function requestOf(peer: SipPeer, parts: RequestOf): string {
  const { method, uri, from, to, dialog, cseq, toTag, lines = [] } = parts
  return `${[
    `${method} ${uri} SIP/2.0`,
    `Via: SIP/2.0/${peer.transport} ${peer.host};branch=z9hG4bK${random()};rport`,
    'Max-Forwards: 70',
    `From: <${from}>;tag=${dialog.fromTag}`,
    `To: <${to}>${toTag === undefined ? '' : `;tag=${toTag}`}`,
    `Call-ID: ${dialog.callId}`,
    `CSeq: ${cseq} ${method}`,
    ...lines,
    'Content-Length: 0',
  ].join('\r\n')}\r\n\r\n`
}

/** A REGISTER; without a contact it asks what is registered. */
export function registerOf(
  peer: SipPeer,
  aor: string,
  options: { readonly dialog?: Dialog; readonly cseq?: number; readonly contact?: string } = {},
): string {
  const { dialog = newDialog(), cseq = 1, contact } = options
  const lines = contact === undefined ? [] : [`Contact: ${contact}`]
  const uri = `sip:${aor.split('@')[1]}`
  return requestOf(peer, { method: 'REGISTER', uri, from: aor, to: aor, dialog, cseq, lines })
}

/** A response to a request that came in, with our tag and contact. */
export function answerTo(peer: SipPeer, request: string, status: number, tag: string): string {
  const rows = ['Via', 'Record-Route'].flatMap(name =>
    headersOf(request, name).map(value => `${name}: ${value}`),
  )
  const to = headerOf(request, 'To') ?? ''
  return `${[
    `SIP/2.0 ${status} Test`,
    ...rows,
    `From: ${headerOf(request, 'From')}`,
    `To: ${to.includes(';tag=') ? to : `${to};tag=${tag}`}`,
    `Call-ID: ${headerOf(request, 'Call-ID')}`,
    `CSeq: ${headerOf(request, 'CSeq')}`,
    `Contact: <sip:callee@${peer.host}${peer.transport === 'UDP' ? '' : ';transport=tcp'}>`,
    'Content-Length: 0',
  ].join('\r\n')}\r\n\r\n`
}

/** An established call, seen from the caller. */
export interface Call {
  readonly dialog: Dialog
  readonly toTag: string
  readonly target: string
  /** Route rows of requests inside the dialog. */
  readonly routes: readonly string[]
}

/** Calls, lets the callee answer, and confirms. Both peers stand behind the server under test. */
export async function establish(caller: SipPeer, callee: SipPeer, from: string, to: string): Promise<Call> {
  const dialog = newDialog()
  const contact = `Contact: <sip:caller@${caller.host}${caller.transport === 'UDP' ? '' : ';transport=tcp'}>`
  caller.send(requestOf(caller, { method: 'INVITE', uri: to, from, to, dialog, cseq: 1, lines: [contact] }))
  const invite = await callee.next('INVITE', isRequest('INVITE', dialog.callId))
  callee.send(answerTo(callee, invite, 200, 'callee'))
  const ok = await caller.next(
    '200 to INVITE',
    text => text.startsWith('SIP/2.0 200') && ofCall(text, dialog),
  )
  const call: Call = {
    dialog,
    toTag: /;tag=([^;\r\n]+)/.exec(headerOf(ok, 'To') ?? '')?.[1] ?? '',
    target: /<([^>]+)>/.exec(headerOf(ok, 'Contact') ?? '')?.[1] ?? '',
    routes: headersOf(ok, 'Record-Route')
      .reverse()
      .map(value => `Route: ${value}`),
  }
  caller.send(inCall(caller, call, 'ACK', from, to, 1))
  await callee.next('ACK', isRequest('ACK', dialog.callId))
  return call
}

/** A request of the caller inside an established call. */
export function inCall(
  caller: SipPeer,
  call: Call,
  method: string,
  from: string,
  to: string,
  cseq: number,
): string {
  const { dialog, toTag, target, routes } = call
  return requestOf(caller, { method, uri: target, from, to, dialog, cseq, toTag, lines: routes })
}

/** Whether a message is a request of that method and call. */
export function isRequest(method: string, callId: string): (message: string) => boolean {
  return message => message.startsWith(`${method} `) && headerOf(message, 'Call-ID') === callId
}

function ofCall(message: string, dialog: Dialog): boolean {
  return headerOf(message, 'Call-ID') === dialog.callId
}

function random(): string {
  return randomBytes(8).toString('hex')
}
