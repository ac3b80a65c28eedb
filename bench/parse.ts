import { checkMessage } from '../src/sip/message/check.ts'
import type { SipMessage, SipRequest } from '../src/sip/message/message.ts'
import { parseMessage } from '../src/sip/message/parse.ts'
import { type ForwardEdits, writeForwardedRequest, writeResponse } from '../src/sip/message/write.ts'

/**
 * Microseconds that reading and writing a message take: the best of several rounds, since other work on the machine
 * only ever adds.
 * `node bench/parse.ts [--quick]`
 */
const WARM_UP_CALLS = 100_000
const ROUNDS = process.argv.includes('--quick') ? 5 : 15
const ROUND_MS = process.argv.includes('--quick') ? 40 : 200

/** An INVITE as a phone sends it, filled up with a session description. */
function invite(bytes: number, number: number): Buffer {
  const header = [
    'INVITE sip:bob@example.com SIP/2.0',
    `Via: SIP/2.0/UDP 192.0.2.${number % 250}:5060;branch=z9hG4bK${number.toString(36)}nashds7;rport`,
    'Max-Forwards: 70',
    `From: "Alice" <sip:alice@example.com>;tag=9fxced${number}`,
    'To: "Bob" <sip:bob@example.com>',
    `Call-ID: 3848276298220188511${number}@192.0.2.4`,
    'CSeq: 1 INVITE',
    'Contact: <sip:alice@192.0.2.4:5060;transport=udp>',
    'Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, REFER, NOTIFY',
    'Supported: replaces, timer, outbound',
    'User-Agent: Bench/1.0',
    'Content-Type: application/sdp',
  ].join('\r\n')
  const length = bytes - header.length - '\r\nContent-Length: 000\r\n\r\n'.length
  const body = 'a=rtpmap:0 PCMU/8000\r\n'.repeat(80).slice(0, length)
  return Buffer.from(
    `${header}\r\nContent-Length: ${String(length).padStart(3, '0')}\r\n\r\n${body}`,
    'latin1',
  )
}

const edits: ForwardEdits = {
  requestUri: 'sip:bob@192.0.2.77:5060;transport=udp',
  via: 'SIP/2.0/UDP 192.0.2.100:5060;branch=z9hG4bK1a2b3c4d5e6f.0123456789abcdef',
  maxForwards: 69,
  maxBreadth: 60,
  recordRoutes: ['<sip:Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4@192.0.2.100:5060;transport=udp;lr>'],
}

function read(text: string): SipMessage {
  const parsed = parseMessage(text, true)
  if (!parsed.ok || checkMessage(parsed.value) !== undefined) throw new Error('the bench message is refused')
  return parsed.value
}

function stamped(text: string): SipRequest {
  const message = read(text)
  if (message.kind !== 'request') throw new Error('not a request')
  message.viaStamp = `SIP/2.0/UDP 192.0.2.4:5060;branch=${message.topVia.branch};received=198.51.100.7;rport=5060`
  return message
}

/** Processor time of this process so far, in milliseconds: what else runs on the machine is not counted. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** Best microseconds of one call. */
function measure(once: (i: number) => number): number {
  let best = Number.POSITIVE_INFINITY
  let sink = 0
  for (let i = 0; i < WARM_UP_CALLS; i++) sink += once(i)
  for (let round = 0; round < ROUNDS; round++) {
    const begun = cpuMs()
    let calls = 0
    let spent = 0
    while (spent < ROUND_MS) {
      for (let i = 0; i < 1000; i++) sink += once(calls + i)
      calls += 1000
      spent = cpuMs() - begun
    }
    best = Math.min(best, (spent * 1000) / calls)
  }
  if (sink < 0) throw new Error('nothing was measured')
  return best
}

console.log('bytes  parse+check  parse+check+forward  forward  response  (µs each)')
for (const bytes of [500, 600, 1000, 1500]) {
  const buffers = Array.from({ length: 64 }, (_, i) => invite(bytes, i))
  const fresh = (i: number): string => (buffers[i & 63] ?? Buffer.alloc(0)).toString('latin1')
  const decode = measure(i => fresh(i).length)
  const parse = measure(i => read(fresh(i)).count) - decode
  const requests = buffers.map(buffer => stamped(buffer.toString('latin1')))
  const request = (i: number): SipRequest => requests[i & 63] ?? stamped(fresh(i))
  // The text is flattened as sending does.
  const out = Buffer.alloc(4096)
  const forward = measure(i => out.write(writeForwardedRequest(request(i), edits), 'latin1'))
  const all = measure(i => out.write(writeForwardedRequest(stamped(fresh(i)), edits), 'latin1')) - decode
  const response = measure(i => out.write(writeResponse(request(i), 180, { toTag: 'a6c85cf' }), 'latin1'))
  const cells = [parse, all, forward, response].map(value => value.toFixed(2).padStart(9))
  console.log(`${String(bytes).padStart(5)} ${cells.join('  ')}`)
}
