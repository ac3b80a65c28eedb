/**
 * Users that a FreeRADIUS knows and Aspis does not: they register and call, their calls are recorded, and nobody gets in
 * without its word.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { TestAuthority } from '../support/certificates.ts'
import { ROOT, testFolder } from '../support/edge-process.ts'
import { type FindingsEdge, startFindingsEdge } from '../support/findings-edge.ts'
import { type FreeRadius, RADIUS_SECRET, startFreeRadius } from '../support/freeradius.ts'
import { missing } from '../support/programs.ts'
import {
  answer,
  askProved,
  type Call,
  call,
  challengeOf,
  DOMAIN,
  prove,
  type RawUa,
  rawUa,
  register,
  say,
  uaOn,
} from '../support/raw-ua.ts'
import { ask, freePorts, headerOf, type SipPeer, statusOf, udpPeer } from '../support/sip-peer.ts'
import { until } from '../support/workers.ts'

const passwordOf = (name: string): string => `correct horse of ${name}`
const USERS = Array.from({ length: 1000 }, (_, n) => `user${n}`)
const PASSWORDS = new Map(USERS.map(name => [name, passwordOf(name)]))
/** Users that register at a time. */
const AT_ONCE = 25

process.env.ASPIS_TEST_RADIUS_SECRET = RADIUS_SECRET

const udpServer = (port: number): string =>
  `{address: "127.0.0.1:${port}", secret: "\${ASPIS_TEST_RADIUS_SECRET}"}`

describe('users of a FreeRADIUS', { skip: missing('freeradius', 'curl'), timeout: 180_000 }, () => {
  const folder = testFolder('radius')
  const open: { close(): void }[] = []
  const servers: FreeRadius[] = []
  const edges: FindingsEdge[] = []
  const authority = new TestAuthority()
  const files = {
    ca: join(folder, 'ca.pem'),
    cert: join(folder, 'client.pem'),
    key: join(folder, 'client.key'),
  }

  before(() => {
    const client = authority.issue('aspis.test')
    mkdirSync(folder, { recursive: true })
    writeFileSync(files.ca, authority.certificatePem)
    writeFileSync(files.cert, client.certificatePem)
    writeFileSync(files.key, client.keyPem.reveal(), { mode: 0o600 })
  })

  after(async () => {
    for (const each of open) each.close()
    for (const { edge } of edges) await edge.remove()
    for (const server of servers) await server.kill()
    rmSync(folder, { recursive: true, force: true })
  })

  async function radius(signs = true) {
    const [port = 0, accountingPort = 0, tlsPort = 0] = await freePorts(3)
    const place = join(folder, `radius-${servers.length}`)
    const setup = { folder: place, port, accountingPort, tlsPort, authority, users: PASSWORDS, signs }
    const server = await startFreeRadius(setup)
    servers.push(server)
    return { server, port, accountingPort, tlsPort }
  }

  async function edge(lines: readonly string[], more: readonly string[] = []): Promise<FindingsEdge> {
    const made = await startFindingsEdge(
      [{ name: 'local', password: passwordOf('local') }],
      ['aaa:', '  radius:', ...lines.map(line => `    ${line}`), ...more],
    )
    edges.push(made)
    return made
  }

  async function phones(port: number): Promise<SipPeer> {
    const peer = await udpPeer(port)
    open.push(peer)
    return peer
  }

  async function phone(port: number, name: string, password = passwordOf(name)): Promise<RawUa> {
    const ua = await rawUa(port, '127.0.0.1', name, password)
    open.push(ua.peer)
    return ua
  }

  const toRegister = (ua: RawUa) => ({ method: 'REGISTER', uri: `sip:${DOMAIN}`, to: ua.aor })

  /** Every status that the users got, wrong passwords for those whom `isWrong` names. */
  async function registerAll(
    peer: SipPeer,
    names: readonly string[],
    isWrong: (name: string) => boolean,
    afterEach: (done: number) => void = () => {},
  ) {
    const statuses = new Map<string, number>()
    const waiting = [...names]
    const worker = async (): Promise<void> => {
      for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
        const ua = uaOn(peer, name, isWrong(name) ? 'not the password' : passwordOf(name))
        const { response } = await askProved(ua, toRegister(ua))
        statuses.set(name, statusOf(response))
        afterEach(statuses.size)
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, worker))
    return statuses
  }

  /** Ends a call from the caller's side. */
  async function hangUp(caller: RawUa, callee: RawUa, up: Call): Promise<void> {
    const { callId, callerTag, calleeTag, callerRoutes } = up
    caller.peer.send(
      say(caller, {
        method: 'BYE',
        uri: callee.contact,
        to: callee.aor,
        callId,
        fromTag: callerTag,
        toTag: calleeTag,
        cseq: 3,
        routes: callerRoutes,
      }),
    )
    const bye = await callee.peer.next('the BYE', text => text.startsWith('BYE ') && text.includes(callId))
    callee.peer.send(answer(callee, bye, 200, calleeTag))
    await caller.peer.next('the end', text => text.startsWith('SIP/2.0 200') && text.includes('3 BYE'))
  }

  it('RAD-08, DIG-18: a thousand of them register with SHA-256, each as itself alone', async () => {
    const { port } = await radius()
    const { edge: server, port: sip } = await edge([`servers: [${udpServer(port)}]`])
    const peer = await phones(sip)
    const statuses = await registerAll(peer, USERS, () => false)
    assert.deepEqual(
      [...statuses].filter(([, status]) => status !== 200),
      [],
    )

    const wrong = await phone(sip, 'user1', 'not the password')
    assert.equal(statusOf((await askProved(wrong, toRegister(wrong))).response), 401)
    const nobody = await phone(sip, 'nobody')
    assert.equal(statusOf((await askProved(nobody, toRegister(nobody))).response), 401)
    // The server would say yes to this password; whose address it is we decide.
    const user1 = await phone(sip, 'user1')
    const asAnother = { ...toRegister(user1), to: `sip:user2@${DOMAIN}` }
    assert.equal(statusOf((await askProved(user1, asAnother)).response), 403)
    const asLocal = { ...toRegister(user1), to: `sip:local@${DOMAIN}` }
    assert.equal(statusOf((await askProved(user1, asLocal)).response), 403)
    const local = await phone(sip, 'local')
    await register(local)
    assert.ok(server.metric('aspis_radius_questions_total{result="accepted"}') >= 1000)
  })

  it('RAD-12: a call leaves a Start when it is answered, and a Stop with its duration', async () => {
    const { server: freeradius, port, accountingPort } = await radius()
    const { edge: server, port: sip } = await edge([
      `servers: [${udpServer(port)}]`,
      `accounting: [${udpServer(accountingPort)}]`,
    ])
    const [caller, callee] = [await phone(sip, 'user1'), await phone(sip, 'user2')]
    await register(caller)
    await register(callee)
    const up = await call(caller, callee)
    await until(() => freeradius.records().length === 1, 'the Start')
    await hangUp(caller, callee, up)
    await until(() => freeradius.records().length === 2, 'the Stop')
    const [start = '', stop = ''] = freeradius.records()
    assert.match(start, /Acct-Status-Type = Start/)
    assert.match(stop, /Acct-Status-Type = Stop/)
    assert.match(stop, /Acct-Session-Time = \d+/)
    assert.match(stop, /Acct-Terminate-Cause = User-Request/)
    for (const record of [start, stop]) {
      assert.match(record, /User-Name = "user1@example.test"/)
      assert.match(record, /Class = 0x6173706973/)
      assert.match(record, /Calling-Station-Id = "sip:user1@example.test"/)
      assert.match(record, /Called-Station-Id = "sip:user2@example.test"/)
      assert.ok(record.includes(`Acct-Multi-Session-Id = "${up.callId}"`))
    }
    assert.equal(sessionOf(start), sessionOf(stop))
    assert.equal(server.metric('aspis_accounting_records_total{outcome="acknowledged"}'), 2)
    assert.equal(server.metric('aspis_accounting_records_waiting'), 0)
  })

  it('MD5 of RFC 5090 is for where it is written down why, and SHA-256 goes on beside it', async () => {
    const { port } = await radius()
    const lines = [`servers: [${udpServer(port)}]`]
    const { port: strict } = await edge(lines)
    const { port: lenient } = await edge(lines, ['insecure: [{allow: aaa-md5, because: phones of 2005}]'])
    const withMd5 = async (sip: number, password: string): Promise<number> => {
      const ua = await phone(sip, 'user8', password)
      const saying = toRegister(ua)
      const challenge = await challengeOf(ua, saying)
      const field = prove(challenge, { user: ua.name, password, ...saying, algorithm: 'MD5' })
      return statusOf(await ask(ua.peer, say(ua, { ...saying, cseq: 2, lines: [field] })))
    }
    assert.equal(await withMd5(lenient, passwordOf('user8')), 200)
    assert.equal(await withMd5(lenient, 'not the password'), 401)
    await register(await phone(lenient, 'user8'))
    const ua = await phone(strict, 'user8')
    assert.doesNotMatch(await challengeOf(ua, toRegister(ua)), /algorithm=MD5/)
  })

  it('draft-sterman: where that is all that a server speaks, everybody is asked for MD5', async () => {
    const { port } = await radius()
    const { port: sip } = await edge(
      [`servers: [${udpServer(port)}]`, 'form: sterman'],
      ['insecure: [{allow: aaa-md5, because: a server that speaks the draft alone}]'],
    )
    const user = await phone(sip, 'user7')
    const { challenge, response } = await askProved(user, toRegister(user))
    assert.match(headerOf(challenge, 'WWW-Authenticate') ?? '', /algorithm=MD5/)
    assert.equal(statusOf(response), 200)
    const wrong = await phone(sip, 'user7', 'not the password')
    assert.equal(statusOf((await askProved(wrong, toRegister(wrong))).response), 401)
  })

  it('RAD-11: a server that is killed amid a load costs no login and no call, and lets nobody in', async () => {
    const first = await radius()
    const second = await radius()
    const { edge: server, port: sip } = await edge([
      `servers: [${udpServer(first.port)}, ${udpServer(second.port)}]`,
      `accounting: [${udpServer(first.accountingPort)}, ${udpServer(second.accountingPort)}]`,
    ])
    const [caller, callee] = [await phone(sip, 'user1'), await phone(sip, 'user2')]
    await register(caller)
    await register(callee)
    const up = await call(caller, callee)
    const isWrong = (name: string): boolean => name.endsWith('55')
    const peer = await phones(sip)
    const statuses = await registerAll(peer, USERS, isWrong, done => {
      if (done === USERS.length * 0.3) first.server.process.kill('SIGKILL')
    })
    const unlike = [...statuses].filter(([name, status]) => status !== (isWrong(name) ? 401 : 200))
    assert.deepEqual(unlike, [])
    await hangUp(caller, callee, up)
    await until(() => second.server.records().some(text => text.includes('= Stop')), 'the Stop')
    assert.equal(server.metric(`aspis_radius_server_up{server="127.0.0.1:${first.port}"}`), 0)
    assert.equal(server.metric(`aspis_radius_server_up{server="127.0.0.1:${second.port}"}`), 1)

    await second.server.kill()
    const late = await phone(sip, 'user9')
    const { response } = await askProved(late, toRegister(late))
    assert.equal(statusOf(response), 503)
    assert.match(headerOf(response, 'Retry-After') ?? '', /^\d+$/)
    // Who stands in our own store needs nobody else.
    await register(await phone(sip, 'local'))
  })

  it('RAD-12: over TLS with certificates on both sides, and not with a server of another name', async () => {
    const { server: freeradius, tlsPort } = await radius()
    const tls = [`ca: ${files.ca}`, `certificate: ${files.cert}`, `key: ${files.key}`]
    const named = `{address: "127.0.0.1:${tlsPort}", transport: tls, name: radius.test}`
    const { port: sip } = await edge([`servers: [${named}]`, `accounting: [${named}]`, ...tls])
    const [caller, callee] = [await phone(sip, 'user3'), await phone(sip, 'user4')]
    await register(caller)
    await register(callee)
    await hangUp(caller, callee, await call(caller, callee))
    await until(() => freeradius.records().length === 2, 'both records')

    const other = named.replace('radius.test', 'another.test')
    const { port: sipToOther } = await edge([`servers: [${other}]`, ...tls])
    const user = await phone(sipToOther, 'user3')
    assert.equal(statusOf((await askProved(user, toRegister(user))).response), 503)
  })

  it('a server that stops ends its calls for the records, and keeps in a file what nobody takes', async () => {
    const { server: freeradius, port, accountingPort } = await radius()
    const lines = [
      `servers: [${udpServer(port)}]`,
      `accounting: [${udpServer(accountingPort)}]`,
      'timeout: 300ms',
    ]
    const first = await edge(lines)
    const [caller, callee] = [await phone(first.port, 'user1'), await phone(first.port, 'user2')]
    await register(caller)
    await register(callee)
    await call(caller, callee)
    await until(() => freeradius.records().length === 1, 'the Start')
    // The second signal ends the wait for the calls that are up.
    first.edge.process.kill('SIGTERM')
    await until(() => first.edge.output().includes('draining'), 'the drain')
    await first.edge.stop()
    const [, stop = ''] = freeradius.records()
    assert.match(stop, /Acct-Terminate-Cause = NAS-Reboot/)
    assert.ok(!existsSync(join(first.edge.folder, 'data', 'accounting-lost.jsonl')))

    const second = await edge(lines)
    const [again, other] = [await phone(second.port, 'user1'), await phone(second.port, 'user2')]
    await register(again)
    await register(other)
    await freeradius.kill()
    // Nobody is left to ask: an own account calls.
    const local = await phone(second.port, 'local')
    await hangUp(local, other, await call(local, other))
    await until(() => second.edge.metric('aspis_accounting_records_waiting') === 2, 'both records')
    await second.edge.stop()
    const file = join(second.edge.folder, 'data', 'accounting-lost.jsonl')
    const lost = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    assert.deepEqual(
      lost.map(({ status, user }) => [status, user]),
      [
        [1, 'local@example.test'],
        [2, 'local@example.test'],
      ],
    )
    assert.equal(statSync(file).mode & 0o077, 0)
  })

  it('doctor asks every server whether it is there, and two workers record a call once', async () => {
    const { server: freeradius, port, accountingPort, tlsPort } = await radius()
    const [nobody = 0] = await freePorts(1)
    const tls = [`ca: ${files.ca}`, `certificate: ${files.cert}`, `key: ${files.key}`]
    const named = `{address: "127.0.0.1:${tlsPort}", transport: tls, name: radius.test}`
    const { edge: server, port: sip } = await edge(
      [
        `servers: [${udpServer(port)}, ${named}, ${udpServer(nobody)}]`,
        `accounting: [${udpServer(accountingPort)}]`,
        ...tls,
      ],
      ['workers: 2'],
    )
    for (const [caller, callee] of [
      ['user1', 'user2'],
      ['user3', 'user4'],
      ['user5', 'user6'],
    ] as const) {
      const [from, to] = [await phone(sip, caller), await phone(sip, callee)]
      await register(from)
      await register(to)
      await hangUp(from, to, await call(from, to))
    }
    await until(() => freeradius.records().length === 6, 'six records')
    await server.stop()
    const doctor = spawnSync(process.execPath, [
      join(ROOT, 'src/cli/main.ts'),
      'doctor',
      '-c',
      join(server.folder, 'aspis.yaml'),
      '--format',
      'json',
    ])
    const findings: unknown = JSON.parse(String(doctor.stdout))
    assert.ok(Array.isArray(findings))
    assert.deepEqual(
      findings
        .filter(({ what }) => what === 'radius')
        .map(({ state, text }) => [state, text.split(':')[1]?.split(' ')[0]]),
      [
        ['ok', String(port)],
        ['ok', String(tlsPort)],
        ['warning', String(nobody)],
        ['ok', String(accountingPort)],
      ],
    )
  })

  it('RAD-04: an answer without Message-Authenticator is no answer, unless it is written down why', async () => {
    const { port } = await radius(false)
    const { edge: server, port: sip } = await edge([`servers: [${udpServer(port)}]`, 'timeout: 300ms'])
    const user = await phone(sip, 'user1')
    const { response } = await askProved(user, toRegister(user))
    assert.equal(statusOf(response), 503)
    assert.ok(headerOf(response, 'Retry-After') !== undefined)
    assert.ok(server.metric('aspis_radius_answers_ignored_total{reason="message-authenticator-missing"}') > 0)
    assert.equal(server.metric('aspis_radius_questions_total{result="accepted"}'), 0)

    const weak = `{allow: radius-without-message-authenticator, server: "127.0.0.1:${port}", because: an old server}`
    const { port: weakSip } = await edge([`servers: [${udpServer(port)}]`], [`insecure: [${weak}]`])
    await register(await phone(weakSip, 'user1'))
  })
})

function sessionOf(record: string): string | undefined {
  return /Acct-Session-Id = "([^"]+)"/.exec(record)?.[1]
}
