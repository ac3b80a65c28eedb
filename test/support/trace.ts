import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TransportName } from '../../src/base/flow.ts'
import type { Detector } from '../../src/detect/detector.ts'
import { Engine } from '../../src/detect/engine.ts'
import type { Finding } from '../../src/detect/finding.ts'
import { type Judgement, Observer, type Where } from '../../src/detect/observer.ts'
import type { Sighting } from '../../src/detect/sighting.ts'
import { subjectKey } from '../../src/detect/subject.ts'
import { checkMessage } from '../../src/sip/message/check.ts'
import { H } from '../../src/sip/message/header-id.ts'
import type { SipMessage, SipRequest, SipResponse } from '../../src/sip/message/message.ts'
import { parseMessage } from '../../src/sip/message/parse.ts'

/** What a request of a trace says; the rest is filled in, each request with a branch of its own. */
export interface RequestOf {
  readonly method?: string
  readonly uri?: string
  /** URIs; `sip:alice@example.test` and the Request-URI when left out. */
  readonly from?: string
  readonly to?: string
  /** As written before the bracket, quotes included. */
  readonly fromName?: string
  readonly fromTag?: string
  readonly toTag?: string
  readonly callId?: string
  readonly cseq?: number
  readonly lines?: readonly string[]
  readonly body?: string
}

let made = 0

/** A well-formed request. */
export function sipRequest(parts: RequestOf = {}): SipRequest {
  made += 1
  const method = parts.method ?? 'INVITE'
  const uri = parts.uri ?? 'sip:bob@example.test'
  const body = parts.body ?? ''
  return readRequest(
    [
      `${method} ${uri} SIP/2.0`,
      `Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK${made}`,
      'Max-Forwards: 70',
      `From: ${parts.fromName ?? ''}<${parts.from ?? 'sip:alice@example.test'}>;tag=${parts.fromTag ?? `f${made}`}`,
      `To: <${parts.to ?? uri}>${parts.toTag === undefined ? '' : `;tag=${parts.toTag}`}`,
      `Call-ID: ${parts.callId ?? `call-${made}`}`,
      `CSeq: ${parts.cseq ?? 1} ${method}`,
      ...(parts.lines ?? []),
      `Content-Length: ${body.length}`,
      '',
      body,
    ].join('\r\n'),
  )
}

/** A request from its text. */
export function readRequest(text: string): SipRequest {
  const message = read(text)
  assert.ok(message.kind === 'request', text)
  return message
}

/** A response from its text. */
export function readResponse(text: string): SipResponse {
  const message = read(text)
  assert.ok(message.kind === 'response', text)
  return message
}

/** A response to a request. */
export function sipResponse(request: SipRequest, status: number, toTag = 'callee'): SipResponse {
  const message = read(
    [
      `SIP/2.0 ${status} Reason`,
      ...request.headers(H.via).map(via => `Via: ${via}`),
      `From: ${request.from.text}`,
      `To: ${request.to.text}${request.to.tag === undefined ? `;tag=${toTag}` : ''}`,
      `Call-ID: ${request.callId}`,
      `CSeq: ${request.cseq.number} ${request.cseq.method}`,
      'Content-Length: 0',
      '',
      '',
    ].join('\r\n'),
  )
  assert.ok(message.kind === 'response')
  return message
}

function read(text: string): SipMessage {
  const parsed = parseMessage(text, true)
  assert.ok(parsed.ok, `${parsed.ok ? '' : parsed.error.refusal}\n${text}`)
  assert.equal(checkMessage(parsed.value), undefined, text)
  return parsed.value
}

/** Tells a detector, through engine and tracker, what a server would have seen; times in ms, from 1000 on. */
export class Trace {
  readonly findings: Finding[] = []
  readonly disabled: string[] = []
  readonly observer: Observer
  atMs = 1000

  constructor(detectors: readonly Detector[], limits: Readonly<Record<string, number>> = {}) {
    const engine = new Engine({
      detectors,
      settings: Object.fromEntries(detectors.map(({ id }) => [id, { limits }])),
      known: {
        trunkOf: ip => (ip === TRUNK_IP ? 'carrier' : undefined),
        isAllowed: ip => ip === ALLOWED_IP,
      },
      hashKey: new Uint8Array(16),
      wallMs: atMs => 1_800_000_000_000 + atMs,
      onFinding: finding => this.findings.push(finding),
      onDisabled: (_id, error) => {
        throw error
      },
    })
    this.observer = new Observer(engine)
  }

  /** Time passes, tick by tick. */
  wait(ms: number): this {
    const untilMs = this.atMs + ms
    while (this.atMs < untilMs) {
      this.atMs = Math.min(untilMs, this.atMs + 1000)
      this.observer.advance(this.atMs)
    }
    return this
  }

  where(ip: string, transport: TransportName = 'udp'): Where {
    const source = this.observer.engine.sourceOf(ip)
    if (transport !== 'udp') source.isProved = true
    return { atMs: this.atMs, source, transport }
  }

  /** A request comes. */
  request(ip: string, parts: RequestOf | SipRequest = {}, transport?: TransportName): SipRequest {
    const request = 'kind' in parts ? parts : sipRequest(parts)
    this.observer.request(this.where(ip, transport), request)
    return request
  }

  /** The server answers a request by itself. */
  answer(ip: string, request: SipRequest, status: number, why = '', transport?: TransportName): void {
    this.observer.answer(this.where(ip, transport), request, status, why, true)
  }

  /** A request comes, and is answered by the server itself. */
  asks(
    ip: string,
    parts: RequestOf | SipRequest,
    status: number,
    why = '',
    transport?: TransportName,
  ): SipRequest {
    const request = this.request(ip, parts, transport)
    this.answer(ip, request, status, why, transport)
    return request
  }

  /** Credentials come and are judged: `''` is accepted. The answer follows, 200 or 401. */
  logsIn(
    ip: string,
    user: string,
    why = '',
    parts: RequestOf = {},
    judgement: Partial<Judgement> = {},
  ): SipRequest {
    const uri = 'sip:example.test'
    const aor = `sip:${user}@example.test`
    const line = `Authorization: Digest username="${user}", realm="example.test", nonce="n", uri="${uri}", response="00000000000000000000000000000000"`
    const request = this.request(ip, {
      ...{ method: 'REGISTER', uri, from: aor, to: aor },
      ...parts,
      lines: [line, 'Contact: <sip:me@192.0.2.1>', ...(parts.lines ?? [])],
    })
    const isAccepted = why === ''
    this.observer.credentials(this.where(ip), request, {
      ...{ isAccepted, why, user, realm: 'example.test', isNonceOurs: true },
      ...judgement,
    })
    this.answer(ip, request, isAccepted ? 200 : 401, isAccepted ? 'registered' : why)
    return request
  }

  /** An INVITE is forwarded: a call begins. `responds` and `answered` go on with it. */
  call(ip: string, parts: RequestOf = {}, account = '', toClass = ''): SipRequest {
    const request = this.request(ip, parts)
    this.observer.forwarded(this.where(ip), request, account, toClass)
    return request
  }

  /** The callee's response to a forwarded request, passed on when it is final. */
  responds(callee: string, caller: string, request: SipRequest, status: number, toTag = 'callee'): void {
    this.observer.response(this.where(callee), sipResponse(request, status, toTag), false)
    if (status >= 200) this.observer.answer(this.where(caller), request, status, '', false)
  }

  /** A whole call: forwarded, answered after `ringMs`, acknowledged, ended after `talkMs` by the caller. */
  talks(
    caller: string,
    callee: string,
    talkMs: number,
    parts: RequestOf = {},
    account = '',
    ringMs = 2000,
  ): void {
    const invite = this.call(caller, parts, account)
    this.responds(callee, caller, invite, 180)
    this.wait(ringMs)
    this.responds(callee, caller, invite, 200)
    const inside = {
      ...{ uri: invite.requestUri, from: invite.from.uriText, to: invite.to.uriText },
      ...{ fromTag: invite.from.tag ?? '', toTag: 'callee', callId: invite.callId },
    }
    this.request(caller, { ...inside, method: 'ACK' })
    this.wait(talkMs)
    const bye = this.request(caller, { ...inside, method: 'BYE', cseq: 2 })
    this.responds(callee, caller, bye, 200)
  }

  see(sighting: Sighting): void {
    this.observer.see(sighting)
  }

  /** `detector subject` of all findings. */
  get found(): readonly string[] {
    return this.findings.map(({ detector, subject }) => `${detector} ${subjectKey(subject)}`)
  }
}

/** Address of the trunk `carrier` of every trace. */
export const TRUNK_IP = '203.0.113.5'
/** Address in the allow list of every trace. */
export const ALLOWED_IP = '203.0.113.9'

/** One trace of a detector's test. */
export interface TraceCase {
  /** What happens, in words: the name of the test. */
  readonly name: string
  readonly trace: (trace: Trace) => void
}

/** A trace that must alarm. */
export interface AlarmCase extends TraceCase {
  /** Subject of the finding, as `source:192.0.2.7`. */
  readonly subject: string
  /** Whether the address it names may be forged; not asked when left out. */
  readonly isSpoofable?: boolean
}

/** Runs a detector over traces that must alarm and traces that must stay quiet. */
export function tryDetector(
  detector: Detector,
  cases: { readonly alarm: readonly AlarmCase[]; readonly quiet: readonly TraceCase[] },
  limits: Readonly<Record<string, number>> = {},
): void {
  for (const { name, trace, subject, isSpoofable } of cases.alarm) {
    test(`${detector.id}: alarm: ${name}`, () => {
      const run = new Trace([detector], limits)
      trace(run)
      const about = run.findings.find(finding => subjectKey(finding.subject) === subject)
      assert.ok(
        about !== undefined,
        `no finding about ${subject}; found: ${run.found.join(', ') || 'nothing'}`,
      )
      assert.notEqual(about.why, '')
      if (isSpoofable !== undefined) assert.equal(about.isSpoofable, isSpoofable)
    })
  }
  for (const { name, trace } of cases.quiet) {
    test(`${detector.id}: quiet: ${name}`, () => {
      const run = new Trace([detector], limits)
      trace(run)
      assert.deepEqual(
        run.findings.map(({ why }) => why),
        [],
      )
    })
  }
}
