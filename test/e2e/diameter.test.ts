import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { textOf } from '../../src/mechanisms/aaa/diameter/check.ts'
import { profileOf } from '../support/diameter-server.ts'
import { type DiameterStage, EDGE, startDiameterStage } from '../support/diameter-stage.ts'
import { ROOT } from '../support/edge-process.ts'
import { missingFreeDiameter } from '../support/free-diameter.ts'
import { askProved, type RawUa, rawUa, register, registered } from '../support/raw-ua.ts'
import { headerOf, statusOf } from '../support/sip-peer.ts'
import { judgeDiameter } from '../support/tshark-diameter.ts'

const USERS = new Map([
  ['alice', 'correct horse'],
  ['bob', 'battery staple'],
])
const PROFILE = 'aors.example.test'

const missing = missingFreeDiameter('tcpdump', 'tshark', 'curl')

describe('users of a Diameter server behind freeDiameter', { skip: missing }, () => {
  let stage: DiameterStage
  const peers: RawUa[] = []
  const ua = async (name: string, password = USERS.get(name) ?? ''): Promise<RawUa> => {
    const made = await rawUa(stage.port, '127.0.0.1', name, password)
    peers.push(made)
    return made
  }

  before(async () => {
    stage = await startDiameterStage({
      agents: 2,
      users: USERS,
      settings: ['registrations: true', 'locate: true', `profile-type: ${PROFILE}`],
    })
  })
  after(async () => {
    for (const { peer } of peers) peer.close()
    await stage?.close()
  })

  test('a registration is asked for by UAR and MAR, and told by SAR (DIA-05, DIA-06)', async () => {
    const alice = await ua('alice')
    await register(alice)
    assert.deepEqual(
      stage.server.seen.map(({ name, aor }) => `${name} ${aor}`),
      ['MA', 'UA', 'SA'].map(name => `${name} sip:alice@example.test`),
    )
    assert.equal(stage.server.served.get('sip:alice@example.test'), 'sip:example.test')
    assert.deepEqual(await registered(alice), [alice.contact])
  })

  test('a wrong password, an unknown name and a foreign address-of-record get in by no way (DIA-08)', async () => {
    const before = stage.server.of('SA').length
    for (const [name, password] of [
      ['alice', 'wrong'],
      ['nobody', 'wrong'],
    ] as const) {
      const stranger = await ua(name, password)
      const { response } = await askProved(stranger, {
        method: 'REGISTER',
        uri: 'sip:example.test',
        to: stranger.aor,
      })
      assert.equal(statusOf(response), 401, response)
    }
    const bob = await ua('bob')
    const { response } = await askProved(bob, {
      method: 'REGISTER',
      uri: 'sip:example.test',
      to: 'sip:alice@example.test',
    })
    assert.equal(statusOf(response), 403, response)
    assert.equal(stage.server.of('SA').length, before)
  })

  test('a call is asked about with its Request-URI, and From stays our check (DIA-06, DIA-07)', async () => {
    const alice = await ua('alice')
    const to = 'sip:nobody.there@example.test'
    const { response } = await askProved(alice, { method: 'MESSAGE', uri: to })
    assert.ok([404, 480].includes(statusOf(response)), response)
    const mar = stage.server.of('MA').at(-1)
    assert.equal(mar?.aor, to)
    const forged = await askProved(alice, { method: 'MESSAGE', uri: to, from: 'sip:bob@example.test' })
    assert.equal(statusOf(forged.response), 403, forged.response)
  })

  test('H(A1) from the server is checked with here, by TLS alone (DIA-09)', async () => {
    stage.server.handsOverHa1 = true
    try {
      const bob = await ua('bob')
      await register(bob)
      const guess = await ua('bob', 'wrong')
      const asked = await askProved(guess, { method: 'REGISTER', uri: 'sip:example.test', to: guess.aor })
      assert.equal(statusOf(asked.response), 401)
      assert.doesNotMatch(stage.edge.output(), /[0-9a-f]{64}/)
    } finally {
      stage.server.handsOverHa1 = false
    }
  })

  test('RTR ends a registration; PPR changes what a user may speak for (DIA-10)', async () => {
    const alice = await ua('alice')
    await register(alice)
    const pushed = await stage.server.push('PP', EDGE, [
      ['User-Name', 'alice'],
      profileOf(PROFILE, ['sip:support@example.test', 'sip:alice@evil.test']),
    ])
    assert.ok(pushed.ok, JSON.stringify(pushed))
    const speak = (from: string) =>
      askProved(alice, { method: 'MESSAGE', uri: 'sip:nobody@example.test', from })
    const own = await speak('sip:support@example.test')
    assert.notEqual(statusOf(own.response), 403, own.response)
    const ended = await stage.server.push('RT', EDGE, [
      ['User-Name', 'alice'],
      ['SIP-Deregistration-Reason', [['SIP-Reason-Code', 0]]],
    ])
    assert.ok(ended.ok, JSON.stringify(ended))
    assert.deepEqual(await registered(alice), [])
  })

  test('who is not registered here is looked for by LIR, and called where he is served', async () => {
    const [alice, elsewhere] = [await ua('alice'), await ua('carol', '')]
    stage.server.served.set('sip:carol@example.test', `sip:${elsewhere.peer.host}`)
    const arrived = elsewhere.peer.next('the message', text => text.startsWith('MESSAGE'))
    const asked = askProved(alice, { method: 'MESSAGE', uri: 'sip:carol@example.test' })
    const request = await arrived
    assert.match(request, /^MESSAGE sip:carol@example\.test/)
    elsewhere.peer.send(okTo(request))
    assert.equal(statusOf((await asked).response), 200)
    assert.equal(stage.server.of('LI').at(-1)?.aor, 'sip:carol@example.test')
  })

  test('watchdogs are answered while nobody speaks (DIA-03)', async () => {
    // The agents have one with the server behind them too.
    const answered = new RegExp(`(RCV from|SND to) '${EDGE}':\\s*\\n[^\\n]*'Device-Watchdog-Answer'`)
    await stage.until('a watchdog between each agent and us', () =>
      stage.agents.every(agent => answered.test(agent.output())),
    )
  })

  test('when an agent dies in the middle of a question, the other one is asked, and nobody gets in wrongly (DIA-04, DIA-12)', async () => {
    stage.server.isSilent = true
    const bob = await ua('bob')
    const asked = askProved(bob, { method: 'REGISTER', uri: 'sip:example.test', to: bob.aor })
    const before = stage.server.of('MA').length
    await stage.until('the question', () => stage.server.of('MA').length > before)
    stage.server.isSilent = false
    await stage.agents[0]?.kill()
    assert.equal(statusOf((await asked).response), 200)
    const [first, again] = stage.server.of('MA').slice(before)
    assert.equal(again?.isRetransmission, true)
    assert.equal(again?.endToEnd, first?.endToEnd)
    const guess = await ua('bob', 'wrong')
    const guessed = await askProved(guess, { method: 'REGISTER', uri: 'sip:example.test', to: guess.aor })
    assert.equal(statusOf(guessed.response), 401)
    assert.equal(stage.edge.metric('aspis_diameter_peer_events_total{event="failover"}'), 1)
  })

  test('with no peer left: 503 with Retry-After, never admission (DIA-12)', async () => {
    const bob = await ua('bob')
    await stage.agents[1]?.stop()
    await stage.until(
      'the goodbye',
      () => stage.edge.metric('aspis_diameter_peer_open{peer="agent2.aaa.test"}') === 0,
    )
    const { response } = await askProved(bob, { method: 'REGISTER', uri: 'sip:example.test', to: bob.aor })
    assert.equal(statusOf(response), 503, response)
    assert.match(headerOf(response, 'Retry-After') ?? '', /^\d+$/)
  })

  test('tshark reads every message that was exchanged, without complaint', async () => {
    await stage.stopCapture()
    const { kinds, problems } = judgeDiameter(stage.pcap, stage.keyLog, stage.tlsPorts)
    assert.deepEqual(problems, [])
    for (const code of [257, 280, 282, 283, 284, 285, 286, 287, 288]) {
      assert.ok((kinds.get(`${code} request`) ?? 0) > 0, `${code} request: ${[...kinds]}`)
      assert.ok((kinds.get(`${code} answer`) ?? 0) > 0, `${code} answer`)
    }
  })
})

describe('a server that stops', { skip: missing }, () => {
  test('says goodbye by DPR, and doctor can greet the peer again (DIA-03)', async () => {
    const stage = await startDiameterStage({ agents: 1, users: USERS })
    try {
      const findings = (): string =>
        spawnSync(
          process.execPath,
          [join(ROOT, 'src/cli/main.ts'), 'doctor', '-c', join(stage.edge.folder, 'aspis.yaml')],
          {
            encoding: 'utf8',
          },
        ).stdout
      assert.match(findings(), /diameter +agent1.aaa.test does not take our greeting: .*may be connected/)
      await stage.edge.stop()
      await stage.until('doctor is greeted', () => /ok +diameter +agent1.aaa.test takes/.test(findings()))
      await stage.stopCapture()
      const { kinds, problems } = judgeDiameter(stage.pcap, stage.keyLog, stage.tlsPorts)
      assert.deepEqual(problems, [])
      assert.deepEqual(
        [kinds.get('282 request'), kinds.get('282 answer')],
        [1, 1],
        stage.agents[0]?.output().slice(-6000),
      )
    } finally {
      await stage.close()
    }
  })
})

describe('several workers', { skip: missing }, () => {
  test('each is a Diameter node of its own, and users log in by any of them (RFC 6733 §5.6)', async () => {
    const stage = await startDiameterStage({ agents: 1, users: USERS, workers: 2 })
    const phones = await Promise.all(
      Array.from({ length: 20 }, (_, i) => {
        const name = i < 10 ? 'alice' : 'bob'
        return rawUa(stage.port, `127.0.0.${i + 1}`, name, USERS.get(name))
      }),
    )
    try {
      for (const phone of phones) await register(phone)
      const hosts = new Set(stage.server.of('MA').map(({ message }) => textOf(message.avps, 'Origin-Host')))
      assert.deepEqual([...hosts].sort(), ['edge-2.example.test', EDGE])
    } finally {
      for (const { peer } of phones) peer.close()
      await stage.close()
    }
  })
})

describe('a peer that connects to us', { skip: missing }, () => {
  test('is greeted, asked and answered like one that we connect to (DIA-03, RFC 6733 §5.6)', async () => {
    const stage = await startDiameterStage({ agents: 1, users: USERS, isReversed: true })
    const alice = await rawUa(stage.port, '127.0.0.1', 'alice', 'correct horse')
    try {
      await register(alice)
      assert.equal(stage.server.of('MA').length, 1)
      await stage.edge.stop()
      await stage.stopCapture()
      const { kinds, problems } = judgeDiameter(stage.pcap, stage.keyLog, stage.tlsPorts)
      assert.deepEqual(problems, [])
      for (const kind of ['257 request', '257 answer', '286 answer', '282 request'])
        assert.ok((kinds.get(kind) ?? 0) > 0, `${kind}: ${[...kinds]}`)
    } finally {
      alice.peer.close()
      await stage.close()
    }
  })
})

function okTo(request: string): string {
  const lines = request.split('\r\n').filter(line => /^(Via|From|To|Call-ID|CSeq):/i.test(line))
  const tagged = lines.map(line =>
    /^To:/i.test(line) && !line.includes('tag=') ? `${line};tag=there` : line,
  )
  return ['SIP/2.0 200 OK', ...tagged, 'Content-Length: 0', '', ''].join('\r\n')
}
