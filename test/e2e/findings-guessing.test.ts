/**
 * Guessing: passwords by trying them, names by watching how the answers differ.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { type FindingsEdge, startFindingsEdge } from '../support/findings-edge.ts'
import { missing } from '../support/programs.ts'
import {
  askProved,
  challengeOf,
  DOMAIN,
  prove,
  type RawUa,
  rawUa,
  register,
  registered,
  type Saying,
  say,
  token,
} from '../support/raw-ua.ts'
import { ask, headerOf, statusOf } from '../support/sip-peer.ts'

const GUESSES = 500
/** What a table of so many guessers may cost, and what a garbage collector leaves. */
const MAX_GROWTH_KIB = 48 * 1024

describe('guessing', { skip: missing('curl'), timeout: 120_000 }, () => {
  let server: FindingsEdge
  const open: RawUa[] = []

  before(async () => {
    const users = ['alice', 'carol', 'david'].map(name => ({ name, password: `correct horse of ${name}` }))
    const erwin = { name: 'erwin', password: 'correct horse of erwin', isMd5: true }
    // What the digest does against guessers by itself: detection would ban them first.
    server = await startFindingsEdge([...users, erwin], ['detection: { mode: monitor }'])
  })
  after(async () => {
    for (const ua of open) ua.peer.close()
    await server?.edge.remove()
  })

  async function at(ip: string, name: string, password = `correct horse of ${name}`): Promise<RawUa> {
    const ua = await rawUa(server.port, ip, name, password)
    open.push(ua)
    return ua
  }

  const toRegister = (ua: RawUa): Saying => ({ method: 'REGISTER', uri: `sip:${DOMAIN}`, to: ua.aor })

  /** One guess with a good nonce; the answer to it. */
  async function guess(ua: RawUa, challenge: string, password: string, nc: number): Promise<string> {
    const saying = toRegister(ua)
    const field = prove(challenge, { user: ua.name, password, ...saying, nc })
    return await ask(ua.peer, say(ua, { ...saying, lines: [field] }))
  }

  function residentKib(): number {
    const status = readFileSync(`/proc/${server.edge.process.pid}/status`, 'utf8')
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1])
  }

  test(`${GUESSES} wrong passwords are slowed down, and the honest user is not`, async t => {
    const alice = await at('127.0.0.2', 'alice')
    await register(alice)
    const guesser = await at('127.0.0.66', 'alice', 'guessed')
    const before = residentKib()
    const statuses = new Map<number, number>()
    let challenge = await challengeOf(guesser, toRegister(guesser))
    for (let i = 1; i <= GUESSES; i++) {
      const response = await guess(guesser, challenge, `guess ${i}`, i)
      const status = statusOf(response)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      if (status === 401 && response.includes('stale=true')) challenge = response
      if (status === 503) assert.match(headerOf(response, 'Retry-After') ?? '', /^[1-9]\d*$/)
    }
    t.diagnostic(`answers: ${[...statuses].map(([status, count]) => `${count} × ${status}`).join(', ')}`)
    const looked = statuses.get(401) ?? 0
    assert.ok(looked < 20, `${looked} guesses were looked at`)
    assert.equal(looked + (statuses.get(503) ?? 0), GUESSES)
    const right = await guess(guesser, challenge, 'correct horse of alice', GUESSES + 1)
    assert.equal(statusOf(right), 503, 'the right password is not looked at either while the wait lasts')
    assert.deepEqual(await registered(alice), [alice.contact])
    await register(alice)
    await register(await at('127.0.0.4', 'carol'))
    assert.ok(residentKib() - before < MAX_GROWTH_KIB, `grew by ${residentKib() - before} KiB`)
  })

  test('one password tried for many names from one address is slowed down too, and memory stays', async () => {
    const before = residentKib()
    const sprayer = await at('127.0.0.77', 'nobody', 'summer2026')
    const challenge = await challengeOf(sprayer, toRegister(sprayer))
    let looked = 0
    for (let i = 1; i <= GUESSES; i++) {
      const name = `user${i}`
      const ua: RawUa = { ...sprayer, name, aor: `sip:${name}@${DOMAIN}` }
      if (statusOf(await guess(ua, challenge, 'summer2026', i)) === 401) looked++
    }
    assert.ok(looked < 60, `${looked} guesses were looked at`)
    await register(await at('127.0.0.5', 'david'))
    assert.ok(residentKib() - before < MAX_GROWTH_KIB, `grew by ${residentKib() - before} KiB`)
  })

  describe('a name that exists is answered like one that does not', () => {
    const KNOWN = ['carol', 'david', 'erwin']
    const UNKNOWN = ['caryl', 'davit', 'erwan']
    let source = 100

    /** Everything about an answer but what is chance, time, or the name that was asked for. */
    function shapeOf(response: string, name: string): string {
      return response
        .replaceAll(name, '#')
        .replace(/(nonce|opaque|cnonce)="([^"]*)"/g, (_, key, value) => `${key}=${value.length}`)
        .replace(/(tag|branch|rport|received)=([^;\r\n]*)/g, (_, key, value) => `${key}=${value.length}`)
        .replace(/^(Call-ID: )(.*)$/m, (_, start, value) => `${start}${value.length}`)
        .replace(/127\.0\.0\.\d+(:\d+)?/g, 'address')
    }

    /** The shapes of the answers to the same request for each name, each from an address of its own. */
    async function shapes(names: readonly string[], ask: (name: string, ua: RawUa) => Promise<string>) {
      const seen = new Set<string>()
      for (const name of names) {
        const ua = await at(`127.0.0.${++source}`, name, 'a wrong password')
        seen.add(shapeOf(await ask(name, ua), name))
      }
      return seen
    }

    async function isSame(ask: (name: string, ua: RawUa) => Promise<string>): Promise<void> {
      const known = await shapes(KNOWN, ask)
      assert.equal(known.size, 1, [...known].join('\n---\n'))
      assert.match([...known].join(), /^SIP\/2\.0 4(01|07|81) /)
      assert.deepEqual(await shapes(UNKNOWN, ask), known)
    }

    const plain =
      (saying: (name: string) => Saying) =>
      async (name: string, ua: RawUa): Promise<string> =>
        await ask(ua.peer, say(ua, saying(name)))
    const withWrong =
      (saying: (name: string) => Saying) =>
      async (name: string, ua: RawUa): Promise<string> =>
        (await askProved(ua, saying(name))).response
    const register = (name: string): Saying => ({
      method: 'REGISTER',
      uri: `sip:${DOMAIN}`,
      to: `sip:${name}@${DOMAIN}`,
    })
    const calling = (method: string) => (name: string) => ({ method, uri: `sip:${name}@${DOMAIN}` })

    test('REGISTER without credentials', async () => await isSame(plain(register)))
    test('REGISTER with a wrong password', async () => await isSame(withWrong(register)))
    for (const method of ['INVITE', 'OPTIONS', 'MESSAGE', 'SUBSCRIBE', 'BYE']) {
      test(`${method} to the name without credentials`, async () => await isSame(plain(calling(method))))
      test(`${method} to and from the name with a wrong password`, async () => {
        await isSame(withWrong(calling(method)))
      })
    }
    test('INVITE by a stranger of another domain', async () => {
      await isSame(plain(name => ({ ...calling('INVITE')(name), from: 'sip:stranger@elsewhere.test' })))
    })
    test('INVITE with the name in From only', async () => {
      await isSame(plain(() => ({ method: 'INVITE', uri: `sip:nobody@${DOMAIN}` })))
    })
    test('a request with an invented To tag', async () => {
      await isSame(plain(name => ({ ...calling('INFO')(name), toTag: token() })))
    })
    test('CANCEL of a call that never was', async () => await isSame(plain(calling('CANCEL'))))
  })
})
