import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { Finding } from '../../detect/finding.ts'
import type { KnownOfSource } from '../../detect/responder.ts'
import type { Binding } from '../../store/location.ts'
import { detectionPages } from '../admin/detection.ts'
import { parseConfig } from '../config/load.ts'
import { printProblems } from '../config/problem.ts'
import { createLog } from '../log.ts'
import { Metrics } from '../metrics.ts'
import { explained } from './explained.ts'
import { createResponder, type Responses } from './responses.ts'

const folder = mkdtempSync(join(tmpdir(), 'aspis-responses-'))
const open: Responses[] = []
after(async () => {
  for (const each of open) await each.close()
  rmSync(folder, { recursive: true })
})

const PROVED: KnownOfSource = { isProved: true, exemption: undefined }
const BASE = `domains: [example.test]
listen: [udp://127.0.0.1:5060]
trunks: [{name: carrier, uri: "sip:198.51.100.1;transport=tls", addresses: [198.51.100.0/28]}]`

function configOf(more = '') {
  const { config, problems } = parseConfig(`${BASE}\n${more}\n`, join(folder, 'aspis.yaml'), {})
  assert.ok(config !== undefined, printProblems(problems))
  return config
}

function ground(more = '', received: readonly string[] = [], data = mkdtempSync(join(folder, 'data-'))) {
  const metrics = new Metrics()
  const events: string[] = []
  const log = createLog({
    level: 'info',
    format: 'json',
    write: line => events.push(String(JSON.parse(line).event)),
    nowMs: () => 0,
  })
  const bindings = received.map(each => ({ ...BINDING, received: each }))
  const location = { aors: () => ['sip:alice@example.test'].values(), bindings: () => bindings }
  const responses = createResponder({ ...configOf(more), data }, { log, metrics, location })
  open.push(responses)
  return { responses, metrics, events, data }
}

const BINDING: Binding = {
  ...{
    aor: 'sip:alice@example.test',
    contact: 'sip:alice@192.0.2.50',
    instance: undefined,
    regId: undefined,
  },
  ...{ callId: 'c', cseq: 1, q: 1, expiresAtMs: 0, path: [], flowToken: undefined, received: '' },
  ...{ params: '', userAgent: '', key: 'k' },
}

function finding(ip: string, more: Partial<Finding> = {}): Finding {
  return {
    ...{ id: `f-${ip}`, detector: 'password-guessing', subject: { kind: 'source', name: ip }, atMs: 0 },
    ...{ wallMs: 0, threats: [], value: 5, limit: 5, confidence: 'high', score: 60, isSpoofable: false },
    ...{ why: `${ip} guessed`, isMonitorOnly: false },
    evidence: [{ atMs: 0, from: ip, title: 'REGISTER sip:example.test SIP/2.0\u001b[2J', text: '' }],
    ...more,
  }
}

test('a guesser is banned; trunks, our own addresses, the allow list and homes of users are not', () => {
  const { responses } = ground('detection: {allow: [203.0.113.0/24]}', [
    'udp:192.0.2.50:5060',
    'tls:[2001:db8:1:2::9]:40000',
  ])
  const innocent = ['198.51.100.3', '127.0.0.1', '203.0.113.9', '192.0.2.50', '2001:db8:1:2::/64']
  for (const ip of ['192.0.2.7', ...innocent]) responses.onFinding(finding(ip), PROVED)
  const { bans } = responses.enforcer
  assert.ok(bans.refuses('192.0.2.7'))
  for (const ip of innocent) assert.ok(!bans.refuses(ip.replace('::/64', '::1')), ip)
})

test('a ban that an operator ends is over, and one that he adds is kept from trunks and ourselves', () => {
  const { responses } = ground()
  responses.onFinding(finding('192.0.2.7'), PROVED)
  assert.equal(responses.lift('192.0.2.7')?.action, 'kernel-drop')
  assert.ok(!responses.enforcer.bans.refuses('192.0.2.7'))
  for (const network of ['127.0.0.1', '198.51.100.1', 'x', '192.0.2.0/40'])
    assert.equal(typeof responses.ban({ network, seconds: 60, reason: 'r' }), 'string', network)
  assert.notEqual(typeof responses.ban({ network: '2001:db8::7', seconds: 60, reason: 'r' }), 'string')
  assert.ok(responses.enforcer.bans.refuses('2001:db8:0:0:ffff::1'))
  assert.notEqual(responses.lift('2001:db8::7'), undefined)
})

test('an operator who bans a network around a trunk, the allow list or ourselves is told, and cuts off nobody', () => {
  const { responses } = ground('detection: {allow: [203.0.113.9]}')
  for (const network of ['0.0.0.0/0', '127.0.0.0/8', '198.51.0.0/16', '198.51.100.0/24', '203.0.113.0/24'])
    assert.equal(typeof responses.ban({ network, seconds: 60, reason: 'r' }), 'string', network)
  for (const ip of ['127.0.0.1', '198.51.100.1', '203.0.113.9'])
    assert.ok(!responses.enforcer.bans.refuses(ip))
  assert.notEqual(typeof responses.ban({ network: '192.0.2.0/24', seconds: 60, reason: 'r' }), 'string')
})

test('a server that starts to watch only carries out no ban of before, but those of operators', async () => {
  const { responses, data } = ground()
  responses.onFinding(finding('192.0.2.7'), PROVED)
  responses.ban({ network: '192.0.2.9', seconds: 60, reason: 'r' })
  await responses.close()
  for (const mode of ['monitor', 'off, allow: [192.0.2.1]']) {
    const insecure = mode === 'monitor' ? '' : '\ninsecure: [{allow: detection-off, because: a test}]'
    const { responses: after } = ground(`detection: {mode: ${mode}}${insecure}`, [], data)
    assert.ok(!after.enforcer.bans.refuses('192.0.2.7'), mode)
    assert.ok(after.enforcer.bans.refuses('192.0.2.9'), mode)
  }
})

test('what is ordered while the file is written is in it after the end', async () => {
  const { responses, data } = ground()
  // Each begins to write at once; the second finds the first at work.
  for (const network of ['192.0.2.7', '192.0.2.8', '192.0.2.9'])
    responses.ban({ network, seconds: 60, reason: 'r' })
  await responses.close()
  assert.match(readFileSync(join(data, 'bans.json'), 'utf8'), /192\.0\.2\.9/)
})

test('somebody who comes later carries out what is in force, and hears what changes', () => {
  const { responses } = ground()
  responses.onFinding(finding('192.0.2.7'), PROVED)
  const told: string[] = []
  const target = {
    put: (order: { subject: { name: string } }) => void told.push(order.subject.name),
    lift: (order: { subject: { name: string } }) => void told.push(`-${order.subject.name}`),
  }
  responses.attach(target)
  responses.onFinding(finding('192.0.2.8'), PROVED)
  responses.lift('192.0.2.7')
  responses.detach(target)
  responses.lift('192.0.2.8')
  assert.deepEqual(told, ['192.0.2.7', '192.0.2.8', '-192.0.2.7'])
})

test('who carries out or listens and fails keeps nobody else from it', () => {
  const { responses, events } = ground()
  const fail = (): never => {
    throw new Error('no')
  }
  responses.attach({ put: fail, lift: fail })
  responses.listen({ onFinding: fail, onOrder: fail })
  responses.onFinding(finding('192.0.2.7'), PROVED)
  assert.ok(responses.enforcer.bans.refuses('192.0.2.7'))
  assert.ok(events.includes('order-not-carried-out'))
})

test('the counters are there at 0, and count', () => {
  const { responses, metrics } = ground()
  assert.match(metrics.print(), /aspis_orders_total\{action="suspend"\} 0/)
  assert.match(metrics.print(), /aspis_bans 0/)
  responses.onFinding(finding('192.0.2.7'), PROVED)
  assert.match(metrics.print(), /aspis_orders_total\{action="kernel-drop"\} 1/)
  assert.match(metrics.print(), /aspis_incidents_open 1/)
  assert.match(metrics.print(), /aspis_bans 1/)
})

test('why says what was found, what follows and why no more, and lets no text of a peer act on the terminal', () => {
  const { responses } = ground('', [''])
  responses.onFinding(finding('192.0.2.7'), PROVED)
  responses.onFinding(finding('192.0.2.50'), PROVED)
  const banned = explained(responses.why('192.0.2.7'), Date.now())
  assert.match(banned, /ordered: kernel-drop, by detection/)
  assert.match(banned, /finding f-192\.0\.2\.7: score 60, confidence high/)
  assert.doesNotMatch(banned, /\u001b/)
  const home = explained(responses.why('192.0.2.50'), Date.now())
  assert.match(home, /ordered: tarpit/)
  assert.match(home, /accounts that logged in from there within a day: 1/)
  assert.match(home, /no more is done: an account logs in from there/)
  assert.match(explained(responses.why('192.0.2.99'), 0), /nothing is ordered\n {2}no incident/)
})

test('the pages answer in JSON, refuse what is no ban, and say 503 while the server starts', async () => {
  const { responses } = ground()
  const pages = detectionPages(() => responses)
  const post = (body: string) => pages.request('/bans', { method: 'POST', body })
  assert.equal((await post('{"network":"192.0.2.7","seconds":60,"reason":"r"}')).status, 200)
  for (const body of [
    '',
    '{}',
    '{"network":"192.0.2.7","seconds":0,"reason":""}',
    `{"network":"${'9'.repeat(5000)}"}`,
  ])
    assert.equal((await post(body)).status, 400, body.slice(0, 40))
  assert.equal((await post('{"network":"127.0.0.1","seconds":60,"reason":""}')).status, 409)
  const orders: { orders: unknown[] } = JSON.parse(await (await pages.request('/orders')).text())
  assert.equal(orders.orders.length, 1)
  assert.equal((await pages.request('/why')).status, 400)
  assert.equal((await pages.request('/why?about=192.0.2.7')).status, 200)
  assert.equal((await pages.request('/incidents')).status, 200)
  assert.equal((await pages.request('/findings')).status, 200)
  assert.equal((await pages.request('/bans?about=192.0.2.7', { method: 'DELETE' })).status, 200)
  assert.equal((await pages.request('/bans?about=192.0.2.7', { method: 'DELETE' })).status, 404)
  assert.equal((await detectionPages(() => undefined).request('/orders')).status, 503)
})
