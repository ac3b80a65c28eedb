import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EDGE_IP, SimEdge } from '../support/sim-edge.ts'
import { SimPhone } from '../support/sim-phone.ts'
import { rawRequest, SimStranger } from '../support/sim-stranger.ts'

const ELSEWHERE = 'sip:bob@nowhere.test'
/** Enough text that an answer of usual size does not amplify. */
const PADDING = { Subject: 'x'.repeat(600) }

async function strangerAt(sim: SimEdge): Promise<SimStranger> {
  return new SimStranger(sim, '203.0.113.66')
}

test('a datagram of a stranger that names no served domain gets no answer, whatever is wrong with it', async () => {
  const sim = await SimEdge.open()
  const stranger = await strangerAt(sim)
  const invented = '<sip:d1AAAAaaaaaaaaaaaabbbbbbbbbbbbcccccccccccc@192.0.2.1;lr>'
  const texts = [
    rawRequest('OPTIONS', ELSEWHERE, PADDING),
    rawRequest('REGISTER', 'sip:192.0.2.1', { ...PADDING, To: '<sip:100@192.0.2.1>' }),
    rawRequest('OPTIONS', 'sip:100@192.0.2.1', { ...PADDING, 'Max-Forwards': '0' }),
    rawRequest('OPTIONS', ELSEWHERE, { ...PADDING, Route: 'broken' }),
    rawRequest('INVITE', ELSEWHERE, { ...PADDING, Contact: '<broken' }),
    rawRequest('OPTIONS', 'sip:192.0.2.1', { ...PADDING, 'Proxy-Require': 'foo' }),
    rawRequest('CANCEL', ELSEWHERE, PADDING),
    rawRequest('BYE', ELSEWHERE, { ...PADDING, To: `<${ELSEWHERE}>;tag=x`, Route: invented }),
    rawRequest('OPTIONS', ELSEWHERE, { ...PADDING, CSeq: '1 INVITE' }),
    rawRequest('OPTIONS', 'mailto:bob@nowhere.test', PADDING),
  ]
  for (const text of texts) await stranger.send(text)
  assert.deepEqual(stranger.texts, [])
  sim.core.isDraining = true
  await stranger.send(rawRequest('OPTIONS', ELSEWHERE, PADDING))
  assert.deepEqual(stranger.texts, [])
  await sim.runOut()
})

test('unserved: reject answers strangers as RFC 3261 says', async () => {
  const sim = await SimEdge.open({ lines: ['unserved: reject'] })
  const stranger = await strangerAt(sim)
  await stranger.send(rawRequest('OPTIONS', ELSEWHERE, PADDING))
  await stranger.send(rawRequest('OPTIONS', ELSEWHERE, { ...PADDING, 'Max-Forwards': '0' }))
  await stranger.send(rawRequest('OPTIONS', 'mailto:bob@nowhere.test', PADDING))
  assert.deepEqual(stranger.statuses, [407, 483, 416])
  await sim.runOut()
})

test('DOS-03: no answer to an unproved source over UDP is larger than half as much again as its request', async () => {
  const sim = await SimEdge.open()
  const stranger = await strangerAt(sim)
  const methods = ['REGISTER', 'INVITE', 'OPTIONS', 'SUBSCRIBE', 'BYE', 'CANCEL', 'MESSAGE', 'FOO']
  for (const method of methods) {
    for (const size of [0, 20, 60, 100, 150, 200, 300, 500, 1000]) {
      for (const uri of ['sip:example.test', 'sip:bob@example.test', 'sip:192.0.2.1']) {
        for (const more of [{}, { 'Max-Forwards': '0' }, { Require: 'foo', 'Proxy-Require': 'bar' }]) {
          const text = rawRequest(method, uri, {
            ...more,
            ...(size === 0 ? {} : { Subject: 'x'.repeat(size) }),
          })
          const before = stranger.texts.length
          await stranger.send(text)
          const answers = stranger.texts.slice(before)
          assert.ok(answers.length <= 1)
          for (const answer of answers) assert.ok(answer.length <= text.length * 1.5, `${text}\n${answer}`)
        }
      }
    }
  }
  assert.ok(stranger.texts.length > 300)
  await sim.runOut()
})

test('MSG-09: another version is 505, an unknown scheme 416, what cannot be read 400, where we are named', async () => {
  const sim = await SimEdge.open()
  const stranger = await strangerAt(sim)
  const named = { ...PADDING, To: '<sip:bob@example.test>' }
  await stranger.send(
    rawRequest('OPTIONS', 'sip:bob@example.test', named).replace('SIP/2.0\r\n', 'SIP/7.0\r\n'),
  )
  await stranger.send(rawRequest('OPTIONS', 'mailto:bob@example.test', named))
  await stranger.send(rawRequest('OPTIONS', 'sip:bob@example.test', { ...named, CSeq: '1 INVITE' }))
  await stranger.send(rawRequest('OPTIONS', 'sip:bob@example.test', { ...named, 'Call-ID': undefined }))
  assert.deepEqual(stranger.statuses, [505, 416, 400, 400])
  await sim.runOut()
})

test('MSG-06: a request that names us, without From, To and Call-ID, gets 400 at its source', async () => {
  const sim = await SimEdge.open()
  const stranger = await strangerAt(sim)
  const lines = ['CSeq: 1 INVITE', 'Via: SIP/2.0/UDP 203.0.113.66;rport;branch=z9hG4bKx', 'Content-Length: 0']
  await stranger.send(`INVITE sip:bob@example.test SIP/2.0\r\n${lines.join('\r\n')}\r\n\r\n`)
  assert.equal(stranger.texts.length, 1)
  assert.match(stranger.texts[0] ?? '', /^SIP\/2\.0 400 /)
  await stranger.send(`INVITE ${ELSEWHERE} SIP/2.0\r\n${lines.join('\r\n')}\r\n\r\n`)
  assert.equal(stranger.texts.length, 1)
  await sim.runOut()
})

test('DOS-01: a challenge is sent once, keeps nothing, and its To tag is a function of the request', async () => {
  const sim = await SimEdge.open()
  const stranger = await strangerAt(sim)
  const text = rawRequest('INVITE', 'sip:bob@example.test', PADDING)
  await stranger.send(text)
  await stranger.send(text)
  sim.assertNothingLeft()
  assert.deepEqual(stranger.statuses, [407, 407])
  const tags = stranger.texts.map(each => /^To: .*;tag=(.*)$/m.exec(each)?.[1])
  assert.equal(tags[0], tags[1])
  await sim.run(64_000)
  assert.equal(stranger.texts.length, 2)
})

test('DIG-31 UAS-13: a stranger gets the same answers for a known and an unknown user', async () => {
  const sim = await SimEdge.open()
  const phone = new SimPhone(sim, { user: 'bob', ip: '192.0.2.20' })
  await phone.register()
  const stranger = await strangerAt(sim)
  for (const method of ['INVITE', 'OPTIONS', 'SUBSCRIBE', 'MESSAGE', 'BYE', 'REFER']) {
    const answers: string[] = []
    for (const user of ['bob', 'zob']) {
      await stranger.send(
        rawRequest(method, `sip:${user}@example.test`, {
          ...PADDING,
          'Call-ID': 'same',
          Via: 'SIP/2.0/UDP 203.0.113.66:5060;rport;branch=z9hG4bKsame',
        }),
      )
      answers.push(masked(stranger.texts.at(-1) ?? '', user))
    }
    assert.equal(answers[0], answers[1], method)
    assert.match(answers[0] ?? '', /^SIP\/2\.0 407 /)
  }
  assert.equal(phone.requests.length, 0)
})

test('DIG-22: a stray CANCEL is answered with 481 where that does not amplify, and nothing is forwarded', async () => {
  const sim = await SimEdge.open()
  const stranger = await strangerAt(sim)
  await stranger.send(rawRequest('CANCEL', 'sip:bob@example.test', PADDING))
  assert.deepEqual(stranger.statuses, [481])
  const tiny =
    'CANCEL sip:example.test SIP/2.0\r\nv:SIP/2.0/UDP a;branch=z9hG4bKt\r\nf:<sip:a@b.c>;tag=1\r\nt:<sip:a@b.c>\r\ni:1\r\nCSeq:1 CANCEL\r\n\r\n'
  await stranger.send(tiny)
  for (const text of stranger.texts.slice(1)) assert.ok(text.length <= tiny.length * 1.5)
  sim.assertNothingLeft()
})

test('UAS-10: an ACK is never answered, and goes nowhere without the proof of its dialog', async () => {
  const sim = await SimEdge.open()
  const bob = new SimPhone(sim, { user: 'bob', ip: '192.0.2.20' })
  await bob.register()
  const stranger = await strangerAt(sim)
  const before = bob.seen.length
  for (const uri of ['sip:bob@example.test', bob.contact, 'sip:192.0.2.1', ELSEWHERE]) {
    for (const tag of ['', ';tag=invented'])
      for (const Route of [
        undefined,
        '<sip:192.0.2.1;lr>',
        '<sip:d1AAAAaaaaaaaaaaaabbbbbbbbbbbbcccccccccccc@192.0.2.1;lr>',
      ])
        await stranger.send(rawRequest('ACK', uri, { ...PADDING, To: `<${uri}>${tag}`, Route }))
  }
  assert.deepEqual(stranger.texts, [])
  assert.equal(bob.seen.length, before)
  assert.ok(sim.count('requests_dropped_total', 'ack-without-proof') > 0)
  await sim.runOut()
})

test('PRX-25 PAI-02: what a user claims about himself beyond From does not reach the callee', async () => {
  const sim = await SimEdge.open()
  const alice = new SimPhone(sim, { user: 'alice', ip: '192.0.2.10' })
  const bob = new SimPhone(sim, { user: 'bob', ip: '192.0.2.20' })
  await bob.register()
  alice.call('sip:bob@example.test', {
    headers: [
      ['P-Asserted-Identity', '<sip:boss@example.test>'],
      ['Remote-Party-ID', '<sip:boss@example.test>'],
      ['X-Account', '1'],
      ['Diversion', '<sip:boss@example.test>'],
      ['Subject', 'kept'],
    ],
  })
  await sim.run(100)
  const text = bob.got('INVITE')[0]?.text ?? ''
  assert.match(text, /^Subject: kept\r$/m)
  assert.doesNotMatch(text, /boss|X-Account/)
  await sim.runOut()
})

/** An answer without what differs by chance. */
function masked(text: string, user: string): string {
  return text
    .replaceAll(user, 'USER')
    .replaceAll(/nonce="[^"]*"/g, 'nonce')
    .replaceAll(/tag=[\w-]+/g, 'tag')
}

test('a stranger is read when a domain of ours stands anywhere, in any case, or a Route that may be ours', async () => {
  const sim = await SimEdge.open()
  const host = sim.network.host('192.0.2.66', () => {})
  const flow = host.udp(5060, { ip: EDGE_IP, port: 5060 })
  const send = async (lines: readonly string[]): Promise<number> => {
    const before = sim.count('requests_dropped_total', 'unserved-domain')
    flow.send(
      [
        'INVITE sip:bob@elsewhere.test SIP/2.0',
        'Via: SIP/2.0/UDP 192.0.2.66;branch=z9hG4bK1;rport',
        ...lines,
        'Call-ID: c',
        'CSeq: 1 INVITE',
        'Content-Length: 0\r\n\r\n',
      ].join('\r\n'),
    )
    await sim.run(100)
    return sim.count('requests_dropped_total', 'unserved-domain') - before
  }
  const to = 'To: <sip:bob@elsewhere.test>'
  assert.equal(await send(['From: <sip:a@elsewhere.test>;tag=1', to]), 1)
  assert.equal(sim.sentByEdge().length, 0)
  // Read and known as one for the proxy to refuse, and not dropped unread.
  assert.equal(await send(['From: <sip:alice@EXAMPLE.test>;tag=1', to]), 0)
  assert.equal(sim.sentByEdge().length, 1)
})
