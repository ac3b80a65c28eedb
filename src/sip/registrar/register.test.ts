import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bindingOf, EDGE_SOURCE, NOW_MS, register, SOURCE, TLS_SOURCE, valuesOf } from './register-fixture.ts'

const contact = 'Contact: <sip:bob@192.0.2.7:5060>'

test('a first REGISTER stores one binding and lists it with its expiry', () => {
  const outcome = register({
    lines: [`${contact};q=0.7;audio;methods="INVITE,BYE"`, 'Expires: 600', 'User-Agent: phone/2'],
  })
  assert.equal(outcome.status, 200)
  assert.deepEqual(outcome.bindings, [
    bindingOf({
      callId: '843817637684230@998sdasdh09',
      cseq: 1826,
      q: 700,
      params: ';audio;methods="INVITE,BYE"',
      userAgent: 'phone/2',
    }),
  ])
  assert.deepEqual(valuesOf(outcome, 'Contact'), ['<sip:bob@192.0.2.7:5060>;expires=600;q=0.7'])
})

test('REG-01, REG-02: an AOR that is not in a domain of ours is 404 before anything else is looked at', () => {
  for (const to of [
    '<sip:bob@example.net>',
    '<sip:example.com>',
    '<tel:+12015550123>',
    '<isbn:2983792873>',
  ]) {
    const outcome = register({ to, lines: ['Contact: *', 'Require: nothing-we-know'] })
    assert.deepEqual([outcome.status, outcome.why, outcome.stores], [404, 'aor-not-served', false], to)
  }
})

test('REG-02: an AOR of another domain than the Request-URI is 404, and an address as Request-URI is no domain', () => {
  assert.equal(register({ requestUri: 'sip:example.org', lines: [contact] }).status, 404)
  assert.equal(register({ requestUri: 'sip:203.0.113.1', lines: [contact] }).status, 200)
})

test('REG-01: an unknown required option is 420 with the option in Unsupported', () => {
  const outcome = register({ lines: [contact, 'Require: path, nothing-we-know, gruu'] })
  assert.equal(outcome.status, 420)
  assert.deepEqual(valuesOf(outcome, 'Unsupported'), ['nothing-we-know'])
})

test('REG-01: one bad contact fails the whole request and nothing changes', () => {
  const outcome = register({ lines: [contact, 'Contact: <sip:bob@victim.example.net>'] })
  assert.deepEqual([outcome.status, outcome.stores], [403, false])
})

test('REG-03: * needs Expires 0 and no other contact', () => {
  const existing = [bindingOf()]
  for (const lines of [
    ['Contact: *'],
    ['Contact: *', 'Expires: 10'],
    ['Contact: *', 'Expires: none'],
    ['Contact: *', contact, 'Expires: 0'],
    ['Contact: *, *', 'Expires: 0'],
    ['Contact: *', 'Expires: 0', 'Expires: 0'],
  ]) {
    const outcome = register({ lines }, { existing })
    assert.deepEqual([outcome.status, outcome.why], [400, 'star-not-alone'], lines.join(' | '))
  }
  const done = register({ lines: ['Contact: *', 'Expires: 0'] }, { existing })
  assert.deepEqual([done.status, done.stores, done.bindings], [200, true, []])
})

test('REG-04: of one Call-ID only a higher CSeq changes a binding', () => {
  const existing = [bindingOf({ callId: 'one', cseq: 5 })]
  for (const cseq of [4, 5]) {
    for (const lines of [[contact], [`${contact};expires=0`], ['Contact: *', 'Expires: 0']]) {
      const outcome = register({ callId: 'one', cseq, lines }, { existing })
      assert.deepEqual([outcome.status, outcome.why, outcome.stores], [500, 'cseq-not-higher', false])
    }
  }
  assert.equal(register({ callId: 'one', cseq: 6, lines: [contact] }, { existing }).bindings[0]?.cseq, 6)
  assert.equal(
    register({ callId: 'two', cseq: 1, lines: [contact] }, { existing }).bindings[0]?.callId,
    'two',
  )
})

test('REG-04: one stale contact keeps the others of its request from being stored', () => {
  const existing = [bindingOf({ callId: 'one', cseq: 5 })]
  const lines = ['Contact: <sip:bob@192.0.2.7:5070>', contact]
  assert.equal(register({ callId: 'one', cseq: 5, lines }, { existing }).why, 'cseq-not-higher')
})

test('REG-04: an expired binding says nothing about order', () => {
  const existing = [bindingOf({ callId: 'one', cseq: 5, expiresAtMs: NOW_MS })]
  assert.equal(register({ callId: 'one', cseq: 5, lines: [contact] }, { existing }).status, 200)
})

test('the same contact twice in one request is one binding, the later value counts', () => {
  const outcome = register({
    lines: [`${contact};expires=100`, 'Contact: <sip:bob@192.0.2.7:5060;x=1>;expires=200'],
  })
  assert.deepEqual(
    outcome.bindings.map(binding => [binding.contact, binding.expiresAtMs - NOW_MS]),
    [['sip:bob@192.0.2.7:5060;x=1', 200_000]],
  )
})

test('REG-05: the contact asks before the field, the field before the default, and only the bound shortens', () => {
  const granted = (lines: string[]): number =>
    ((register({ lines }).bindings[0]?.expiresAtMs ?? 0) - NOW_MS) / 1000
  assert.equal(granted([`${contact};expires=100`, 'Expires: 200']), 100)
  assert.equal(granted([contact, 'Expires: 200']), 200)
  assert.equal(granted([contact]), 3600)
  assert.equal(granted([`${contact};expires=99999`]), 7200)
  assert.equal(granted([`${contact};expires=99999999999999999999`]), 7200)
  assert.equal(granted([`${contact};expires=soon`]), 3600)
})

test('REG-05: 423 with Min-Expires only below the minimum, above zero and below an hour', () => {
  const brief = register({ lines: [`${contact};expires=59`] })
  assert.deepEqual([brief.status, valuesOf(brief, 'Min-Expires')], [423, ['60']])
  assert.equal(register({ lines: [`${contact};expires=60`] }).status, 200)
  assert.equal(register({ lines: [`${contact};expires=0`] }).status, 200)
  const strict = { policy: { minExpiresSeconds: 7200 } }
  assert.equal(register({ lines: [`${contact};expires=3600`] }, strict).status, 200)
  assert.equal(register({ lines: [`${contact};expires=3599`] }, strict).status, 423)
})

test('REG-06: the answer lists every live binding, has a Date, and no Record-Route', () => {
  const existing = [
    bindingOf({ contact: 'sip:bob@192.0.2.9', expiresAtMs: NOW_MS + 1500 }),
    bindingOf({ contact: 'sip:bob@192.0.2.10', expiresAtMs: NOW_MS }),
  ]
  const outcome = register({ lines: [contact, 'Record-Route: <sip:p.example.net;lr>'] }, { existing })
  assert.deepEqual(valuesOf(outcome, 'Contact'), [
    '<sip:bob@192.0.2.9>;expires=2',
    '<sip:bob@192.0.2.7:5060>;expires=3600',
  ])
  assert.deepEqual(valuesOf(outcome, 'Date'), ['Fri, 15 Jan 2027 08:00:00 GMT'])
  assert.deepEqual(valuesOf(outcome, 'Record-Route'), [])
})

test('REG-14: a REGISTER without contact lists and changes nothing', () => {
  const outcome = register({}, { existing: [bindingOf()] })
  assert.deepEqual([outcome.status, outcome.stores], [200, false])
  assert.equal(valuesOf(outcome, 'Contact').length, 1)
})

test('REG-08: a contact that is the AOR, or a GRUU of it, is 403', () => {
  for (const [uri, why] of [
    ['sip:bob@example.com', 'contact-is-aor'],
    ['sip:%62ob@EXAMPLE.com;transport=tcp', 'contact-is-aor'],
    ['sip:bob@example.com:5080', 'contact-is-aor'],
    ['sip:bob@example.com;gr=urn:uuid:1', 'contact-is-gruu'],
    ['sip:tgruu.abc@example.com;gr', 'contact-is-gruu'],
  ]) {
    const outcome = register({ lines: [`Contact: <${uri}>`] }, { policy: { foreignContacts: 'allow' } })
    assert.deepEqual([outcome.status, outcome.why], [403, why], uri)
  }
})

test('REG-09: a sips contact needs sips everywhere, and a secure way', () => {
  const sips = 'Contact: <sips:bob@192.0.2.7:5061>'
  const given = { source: TLS_SOURCE }
  assert.equal(register({ requestUri: 'sips:example.com', lines: [sips] }, given).status, 200)
  assert.equal(register({ requestUri: 'sip:example.com', lines: [sips] }, given).status, 400)
  assert.equal(register({ requestUri: 'sips:example.com', lines: [sips] }, { source: SOURCE }).status, 400)
  const mixed = [sips, 'Contact: <sip:bob@192.0.2.7:5070>']
  assert.equal(register({ requestUri: 'sips:example.com', lines: mixed }, given).why, 'sips-not-throughout')
  const path = [sips, 'Path: <sip:edge.example.net;lr>']
  const edge = { source: { ...EDGE_SOURCE, isSecure: true } }
  assert.equal(register({ requestUri: 'sips:example.com', lines: path }, edge).why, 'sips-not-throughout')
  const secured = [sips, 'Path: <sips:edge.example.net;lr>']
  assert.equal(register({ requestUri: 'sips:example.com', lines: secured }, edge).status, 200)
})

test('REG-09: the sips AOR is the sip AOR', () => {
  const outcome = register(
    {
      requestUri: 'sips:example.com',
      to: '<sips:bob@example.com>',
      lines: ['Contact: <sips:bob@192.0.2.7>'],
    },
    { source: TLS_SOURCE },
  )
  assert.equal(outcome.bindings[0]?.aor, 'sip:bob@example.com')
})

test('SPS-10: both versions of one contact are 400 in one request, and replace each other in two', () => {
  const both = ['Contact: <sips:bob@192.0.2.7:5061>', 'Contact: <sip:bob@192.0.2.7:5061>']
  const given = { source: TLS_SOURCE }
  assert.equal(register({ requestUri: 'sips:example.com', lines: both }, given).why, 'sip-and-sips-contact')
  const existing = [bindingOf({ contact: 'sip:bob@192.0.2.7:5061' })]
  const outcome = register(
    { requestUri: 'sips:example.com', lines: ['Contact: <sips:bob@192.0.2.7:5061>'] },
    { ...given, existing },
  )
  assert.deepEqual(
    outcome.bindings.map(binding => binding.contact),
    ['sips:bob@192.0.2.7:5061'],
  )
})

test('SPS-06: a sips Request-URI with a sip contact is 400', () => {
  assert.equal(
    register({ requestUri: 'sips:example.com', lines: [contact] }, { source: TLS_SOURCE }).status,
    400,
  )
})

test('REG-10: the Path is stored in order and comes back', () => {
  const path = ['<sip:inner.example.net;lr>', '<sip:tok@edge.example.net;lr;ob>']
  const outcome = register(
    { lines: ['Contact: <sip:bob@10.0.0.9>', `Path: ${path.join(', ')}`] },
    { source: EDGE_SOURCE },
  )
  assert.equal(outcome.status, 200)
  assert.deepEqual(outcome.bindings[0]?.path, path)
  assert.equal(outcome.bindings[0]?.received, '')
  assert.deepEqual(valuesOf(outcome, 'Path'), path)
})

test('REG-10: a Path from a stranger, or naming one, is 403; one without lr is 400', () => {
  const refusal = (path: string, source = EDGE_SOURCE) =>
    register({ lines: [contact, `Path: ${path}`] }, { source }).why
  assert.equal(refusal('<sip:edge.example.net;lr>', SOURCE), 'path-unknown-edge')
  assert.equal(refusal('<sip:victim.example.net;lr>'), 'path-unknown-edge')
  assert.equal(refusal('<sip:edge.example.net;lr>, <sip:victim.example.net;lr>'), 'path-unknown-edge')
  assert.equal(refusal('<sip:edge.example.net>'), 'path-malformed')
  assert.equal(refusal('sip:edge.example.net;lr'), 'path-malformed')
  assert.equal(refusal('<http://edge.example.net;lr>'), 'path-malformed')
  assert.equal(refusal(Array(31).fill('<sip:edge.example.net;lr>').join(',')), 'path-malformed')
})

test('REG-13: no more than the bound of contacts for an AOR, and removing makes room', () => {
  const existing = Array.from({ length: 10 }, (_, i) =>
    bindingOf({ contact: `sip:bob@192.0.2.7:${6000 + i}` }),
  )
  const full = register({ lines: [contact] }, { existing })
  assert.deepEqual([full.status, full.why], [403, 'too-many-bindings'])
  const exchange = ['Contact: <sip:bob@192.0.2.7:6003>;expires=0', contact]
  assert.equal(register({ lines: exchange }, { existing }).bindings.length, 10)
  assert.equal(register({ lines: ['Contact: <sip:bob@192.0.2.7:6003>'] }, { existing }).status, 200)
})

test('REG-13: what an instance left behind makes room for itself, the oldest first, and for nobody else', () => {
  const existing = Array.from({ length: 10 }, (_, i) =>
    bindingOf({
      contact: `sip:bob@192.0.2.7:${6000 + i}`,
      instance: 'urn:uuid:1',
      expiresAtMs: NOW_MS + 600_000 - i * 1000,
    }),
  )
  const own = register({ lines: [`${contact};+sip.instance="<urn:uuid:1>"`] }, { existing })
  assert.equal(own.bindings.length, 10)
  assert.ok(!own.bindings.some(binding => binding.contact === 'sip:bob@192.0.2.7:6009'))
  assert.equal(register({ lines: [`${contact};+sip.instance="<urn:uuid:2>"`] }, { existing }).status, 403)
})

test('REG-13, MSG-16: more than 100 contacts in a request are 400', () => {
  const many = (count: number) => [`Contact: ${Array(count).fill('<sip:bob@192.0.2.7:5060>').join(',')}`]
  assert.equal(register({ lines: many(100) }).status, 200)
  assert.equal(register({ lines: many(101) }).why, 'too-many-contacts')
})

test('REG-13: registering somebody else is 403 unless it is allowed', () => {
  const asked = { from: '<sip:carol@example.com>', lines: [contact] }
  assert.equal(register(asked).why, 'registers-another')
  assert.equal(register(asked, { policy: { thirdPartyAllowed: true } }).status, 200)
})

test('REG-12: a P-Asserted-Identity changes nothing', () => {
  const plain = register({ lines: [contact] })
  const claimed = register({ lines: [contact, 'P-Asserted-Identity: <sip:carol@example.com>'] })
  assert.deepEqual(claimed.bindings, plain.bindings)
})

test('a configured Service-Route is in every 200, in order', () => {
  const serviceRoute = ['<sip:p2.example.com;lr>', '<sip:hsp.example.com;lr>']
  const outcome = register({ lines: [contact] }, { policy: { serviceRoute } })
  assert.deepEqual(valuesOf(outcome, 'Service-Route'), serviceRoute)
})

test('no refusal is a 6xx, and every reply says so by a header pair list', () => {
  const outcome = register({ to: '<sip:bob@example.net>' })
  assert.ok(outcome.status < 600)
  assert.deepEqual(outcome.reply.headers, [])
})

test('MSG-14: SQL, quotes and escaped octets stay inside their own binding', () => {
  const outcome = register({
    to: "<sip:bob'--%00%3B@example.com>",
    lines: [`Contact: <sip:'%3BDROP%20TABLE%20binding@192.0.2.7:5060>;x="'; DROP TABLE binding; --"`],
  })
  assert.equal(outcome.status, 200)
  assert.equal(outcome.bindings[0]?.aor, "sip:bob'--%00%3B@example.com")
  assert.equal(outcome.bindings[0]?.contact, "sip:'%3BDROP%20TABLE%20binding@192.0.2.7:5060")
  assert.equal(outcome.bindings[0]?.params, `;x="'; DROP TABLE binding; --"`)
})

test('MSG-13: two contacts that differ after an escaped NUL are two bindings', () => {
  const outcome = register({
    to: '<sip:null-%00-null@example.com>',
    lines: ['Contact: <sip:%00@192.0.2.7>', 'Contact: <sip:%00%00@192.0.2.7>'],
  })
  assert.equal(outcome.bindings.length, 2)
  assert.equal(outcome.bindings[0]?.aor, 'sip:null-%00-null@example.com')
})
