import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tryStage } from '../../../test/support/stage-context.ts'
import { media } from './media.ts'

const lines = [
  'v=0',
  'o=- 1 1 IN IP4 192.0.2.1',
  's=-',
  'c=IN IP4 192.0.2.1',
  't=0 0',
  'm=audio 40000 RTP/AVP 0',
]
const session = (...more: readonly string[]): string => [...lines, ...more, ''].join('\r\n')
const asked = (body: string, contentType = 'application/sdp', method = 'INVITE') =>
  tryStage(media, { method, body, lines: [`Content-Type: ${contentType}`] })

test('P13: media to groups, to everybody or to no port are refused with 488, in an ACK with silence', async () => {
  for (const [line, why] of [
    ['c=IN IP4 255.255.255.255', 'media-to-many'],
    ['c=IN IP4 239.1.2.3/127', 'media-to-many'],
    ['c=IN IP6 FF02::1', 'media-to-many'],
    ['m=audio 65536 RTP/AVP 0', 'media-to-no-port'],
    ['m=audio -1 RTP/AVP 0', 'media-to-no-port'],
  ] as const) {
    assert.equal(await asked(session(line)), `reply 488 ${why}`, line)
    assert.equal(await asked(session(line), 'application/sdp', 'ACK'), `drop ${why}`, line)
  }
})

test('calls on hold, refused streams, private addresses, names and long keys pass', async () => {
  for (const line of [
    'c=IN IP4 0.0.0.0',
    'c=IN IP4 10.0.0.1',
    'c=IN IP4 phone.example.test',
    'c=IN IP6 2001:db8::ff02',
    'm=video 0 RTP/AVP 31',
    'm=audio 9 UDP/TLS/RTP/SAVPF 111',
    `a=identity:${'x'.repeat(5_000)}`,
  ])
    assert.equal(await asked(session(line)), 'next', line)
  assert.equal(await asked('c=IN IP4 239.1.2.3 is what I read', 'text/plain', 'MESSAGE'), 'next')
})

test('P07: a thousand streams, a line of thousands of octets, parts without end or in parts are refused', async () => {
  const streams = Array.from({ length: 1_000 }, () => 'm=audio 9 RTP/AVP 0')
  assert.equal(await asked(session(...streams)), 'reply 488 too-many-streams')
  assert.equal(
    await asked(session(`a=rtpmap:0 ${'x'.repeat(5_000)}/8000`)),
    'reply 488 session-line-too-long',
  )
  assert.equal(await asked(session(`i=${'x'.repeat(5_000)}`)), 'reply 488 session-line-too-long')
  const part = '--b\r\nContent-Type: text/plain\r\n\r\nx\r\n'
  assert.equal(await asked(part.repeat(1_000), 'multipart/mixed;boundary=b'), 'reply 488 too-many-body-parts')
  const nested = '--b\r\nContent-Type: multipart/mixed;Boundary=b\r\n\r\n'
  assert.equal(await asked(nested.repeat(20), 'multipart/mixed;boundary=b'), 'reply 488 body-parts-too-deep')
  const one = `--b\r\nContent-Type: application/sdp\r\n\r\n${session()}\r\n--b--\r\n`
  assert.equal(await asked(one, 'multipart/mixed;boundary=b'), 'next')
  const hostile = one.replace('c=IN IP4 192.0.2.1', 'c=IN IP4 224.0.0.1')
  assert.equal(await asked(hostile, 'multipart/mixed;boundary=b'), 'reply 488 media-to-many')
})

test('insecure: strange-media lets them pass', async () => {
  const body = session('c=IN IP4 239.1.2.3')
  const asIs = { body, lines: ['Content-Type: application/sdp'] }
  assert.equal(await tryStage(media, { ...asIs, ports: { mayMediaStray: true } }), 'next')
})
