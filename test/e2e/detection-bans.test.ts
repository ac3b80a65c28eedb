/**
 * What follows from findings, at a server as users run it: who is banned, who never is, and how an operator asks why.
 */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { aspisRun } from '../support/aspis-run.ts'
import { type EdgeProcess, startEdgeProcess } from '../support/edge-process.ts'
import { missing } from '../support/programs.ts'
import {
  answer,
  askProved,
  call,
  DOMAIN,
  type RawUa,
  rawUa,
  register,
  say,
  token,
  uaOn,
} from '../support/raw-ua.ts'
import { ask, freePorts, statusOf, streamPeer } from '../support/sip-peer.ts'

const USERS = ['alice', 'bob', 'carol'].map(name => ({ name, password: `correct horse of ${name}` }))
const GUESSES = 12

interface Server {
  readonly edge: EdgeProcess
  readonly port: number
  readonly adminPort: number
  at(ip: string, name: string, password?: string): Promise<RawUa>
  guesser(ip: string, name: string): Promise<RawUa>
  ban(...args: string[]): { readonly code: number | null; readonly out: string; readonly err: string }
  orders(): readonly { readonly action: string; readonly subject: { readonly name: string } }[]
}

const opened: { close(): void }[] = []
const edges: EdgeProcess[] = []

async function serve(more = '', folder?: string, ports?: readonly number[]): Promise<Server> {
  const [port = 0, adminPort = 0] = ports ?? (await freePorts(2))
  const edge = await startEdgeProcess({
    domain: DOMAIN,
    users: folder === undefined ? USERS : [],
    adminPort,
    ...(folder === undefined ? {} : { folder }),
    yaml: [
      `domains: [${DOMAIN}]`,
      `listen: [udp://127.0.0.1:${port}, tcp://127.0.0.1:${port}]`,
      'log: { format: json }',
      more,
    ].join('\n'),
  })
  edges.push(edge)
  const ban: Server['ban'] = (...args) => aspisRun(['ban', ...args, '-c', 'aspis.yaml'], edge.folder)
  return {
    edge,
    port,
    adminPort,
    at: async (ip, name, password = `correct horse of ${name}`) => {
      const ua = await rawUa(port, ip, name, password)
      opened.push(ua.peer)
      return ua
    },
    guesser: async (ip, name) => {
      const peer = await streamPeer(port, undefined, ip)
      opened.push(peer)
      return uaOn(peer, name, 'wrong')
    },
    ban,
    orders: () => JSON.parse(ban('list', '--format', 'json').out).orders,
  }
}

after(async () => {
  for (const each of opened) each.close()
  for (const edge of edges) await edge.remove()
})

/** Tries passwords until nothing is answered any more. */
async function guess(guesser: RawUa, tries = GUESSES): Promise<void> {
  for (let at = 0; at < tries && !guesser.peer.isClosed; at += 1) {
    const wrong = { ...guesser, password: `guess ${at}` }
    try {
      await askProved(wrong, { method: 'REGISTER', uri: `sip:${DOMAIN}`, to: guesser.aor })
    } catch {
      // No challenge but 503, or nothing: what a guesser gets.
      if (guesser.peer.isClosed) return
    }
  }
}

async function until(holds: () => boolean, what: string): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    if (holds()) return
    await new Promise(done => setTimeout(done, 100))
  }
  assert.fail(`not within 30 s: ${what}`)
}

/** Asserts that an address is heard, or is not: who is not hears nothing for a second. */
async function assertHeard(server: Server, ip: string, isExpected = true): Promise<void> {
  const ua = await server.at(ip, 'nobody')
  const text = say(ua, { method: 'REGISTER', uri: `sip:${DOMAIN}`, to: ua.aor })
  const isHeard = await ask(ua.peer, text, isExpected ? 20_000 : 1000).then(
    () => true,
    () => false,
  )
  assert.equal(isHeard, isExpected, ip)
}

describe('who is banned', { skip: missing('curl'), timeout: 400_000 }, () => {
  test('who guesses passwords over TCP is banned, with his connections, and "ban why" says why and until when', async () => {
    const server = await serve('detection: { response: { ban: 1h } }')
    const guesser = await server.guesser('127.0.0.2', 'alice')
    await guess(guesser)
    await until(() => guesser.peer.isClosed, 'the connection is closed')
    // Reset at once, or closed before anything is read.
    const again = await server.guesser('127.0.0.2', 'alice').catch(() => undefined)
    await until(() => again === undefined || again.peer.isClosed, 'a new connection is refused')
    await assertHeard(server, '127.0.0.2', false)
    await assertHeard(server, '127.0.0.3')
    const { out, code } = server.ban('why', '127.0.0.2')
    assert.equal(code, 0)
    assert.match(out, /ordered: kernel-drop, by detection, until \d{4}-\d\d-\d\dT/)
    assert.match(out, /tried \d+ wrong passwords/)
    assert.match(out, /evidence at .* from 127\.0\.0\.2: "?REGISTER /)
    assert.ok(server.edge.metric('aspis_orders_total{action="kernel-drop"}') >= 1)
    assert.equal(server.edge.metric('aspis_bans'), 1)
    assert.ok(server.edge.metric('aspis_banned_refused_total') > 0)
    // An operator's word ends it at once.
    assert.equal(server.ban('remove', '127.0.0.2').code, 0)
    await assertHeard(server, '127.0.0.2')
    await server.edge.remove()
  })

  test('S5: thousands of forged messages from the address of a user ban nobody, and the user loses no call', async () => {
    const server = await serve()
    const alice = await server.at('127.0.0.5', 'alice')
    const bob = await server.at('127.0.0.6', 'bob')
    await register(alice)
    await register(bob)
    // Who forges an address gets no answer: nothing here looks at one.
    const forger = await server.at('127.0.0.5', 'alice', 'wrong')
    const invented = `Authorization: Digest username="alice", realm="${DOMAIN}", nonce="${token()}", uri="sip:${DOMAIN}", algorithm=SHA-256, qop=auth, nc=00000001, cnonce="x", response="${'0'.repeat(64)}"`
    for (let at = 0; at < 2000; at += 1) {
      const user = `sip:user${at}@${DOMAIN}`
      const forged = [
        say(forger, { method: 'REGISTER', uri: `sip:${DOMAIN}`, to: forger.aor, lines: [invented] }),
        say(forger, { method: 'INVITE', uri: user, lines: ["Subject: ' OR 1=1; DROP TABLE users --"] }),
        say(forger, { method: 'OPTIONS', uri: user }),
        say(forger, { method: 'BYE', uri: bob.contact, toTag: token() }),
        'INVITE sip:x SIP/2.0\r\nVia: SIP/2.0/UDP \x00\r\n\r\n',
      ]
      for (const text of forged) forger.peer.send(text)
      if (at % 100 === 0) await new Promise(done => setTimeout(done, 10))
    }
    for (let at = 0; at < 3; at += 1) {
      await register(alice)
      await call(alice, bob)
    }
    const blocked = server.orders().filter(({ action }) => action === 'drop' || action === 'kernel-drop')
    assert.deepEqual(blocked, [])
    assert.equal(server.edge.metric('aspis_bans'), 0)
    await server.edge.remove()
  })

  test('S6: a phone behind the address of a guesser goes on to register and to call', async () => {
    const server = await serve()
    const carol = await server.at('127.0.0.8', 'carol')
    const alice = await server.at('127.0.0.9', 'alice')
    await register(carol)
    await register(alice)
    const guesser = await server.guesser('127.0.0.8', 'bob')
    await guess(guesser, 60)
    await register(carol)
    await call(carol, alice)
    await call(alice, carol)
    // A colleague who was not there before.
    await register(await server.at('127.0.0.8', 'alice'))
    assert.equal(server.edge.metric('aspis_bans'), 0)
    await server.edge.remove()
  })
})

describe('fraud', { skip: missing('curl'), timeout: 120_000 }, () => {
  test('an account that begins to call dear numbers calls nobody outside any more, own users still, until an operator ends it', async () => {
    const ports = await freePorts(2)
    const carrier = await rawUa(ports[0] ?? 0, '127.0.0.77', 'carrier')
    opened.push(carrier.peer)
    const server = await serve(
      [
        `trunks: [{name: carrier, uri: "sip:${carrier.peer.host}", addresses: [127.0.0.77]}]`,
        'insecure: [{allow: trunk-without-tls, trunk: carrier, because: a test}]',
        'policy: {numbers: {country: 44}, classes: [{name: premium, numbers: ["+449*"]}, {name: world, numbers: ["+*"]}]}',
        'rules: [{name: out, from: own-users, to: "+*", via: carrier, allow: true}]',
      ].join('\n'),
      undefined,
      ports,
    )
    const alice = await server.at('127.0.0.5', 'alice')
    const bob = await server.at('127.0.0.6', 'bob')
    await register(alice)
    await register(bob)
    const dial = async (number: string): Promise<string> => {
      const asked = { method: 'INVITE', uri: `sip:${number}@${DOMAIN}` } as const
      const { response } = await askProved(alice, asked)
      return response
    }
    const statuses: number[] = []
    for (let at = 0; at < 8 && statuses.at(-1) !== 403; at += 1) {
      const answered = dial(`+4490${at}1234567${at}`)
      const invite = carrier.peer.next(
        'an INVITE',
        text => text.startsWith('INVITE') && text.includes(`+4490${at}`),
        1500,
      )
      const busy = invite.then(
        text => carrier.peer.send(answer(carrier, text, 486, token())),
        () => {},
      )
      statuses.push(statusOf(await answered))
      await busy
    }
    assert.equal(statuses.at(-1), 403, statuses.join(' '))
    assert.ok(statuses.length > 1, 'the first dear call is no fraud')
    assert.match(await dial('+441'), /Refused by rule suspended/)
    await call(alice, bob)
    const { out } = server.ban('why', `alice@${DOMAIN}`)
    assert.match(out, /ordered: suspend, by detection/)
    assert.equal(server.ban('remove', `alice@${DOMAIN}`).code, 0)
    assert.ok(server.edge.metric('aspis_calls_suspended_total') >= 1)
    await server.edge.remove()
  })
})

describe('an operator and bans', { skip: missing('curl'), timeout: 400_000 }, () => {
  test('adds one, sees it end by itself, removes one, and is told what cannot be banned', async () => {
    const server = await serve('detection: { allow: [127.0.0.64/26] }')
    await assertHeard(server, '127.0.0.20')
    const added = server.ban('add', '127.0.0.20', '--for', '1h', '--reason', 'a test')
    assert.match(added.out, /127\.0\.0\.20 is banned for 60 min/)
    await assertHeard(server, '127.0.0.20', false)
    assert.match(server.ban('list').out, /127\.0\.0\.20 +kernel-drop +\d+ min +operator +a test/)
    // Again is another end.
    server.ban('add', '127.0.0.20', '--for', '4s')
    const ended = '"event":"order-ended"'
    await until(() => server.edge.output().includes(ended), 'its end')
    await assertHeard(server, '127.0.0.20')
    // A network, and the end of it by hand.
    assert.equal(server.ban('add', '127.0.4.0/24').code, 0)
    await assertHeard(server, '127.0.4.77', false)
    assert.match(server.ban('why', '127.0.4.77').out, /banned with 127\.0\.4\.0\/24/)
    assert.equal(server.ban('remove', '127.0.4.0/24').code, 0)
    await assertHeard(server, '127.0.4.77')
    for (const [what, why] of [
      ['127.0.0.1', /is an address of this server/],
      ['127.0.0.70', /is in the allow list/],
      ['nonsense', /is not an IP address or prefix/],
    ] as const) {
      const refused = server.ban('add', what)
      assert.equal(refused.code, 2, refused.out)
      assert.match(refused.err, why)
    }
    assert.equal(server.ban('remove', '127.0.0.99').code, 1)
    assert.equal(server.ban('add', '127.0.0.99', '--for', 'never').code, 2)
    await server.edge.stop('SIGKILL')
    assert.equal(server.ban('list').code, 3, 'no server answers')
    await server.edge.remove()
  })

  test('a ban survives a reload and a restart, and an allow list that is reloaded ends one of detection', async () => {
    const lasting = 'detection: { response: { ban: 1h } }'
    const server = await serve(lasting)
    const { edge, port, adminPort } = server
    await guess(await server.guesser('127.0.0.2', 'alice'))
    server.ban('add', '127.0.0.30', '--for', '1h')
    edge.process.kill('SIGHUP')
    await until(() => edge.output().includes('"event":"reloaded"'), 'the reload')
    await assertHeard(server, '127.0.0.30', false)
    await assertHeard(server, '127.0.0.2', false)
    await edge.stop()
    const second = await serve(lasting, edge.folder, [port, adminPort])
    await assertHeard(second, '127.0.0.30', false)
    await assertHeard(second, '127.0.0.2', false)
    await assertHeard(second, '127.0.0.31')
    const file = join(edge.folder, 'aspis.yaml')
    writeFileSync(file, readFileSync(file, 'utf8').replace(lasting, 'detection: { allow: [127.0.0.2] }'))
    second.edge.process.kill('SIGHUP')
    await until(() => second.edge.output().includes('"event":"reloaded"'), 'the second reload')
    await assertHeard(second, '127.0.0.2')
    await assertHeard(second, '127.0.0.30', false)
    await second.edge.remove()
  })

  test('in monitor mode nobody is banned, and the list says who would have been', async () => {
    const server = await serve('detection: { mode: monitor }')
    await guess(await server.guesser('127.0.0.2', 'alice'))
    await assertHeard(server, '127.0.0.2')
    assert.match(server.ban('list').out, /127\.0\.0\.2 +would kernel-drop/)
    assert.equal(server.edge.metric('aspis_orders_would_be_total{action="kernel-drop"}'), 1)
    assert.equal(server.edge.metric('aspis_orders_would_be_mistaken_total'), 0)
    await register(await server.at('127.0.0.2', 'carol'))
    assert.equal(server.edge.metric('aspis_orders_would_be_mistaken_total'), 1)
    await server.edge.remove()
  })

  test('what one worker finds bars the door of all, and so does an operator', async () => {
    const server = await serve('workers: 2\ndetection: { response: { ban: 1h } }')
    await guess(await server.guesser('127.0.0.2', 'alice'))
    await until(() => server.orders().length === 1, 'the ban')
    for (let tries = 0; tries < 4; tries += 1) await assertHeard(server, '127.0.0.2', false)
    server.ban('add', '127.0.0.40')
    for (let tries = 0; tries < 4; tries += 1) await assertHeard(server, '127.0.0.40', false)
    await assertHeard(server, '127.0.0.41')
    server.ban('remove', '127.0.0.40')
    await assertHeard(server, '127.0.0.40')
    await server.edge.remove()
  })
})
