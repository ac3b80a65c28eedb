import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { availableParallelism, loadavg } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { backup, DatabaseSync } from 'node:sqlite'
import { describe, it } from 'node:test'
import { Secret } from '../../src/base/secret.ts'
import { makeCredential } from '../../src/store/credentials.ts'
import { openStore } from '../../src/store/open-store.ts'
import { type EdgeProcess, ROOT, startEdgeProcess, testFolder } from '../support/edge-process.ts'
import { missing } from '../support/programs.ts'
import { ask, freePorts, headersOf, statusOf, udpPeer } from '../support/sip-peer.ts'
import { registerOf } from '../support/sip-requests.ts'
import { binding } from '../support/store-rules/location.ts'

const DOMAIN = 'load.test'
const LOAD = join(ROOT, 'test/support/register-load.ts')
const MAIN = join(ROOT, 'src/cli/main.ts')
const PER_SECOND = 2000
const USERS_A_ROUND = 600
const ROUNDS = 4
const MANY = 100_000
const READY_WITHIN_MS = 5000

/** What is known of one contact: bound, dropped, or sent without an answer. */
type Known = 'bind' | 'drop' | 'doubt'

describe('what was answered with 200 holds', { skip: missing('curl') }, () => {
  it('after kill -9 at any moment under 2,000 registrations a second', async t => {
    const folder = testFolder('kill')
    const [port = 0, adminPort = 0] = await freePorts(2)
    const setup = { yaml: openYaml(port), domain: DOMAIN, folder, adminPort }
    await fill(join(folder, 'data'), ROUNDS * USERS_A_ROUND, 0)
    const known = new Map<string, Known>()
    let edge = await startEdgeProcess(setup)
    try {
      for (let round = 0; round < ROUNDS; round++) {
        const first = round * USERS_A_ROUND
        const offered = await loadUntilKilled(edge, port, first, 1200 + Math.random() * 1500, known)
        edge = await startEdgeProcess(setup)
        const wrong = await compare(port, (round + 1) * USERS_A_ROUND, known)
        assert.deepEqual(wrong, [], `round ${round}`)
        t.diagnostic(`round ${round}: ${offered} a second offered, ${known.size} contacts known so far`)
        assert.ok(offered > PER_SECOND / 2 || isBusyElsewhere(), `the load was ${offered} a second only`)
      }
    } finally {
      await edge.remove()
    }
  })

  it(`and a restart with ${MANY} accounts and bindings is ready in under 5 s`, async t => {
    const folder = testFolder('many')
    const [port = 0, adminPort = 0] = await freePorts(2)
    let edge: EdgeProcess | undefined
    try {
      await fill(join(folder, 'data'), MANY, MANY)
      const setup = { yaml: openYaml(port), domain: DOMAIN, folder, adminPort }
      const times: number[] = []
      // A machine that is busy with something else gets a second chance.
      while (times.length < 2 && !times.some(ms => ms < READY_WITHIN_MS)) {
        const beganMs = performance.now()
        edge = await startEdgeProcess(setup)
        times.push(performance.now() - beganMs)
        assert.equal(edge.metric('aspis_bindings'), MANY)
        const peer = await udpPeer(port)
        const answer = await ask(peer, registerOf(peer, `sip:u${MANY - 1}@${DOMAIN}`))
        assert.equal(headersOf(answer, 'Contact').length, 1, answer)
        peer.close()
        assert.equal(await edge.stop(), 0)
      }
      t.diagnostic(`ready after ${times.map(ms => `${Math.round(ms)} ms`).join(', ')}`)
      const isQuick = Math.min(...times) < READY_WITHIN_MS
      if (!isQuick) t.diagnostic('over the limit; only a machine that is busy with something else may be')
      assert.ok(isQuick || isBusyElsewhere(), `ready after ${times.join(' and ')} ms`)
    } finally {
      await edge?.remove()
      rmSync(folder, { recursive: true, force: true })
    }
  })
})

it('a backup made while the server serves brings back what was registered', {
  skip: missing('curl'),
}, async () => {
  const folder = testFolder('backup')
  const restored = testFolder('restored')
  const [port = 0, adminPort = 0] = await freePorts(2)
  await fill(join(folder, 'data'), 50, 0)
  const setup = { yaml: openYaml(port), domain: DOMAIN, folder, adminPort }
  let edge = await startEdgeProcess(setup)
  const peer = await udpPeer(port)
  try {
    for (let n = 0; n < 50; n++) {
      const contact = `<sip:u${n}-1@${peer.host}>;expires=3600`
      assert.equal(statusOf(await ask(peer, registerOf(peer, `sip:u${n}@${DOMAIN}`, { contact }))), 200)
    }
    mkdirSync(join(restored, 'data'))
    const database = new DatabaseSync(join(folder, 'data/aspis.db'), { readOnly: true })
    await backup(database, join(restored, 'data/aspis.db'))
    database.close()
    copyFileSync(join(folder, 'data/ha1.key'), join(restored, 'data/ha1.key'))
    cpSync(join(folder, 'data/bindings'), join(restored, 'data/bindings'), { recursive: true })
    await edge.remove()

    edge = await startEdgeProcess({ ...setup, folder: restored })
    const known = new Map<string, Known>(Array.from({ length: 50 }, (_, n) => [`u${n}-1`, 'bind']))
    assert.deepEqual(await compare(port, 50, known), [])
  } finally {
    peer.close()
    await edge.remove()
    for (const each of [folder, restored]) rmSync(each, { recursive: true, force: true })
  }
})

describe('a database that cannot be used stops the start, and stays as it is', () => {
  const cases: readonly (readonly [string, (file: string) => void, RegExp])[] = [
    ['damaged in the middle', damage, /aspis\.db: the database is damaged .*restore a backup/],
    [
      'not a database',
      file => writeFileSync(file, 'x'.repeat(9000)),
      /aspis\.db: .*(damaged|not a database)/,
    ],
    [
      'gone beside its key',
      file => unlinkSync(file),
      /the database is gone but its key .* is there; restore/,
    ],
    ['emptied beside its key', file => writeFileSync(file, ''), /the database is gone but its key/],
  ]
  for (const [name, spoil, message] of cases) {
    it(name, async () => {
      const folder = testFolder('spoilt')
      const [port = 0, adminPort = 0] = await freePorts(2)
      try {
        await fill(join(folder, 'data'), 500, 500)
        const database = join(folder, 'data/aspis.db')
        spoil(database)
        const before = contentOf(database)
        const file = join(folder, 'aspis.yaml')
        writeFileSync(file, `${openYaml(port)}\ndata: ${folder}/data\nadmin: http://127.0.0.1:${adminPort}\n`)
        const done = spawnSync(process.execPath, [MAIN, 'serve', '-c', file], {
          encoding: 'utf8',
          timeout: 30_000,
        })
        assert.match(done.stderr, message)
        assert.equal(done.status, 2, done.stderr)
        assert.deepEqual(contentOf(database), before)
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    })
  }
})

/** A machine with more work than processors says nothing about how fast we are. */
function isBusyElsewhere(): boolean {
  return (loadavg()[0] ?? 0) > availableParallelism() + 1.5
}

/** Registrations need no password here, so that the store is what is measured, not the digest. */
function openYaml(port: number): string {
  return `domains: [${DOMAIN}]
listen: [udp://127.0.0.1:${port}]
insecure:
  - allow: unauthenticated-requests
    methods: [REGISTER]
    because: the store is what this test loads`
}

/** Accounts `u0`…, the first ones with a binding. */
async function fill(folder: string, accounts: number, bindings: number): Promise<void> {
  const { location, credentials, close } = await openStore({ kind: 'sqlite', folder }, Date.now())
  const password = new Secret('not used')
  const names = Array.from({ length: accounts }, (_, n) => `u${n}`)
  await credentials.put(...names.map(name => makeCredential(name, DOMAIN, password, { md5: false })))
  const expiresAtMs = Date.now() + 3_000_000
  const size = 10_000
  for (let from = 0; from < bindings; from += size) {
    const part = names.slice(from, Math.min(from + size, bindings)).map(name => `sip:${name}@${DOMAIN}`)
    await Promise.all(part.map(aor => location.replace(aor, [binding({ aor, expiresAtMs })])))
  }
  await close()
}

/** @returns registrations a second that were sent */
async function loadUntilKilled(
  edge: EdgeProcess,
  port: number,
  first: number,
  afterMs: number,
  known: Map<string, Known>,
): Promise<number> {
  const users = [String(first), String(first + USERS_A_ROUND - 1)]
  const load = spawn(process.execPath, [LOAD, String(port), String(PER_SECOND), ...users], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let offered = 0
  let answered = 0
  const refused: string[] = []
  const killing = (async () => {
    await new Promise(resolve => setTimeout(resolve, afterMs))
    await edge.stop('SIGKILL')
    load.kill('SIGTERM')
  })()
  for await (const line of createInterface({ input: load.stdout })) {
    const [mark, ...words] = line.split(' ')
    if (mark === '#') offered = Number(words[0])
    else if (mark === '!') refused.push(line)
    else if (mark === '?') known.set(`${words[0]}-${words[2]}`, 'doubt')
    else {
      answered += 1
      known.set(`${mark}-${words[1]}`, words[0] === 'drop' ? 'drop' : 'bind')
    }
  }
  await killing
  if (load.exitCode === null) await once(load, 'exit')
  assert.deepEqual(refused, [])
  assert.ok(answered > 500, `${answered} answered only`)
  return offered
}

/** Asks the server for all bindings. @returns what is missing, and what is there although its end was answered */
async function compare(port: number, users: number, known: ReadonlyMap<string, Known>): Promise<string[]> {
  const peer = await udpPeer(port)
  const there = new Set<string>()
  for (let from = 0; from < users; from += 50) {
    const part = Array.from({ length: 50 }, (_, n) => `u${from + n}`)
    const answers = await Promise.all(part.map(name => ask(peer, registerOf(peer, `sip:${name}@${DOMAIN}`))))
    for (const answer of answers) {
      assert.equal(statusOf(answer), 200, answer)
      for (const contact of headersOf(answer, 'Contact')) there.add(/sip:([^@]+)@/.exec(contact)?.[1] ?? '')
    }
  }
  peer.close()
  const wrong: string[] = []
  for (const [contact, what] of known) {
    if (what === 'bind' && !there.has(contact)) wrong.push(`lost: ${contact}`)
    if (what === 'drop' && there.has(contact)) wrong.push(`came back: ${contact}`)
  }
  return wrong
}

function damage(file: string): void {
  const handle = openSync(file, 'r+')
  const middle = Math.floor(statSync(file).size / 2 / 4096) * 4096
  writeSync(handle, Buffer.alloc(8192, 0xa5), 0, 8192, middle)
  closeSync(handle)
}

function contentOf(file: string): string | undefined {
  return statSync(file, { throwIfNoEntry: false }) === undefined ? undefined : readFileSync(file, 'latin1')
}
