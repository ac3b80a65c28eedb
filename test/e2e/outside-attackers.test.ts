/** Attack tools that nobody here wrote, SIPVicious and sipsak, against a server as its users run it. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { startWeakServer } from '../../src/audit/weak/weak-server.ts'
import { type EdgeProcess, startEdgeProcess, testFolder } from '../support/edge-process.ts'
import { md5OnlyRelay } from '../support/md5-only-relay.ts'
import { missing } from '../support/programs.ts'
import { freePorts } from '../support/sip-peer.ts'

/** The tools resolve no names: the domain is the address. */
const DOMAIN = '127.0.0.1'
const EXISTING = ['101', '104', '110']
const ASKED = Array.from({ length: 13 }, (_, at) => String(100 + at))
const VICTIM = { user: '110', password: '4321' }
const CRACKING_MS = 60_000

describe('attack tools of others', { skip: missing('svmap', 'svwar', 'svcrack', 'sipsak', 'curl') }, () => {
  let edge: EdgeProcess
  let port = 0
  let words = ''
  let fewWords = ''

  before(async () => {
    const [sip = 0, adminPort = 0] = await freePorts(2)
    port = sip
    const yaml = `domains: [${DOMAIN}]\nlisten: [udp://127.0.0.1:${port}]\nlog: { format: json }`
    const users = EXISTING.map(name => ({ name, password: VICTIM.password, isMd5: true }))
    edge = await startEdgeProcess({ domain: DOMAIN, users, adminPort, yaml })
    words = dictionary(3_500, 900)
    fewWords = dictionary(4_310, 20)
  })
  after(() => edge?.remove())

  const onPort = (ip: string, to = port): string[] => ['-b', ip, '-p', String(to), '127.0.0.1']
  const crack = (ip: string, to: number, tried = words): Promise<string> =>
    run('svcrack', '-u', VICTIM.user, '-d', tried, ...onPort(ip, to))

  test('G01 svmap learns of no product; where the domain is a name, not even of a server', async () => {
    const said = await run('svmap', ...onPort('127.44.1.1'))
    assert.match(said, /\| unknown\s+\|/)
    assert.doesNotMatch(said, /aspis/i)
    const [named = 0, adminPort = 0] = await freePorts(2)
    const yaml = `domains: [example.test]\nlisten: [udp://127.0.0.1:${named}]`
    const other = await startEdgeProcess({ domain: 'example.test', adminPort, yaml })
    try {
      assert.match(await run('svmap', ...onPort('127.44.1.2', named)), /found nothing/)
    } finally {
      await other.remove()
    }
  })

  for (const [at, method] of ['REGISTER', 'INVITE', 'OPTIONS', 'SUBSCRIBE', 'MESSAGE'].entries()) {
    test(`G02 svwar tells no extension from another by ${method}`, async () => {
      const scan = ['-e', '100-112', '-m', method]
      assert.match(await run('svwar', ...scan, ...onPort(`127.44.2.${at + 1}`)), /found nothing/)
      const forced = await run('svwar', ...scan, '--force', ...onPort(`127.44.3.${at + 1}`))
      const named = [...forced.matchAll(/^\| (1\d\d)\s+\| (\w+)/gm)]
      if (named.length === 0) return
      assert.deepEqual(named.map(([, extension]) => extension).toSorted(), ASKED)
      assert.equal(new Set(named.map(([, , answer]) => answer)).size, 1, forced)
    })
  }

  test('G03 svcrack cracks the weak server, and no password of ours within 60 s', async () => {
    const weak = await startWeakServer({ domain: DOMAIN, accounts: [VICTIM], knownUser: '101' })
    const relay = await md5OnlyRelay('127.0.0.1', port)
    try {
      const [ofWeak, relayed, direct] = await Promise.all([
        crack('127.44.4.1', weak.target.ports.UDP ?? 0, fewWords),
        crack('127.44.4.2', relay.port),
        crack('127.44.4.3', port),
      ])
      assert.match(ofWeak, /\| 110\s+\| 4321/)
      assert.doesNotMatch(relayed, /Traceback|4321/)
      assert.doesNotMatch(direct, /4321/)
    } finally {
      relay.close()
      await weak.stop()
    }
  })

  test('sipsak asks, registers, sends and traces in vain; what it spoils and floods does no harm', async () => {
    const uri = `sip:101@127.0.0.1:${port}`
    const contact = ['-U', '-C', 'sip:stranger@127.0.0.9:5060']
    for (const mode of [[], [...contact, '-a', 'wrong'], contact, ['-T']]) {
      const said = await run('sipsak', '-vv', '-i', ...mode, '-s', uri)
      assert.match(said, /SIP\/2\.0|no answer|timeout/i)
      assert.doesNotMatch(said, /SIP\/2\.0 200/)
    }
    for (const mode of [
      ['-R', '-t', '40'],
      ['-R', '-t', '3'],
      ['-F', '-e', '3000'],
    ])
      await run('sipsak', ...mode, '-s', uri)
    assert.equal(edge.admin('/readyz').trim(), 'ready')
    assert.equal(edge.metric('aspis_bindings'), 0)
    assert.doesNotMatch(edge.output(), /"level":"error"/)
  })
})

/** Numbers one after the other, as a file. */
function dictionary(from: number, count: number): string {
  const file = join(testFolder('words'), 'words.txt')
  writeFileSync(file, `${Array.from({ length: count }, (_, at) => String(from + at)).join('\n')}\n`)
  return file
}

/** What a program wrote, however it ended. */
function run(program: string, ...args: string[]): Promise<string> {
  return new Promise(done => {
    const options = { timeout: CRACKING_MS, maxBuffer: 1 << 24, encoding: 'latin1' as const }
    execFile(program, args, options, (_, out, errors) => done(out + errors))
  })
}
