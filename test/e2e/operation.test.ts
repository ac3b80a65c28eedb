import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { aspis, type EdgeProcess, startEdgeProcess, testFolder } from '../support/edge-process.ts'
import { missing } from '../support/programs.ts'
import {
  ask,
  freePorts,
  headerOf,
  headersOf,
  type SipPeer,
  shownCertificate,
  statusOf,
  streamPeer,
  udpPeer,
} from '../support/sip-peer.ts'
import {
  answerTo,
  establish,
  inCall,
  isRequest,
  newDialog,
  registerOf,
  requestOf,
} from '../support/sip-requests.ts'

const DOMAIN = 'work.test'
const ALICE = `sip:alice@${DOMAIN}`
const BOB = `sip:bob@${DOMAIN}`
const USERS = ['alice', 'bob'].map(name => ({ name, password: `${name}-password` }))

describe('SIGTERM', { skip: missing('curl') }, () => {
  it('refuses new work with 503 and Retry-After; a call goes on until its BYE, then the process ends with 0', async () => {
    const server = await serve({ drain: '20s' })
    const { edge, port } = server
    const alice = await udpPeer(port)
    const bob = await udpPeer(port)
    try {
      await register(alice, ALICE)
      await register(bob, BOB)
      const call = await establish(alice, bob, ALICE, BOB)
      const ringing = newDialog()
      alice.send(inviteText(alice, ringing))
      const waiting = await bob.next('INVITE', isRequest('INVITE', ringing.callId))
      bob.send(answerTo(bob, waiting, 180, 'later'))

      const ended = edge.stop('SIGTERM')
      await until(() => edge.output().includes('"event":"draining"'), 'draining')
      for (const text of [registerOf(alice, ALICE), inviteText(alice, newDialog())]) {
        const refusal = await ask(alice, text)
        assert.equal(statusOf(refusal), 503, refusal)
        assert.match(headerOf(refusal, 'Retry-After') ?? '', /^[1-9]\d*$/)
      }
      assert.match(edge.admin('/readyz'), /draining/)

      // What was ringing may still be answered, and what was up ends as usual.
      bob.send(answerTo(bob, waiting, 200, 'later'))
      await alice.next('200', text => text.startsWith('SIP/2.0 200') && text.includes(ringing.callId))
      const bye = ask(alice, inCall(alice, call, 'BYE', ALICE, BOB, 2))
      await answerBye(bob, call.dialog.callId)
      assert.equal(statusOf(await bye), 200)
      assert.equal(edge.process.exitCode, null, 'one call is still up')

      const answered = alice.received.find(
        text => text.startsWith('SIP/2.0 200') && text.includes(ringing.callId),
      )
      assert.ok(answered)
      const second = {
        dialog: ringing,
        toTag: 'later',
        target: `sip:callee@${bob.host}`,
        routes: headersOf(answered, 'Record-Route').map(value => `Route: ${value}`),
      }
      const lastBye = ask(alice, inCall(alice, second, 'BYE', ALICE, BOB, 2))
      await answerBye(bob, ringing.callId)
      assert.equal(statusOf(await lastBye), 200)
      assert.equal(await ended, 0)
    } finally {
      alice.close()
      bob.close()
      await server.remove()
    }
  })

  it('waits for a call no longer than the limit', async () => {
    const server = await serve({ drain: '2s' })
    const alice = await udpPeer(server.port)
    const bob = await udpPeer(server.port)
    try {
      await register(alice, ALICE)
      await register(bob, BOB)
      await establish(alice, bob, ALICE, BOB)
      const beganMs = performance.now()
      assert.equal(await server.edge.stop('SIGTERM'), 0)
      const tookMs = performance.now() - beganMs
      assert.ok(tookMs > 1500, `the call was given ${tookMs} ms of 2 s`)
    } finally {
      alice.close()
      bob.close()
      await server.remove()
    }
  })
})

describe('SIGHUP', { skip: missing('curl', 'openssl') }, () => {
  let server: Awaited<ReturnType<typeof serve>>
  before(async () => {
    server = await serve({ drain: '1s' })
  })
  after(() => server.remove())

  it('takes over what changed, and keeps TCP connections, registrations and calls', async () => {
    const { edge, port, file } = server
    const alice = await streamPeer(port)
    const bob = await streamPeer(port)
    await register(alice, ALICE, ';transport=tcp')
    await register(bob, BOB, ';transport=tcp')
    const call = await establish(alice, bob, ALICE, BOB)
    assert.notEqual(statusOf(await ask(alice, registerOf(alice, 'sip:alice@more.test'))), 404)

    writeFileSync(file, readFileSync(file, 'utf8').replace(`[${DOMAIN}]`, `[${DOMAIN}, more.test]`))
    aspis(['user', 'add', 'carol@more.test', '--password-stdin', '-c', file], 'carol-password\n')
    await reload(edge, '"event":"reloaded"')
    const fetched = await ask(alice, registerOf(alice, 'sip:carol@more.test'))
    assert.equal(statusOf(fetched), 200, fetched)
    const bye = ask(alice, inCall(alice, call, 'BYE', ALICE, BOB, 2))
    await answerBye(bob, call.dialog.callId)
    assert.equal(statusOf(await bye), 200)
    assert.ok(!alice.isClosed && !bob.isClosed)
    alice.close()
    bob.close()
  })

  it('keeps the old configuration when the file is broken, says why, and can be tried again', async () => {
    const { edge, port, file } = server
    const right = readFileSync(file, 'utf8')
    const alice = await streamPeer(port)
    writeFileSync(file, right.replace('udp://', 'upd://'))
    await reload(edge, '"event":"reload-refused"')
    assert.match(edge.output(), /reload-refused.*aspis\.yaml:\d+:\d+.*did you mean.*udp/)
    assert.equal(statusOf(await register(alice, ALICE, ';transport=tcp')), 200)
    writeFileSync(file, right)
    await reload(edge, '"event":"reloaded"')
    assert.equal(statusOf(await register(alice, ALICE, ';transport=tcp')), 200)
    assert.ok(!alice.isClosed)
    alice.close()
  })

  it('shows a new certificate to new connections, and drops none', async () => {
    const { edge, tlsPort, folder } = server
    const alice = await streamPeer(tlsPort, DOMAIN)
    assert.equal(statusOf(await register(alice, ALICE, ';transport=tcp')), 200)
    const old = await shownCertificate(tlsPort, DOMAIN)
    makeCertificate(folder)
    await reload(edge, '"event":"reloaded"')
    assert.notEqual(await shownCertificate(tlsPort, DOMAIN), old)
    assert.equal(statusOf(await register(alice, ALICE, ';transport=tcp')), 200)
    assert.ok(!alice.isClosed)

    // A key that does not belong to the certificate must not be taken over.
    const shown = await shownCertificate(tlsPort, DOMAIN)
    writeFileSync(join(folder, 'server.key'), 'not a key\n')
    await reload(edge, '"event":"reload-refused"')
    assert.equal(await shownCertificate(tlsPort, DOMAIN), shown)
    assert.equal(statusOf(await register(alice, ALICE, ';transport=tcp')), 200)
    alice.close()
  })
})

interface Server {
  readonly edge: EdgeProcess
  readonly folder: string
  readonly file: string
  readonly port: number
  readonly tlsPort: number
  remove(): Promise<void>
}

/** What is under test is the process, so that requests need no password here. */
async function serve(options: { readonly drain: string }): Promise<Server> {
  const folder = testFolder('operation')
  const [port = 0, tlsPort = 0, adminPort = 0] = await freePorts(3)
  makeCertificate(folder)
  const yaml = `domains: [${DOMAIN}]
listen: [udp://127.0.0.1:${port}, tcp://127.0.0.1:${port}, tls://127.0.0.1:${tlsPort}]
timers: {drain: ${options.drain}}
tls: {certificate: ${folder}/server.pem, key: ${folder}/server.key}
insecure:
  - allow: unauthenticated-requests
    methods: [REGISTER, INVITE]
    because: the life of the process is under test`
  const edge = await startEdgeProcess({ yaml, domain: DOMAIN, users: USERS, folder, adminPort })
  const remove = async (): Promise<void> => {
    await edge.remove()
    rmSync(folder, { recursive: true, force: true })
  }
  return { edge, folder, file: join(folder, 'aspis.yaml'), port, tlsPort, remove }
}

function makeCertificate(folder: string): void {
  const subject = ['-subj', `/CN=${DOMAIN}`, '-addext', `subjectAltName=URI:sip:${DOMAIN},URI:sip:more.test`]
  const key = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    `${folder}/server.key`,
  ]
  const made = spawnSync(
    'openssl',
    ['req', '-x509', ...key, '-out', `${folder}/server.pem`, '-days', '30', ...subject],
    { encoding: 'utf8' },
  )
  assert.equal(made.status, 0, made.stderr)
}

async function register(peer: SipPeer, aor: string, params = ''): Promise<string> {
  const user = aor.slice(4).split('@')[0]
  const contact = `<sip:${user}@${peer.host}${params}>;expires=600`
  const answer = await ask(peer, registerOf(peer, aor, { contact }))
  assert.equal(statusOf(answer), 200, answer)
  return answer
}

function inviteText(peer: SipPeer, dialog: ReturnType<typeof newDialog>): string {
  const lines = [`Contact: <sip:alice@${peer.host}>`]
  return requestOf(peer, { method: 'INVITE', uri: BOB, from: ALICE, to: BOB, dialog, cseq: 1, lines })
}

async function answerBye(peer: SipPeer, callId: string): Promise<void> {
  const bye = await peer.next('BYE', isRequest('BYE', callId))
  peer.send(answerTo(peer, bye, 200, ''))
}

async function reload(edge: EdgeProcess, event: string): Promise<void> {
  const count = (): number => edge.output().split(event).length
  const before = count()
  edge.process.kill('SIGHUP')
  await until(() => count() > before, event)
}

async function until(holds: () => boolean, what: string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (holds()) return
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  throw new Error(`${what}: not in 10 s`)
}
