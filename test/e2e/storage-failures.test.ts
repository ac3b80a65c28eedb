import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { type EdgeProcess, ROOT, startEdgeProcess, testFolder } from '../support/edge-process.ts'
import { startPostgres, whyNoPostgres } from '../support/postgres.ts'
import { missing } from '../support/programs.ts'
import { ask, freePorts, headerOf, headersOf, type SipPeer, statusOf, udpPeer } from '../support/sip-peer.ts'
import { answerTo, isRequest, newDialog, registerOf, requestOf } from '../support/sip-requests.ts'
import { missingSmallDisk, mountSmallDisk } from '../support/small-disk.ts'

const DOMAIN = 'store.test'
const USERS = 3000
const MAIN = join(ROOT, 'src/cli/main.ts')
const USER_LIST = `user,password\n${Array.from({ length: USERS }, (_, n) => `u${n},pw${n}\n`).join('')}`
const ALICE = `sip:u0@${DOMAIN}`
const BOB = `sip:u1@${DOMAIN}`

describe('when the disk is full', { skip: missing('curl') || missingSmallDisk() }, () => {
  it('new registrations get 500, known bindings are called, nothing answered is lost, and it recovers', async () => {
    const folder = testFolder('full')
    const [port = 0, adminPort = 0] = await freePorts(2)
    const disk = await mountSmallDisk(join(folder, 'data'), 12)
    const setup = { yaml: openYaml(port), domain: DOMAIN, folder, adminPort, wrapper: disk.wrapper }
    let edge: EdgeProcess | undefined
    try {
      importUsers(folder, setup.yaml, disk.wrapper)
      edge = await startEdgeProcess(setup)
      const peer = await udpPeer(port)
      const acknowledged = new Set<string>()
      assert.equal(await register(peer, 1, acknowledged), 200)

      disk.fill()
      // What was allocated before may take a few more; each is durable or refused.
      const refusal = await untilRefused(peer, 2, acknowledged)
      assert.equal(statusOf(refusal), 500, refusal)
      assert.match(headerOf(refusal, 'Retry-After') ?? '', /^[1-9]\d*$/)
      assert.deepEqual(await fetchContacts(peer, BOB), ['u1'])
      await assertCallReaches(peer, 'u1')
      const notReady = edge.admin('/readyz')
      assert.match(notReady, /storage/)

      disk.free()
      await untilAccepted(peer, USERS - 1, acknowledged)
      await until(() => edge?.admin('/readyz').includes('storage') === false, 'readiness comes back')

      await edge.stop('SIGKILL')
      edge = await startEdgeProcess(setup)
      for (const user of acknowledged)
        assert.deepEqual(await fetchContacts(peer, `sip:${user}@${DOMAIN}`), [user])
      peer.close()
    } finally {
      await edge?.remove()
      await disk.remove()
      rmSync(folder, { recursive: true, force: true })
    }
  })
})

describe('when PostgreSQL goes away', { skip: missing('curl') || (whyNoPostgres() ?? false) }, () => {
  it('new registrations get 500, known bindings are called, nothing answered is lost, and it recovers', async () => {
    const postgres = await startPostgres()
    const folder = testFolder('postgres')
    const [port = 0, adminPort = 0] = await freePorts(2)
    const url = await postgres.freshUrl()
    const yaml = `${openYaml(port)}\nstorage: {kind: postgres, url: "${url}"}`
    const setup = { yaml, domain: DOMAIN, folder, adminPort }
    let edge: EdgeProcess | undefined
    try {
      importUsers(folder, yaml, [])
      edge = await startEdgeProcess(setup)
      const peer = await udpPeer(port)
      const acknowledged = new Set<string>()
      assert.equal(await register(peer, 1, acknowledged), 200)

      await postgres.crash()
      const refusal = await untilRefused(peer, 2, acknowledged)
      assert.equal(statusOf(refusal), 500, refusal)
      assert.match(headerOf(refusal, 'Retry-After') ?? '', /^[1-9]\d*$/)
      await assertCallReaches(peer, 'u1')

      await postgres.start()
      await untilAccepted(peer, USERS - 1, acknowledged)
      await until(() => edge?.admin('/readyz').includes('storage') === false, 'readiness comes back')

      await edge.stop('SIGKILL')
      edge = await startEdgeProcess(setup)
      for (const user of acknowledged)
        assert.deepEqual(await fetchContacts(peer, `sip:${user}@${DOMAIN}`), [user])
      peer.close()
    } finally {
      await edge?.remove()
      await postgres.stop()
      rmSync(folder, { recursive: true, force: true })
    }
  })
})

/** Neither registrations nor calls need a password here: what is under test is the storage. */
function openYaml(port: number): string {
  return `domains: [${DOMAIN}]
listen: [udp://127.0.0.1:${port}]
insecure:
  - allow: unauthenticated-requests
    methods: [REGISTER, INVITE]
    because: the storage is what this test breaks`
}

function importUsers(folder: string, yaml: string, wrapper: readonly string[]): void {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'import.yaml')
  const list = join(folder, 'users.csv')
  writeFileSync(file, `${yaml}\ndata: ${join(folder, 'data')}\n`)
  writeFileSync(list, USER_LIST)
  const [program = process.execPath, ...args] = [
    ...wrapper,
    process.execPath,
    MAIN,
    'user',
    'import',
    list,
    '-c',
    file,
  ]
  const done = spawnSync(program, args, { encoding: 'utf8' })
  assert.equal(done.status, 0, done.stderr)
}

/** @returns the status; a 200 is noted as acknowledged */
async function register(peer: SipPeer, user: number, acknowledged: Set<string>): Promise<number> {
  return statusOf(await registerText(peer, user, acknowledged))
}

async function registerText(peer: SipPeer, user: number, acknowledged: Set<string>): Promise<string> {
  const contact = `<sip:u${user}@${peer.host}>;expires=3600`
  const answer = await ask(peer, registerOf(peer, `sip:u${user}@${DOMAIN}`, { contact }), 20_000)
  if (statusOf(answer) === 200) acknowledged.add(`u${user}`)
  return answer
}

async function untilRefused(peer: SipPeer, first: number, acknowledged: Set<string>): Promise<string> {
  for (let user = first; user < USERS - 1; user++) {
    const answer = await registerText(peer, user, acknowledged)
    if (statusOf(answer) !== 200) return answer
  }
  throw new Error('every registration was accepted')
}

async function untilAccepted(peer: SipPeer, user: number, acknowledged: Set<string>): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if ((await register(peer, user, acknowledged)) === 200) return
    await new Promise(resolve => setTimeout(resolve, 200))
  }
  throw new Error('registrations are not accepted again')
}

async function until(holds: () => boolean, what: string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (holds()) return
    await new Promise(resolve => setTimeout(resolve, 200))
  }
  throw new Error(`${what}: not in 20 s`)
}

async function fetchContacts(peer: SipPeer, aor: string): Promise<string[]> {
  const answer = await ask(peer, registerOf(peer, aor))
  assert.equal(statusOf(answer), 200, answer)
  return headersOf(answer, 'Contact').map(value => /sip:([^@]+)@/.exec(value)?.[1] ?? '')
}

/** The peer calls a user whose contact is the peer itself. */
async function assertCallReaches(peer: SipPeer, user: string): Promise<void> {
  const dialog = newDialog()
  const uri = `sip:${user}@${DOMAIN}`
  const invite = requestOf(peer, {
    method: 'INVITE',
    uri,
    from: ALICE,
    to: uri,
    dialog,
    cseq: 1,
    lines: [`Contact: <sip:u0@${peer.host}>`],
  })
  const asking = ask(peer, invite)
  const arrived = await peer.next('INVITE', isRequest('INVITE', dialog.callId))
  peer.send(answerTo(peer, arrived, 486, 'busy'))
  assert.equal(statusOf(await asking), 486)
}
