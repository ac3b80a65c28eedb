/**
 * A RADIUS server that says yes to everybody, and cannot prove that it is the one that was asked: nobody is let in by it,
 * the caller is told to come back, and each lie is counted by its name.
 */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type FindingsEdge, startFindingsEdge } from '../support/findings-edge.ts'
import { RADIUS_SECRET } from '../support/freeradius.ts'
import { missing } from '../support/programs.ts'
import { type Lie, type RadiusLiar, startRadiusLiar } from '../support/radius-liar.ts'
import { askProved, DOMAIN, type RawUa, rawUa } from '../support/raw-ua.ts'
import { headerOf, statusOf } from '../support/sip-peer.ts'
import { until } from '../support/workers.ts'

process.env.ASPIS_TEST_RADIUS_SECRET = RADIUS_SECRET

const LIES: readonly (readonly [Lie, string])[] = [
  ['message-authenticator-missing', 'message-authenticator-missing'],
  ['message-authenticator-wrong', 'message-authenticator-wrong'],
  ['another-secret', 'response-authenticator-wrong'],
  ['another-request', 'response-authenticator-wrong'],
  ['another-identifier', 'unmatched'],
  ['another-code', 'code-unexpected'],
  ['proxy-state', 'proxy-state-foreign'],
  ['garbage', 'length-wrong'],
  ['slow', 'unmatched'],
]

describe('a RADIUS server that lies', { skip: missing('curl'), timeout: 60_000 }, () => {
  let liar: RadiusLiar
  let server: FindingsEdge
  let user: RawUa

  before(async () => {
    liar = await startRadiusLiar()
    const address = `{address: "127.0.0.1:${liar.port}", secret: "\${ASPIS_TEST_RADIUS_SECRET}"}`
    const radius = `{servers: [${address}], timeout: 400ms, tries: 1, probe: 60s}`
    server = await startFindingsEdge([], [`aaa: {sources: [local, radius], radius: ${radius}}`])
    user = await rawUa(server.port, '127.0.0.1', 'alice', 'any password')
  })

  after(async () => {
    user?.peer.close()
    liar?.close()
    await server?.edge.remove()
  })

  const registers = async (): Promise<string> => {
    const { response } = await askProved(user, { method: 'REGISTER', uri: `sip:${DOMAIN}`, to: user.aor })
    return response
  }
  const ignored = (reason: string): number =>
    server.edge.metric(`aspis_radius_answers_ignored_total{reason="${reason}"}`)

  for (const [lie, reason] of LIES) {
    it(`RAD-04, RAD-05, RAD-11: ${lie}: 503 with Retry-After, and ${reason} is counted`, async () => {
      liar.lie = lie
      const before = ignored(reason)
      const response = await registers()
      assert.equal(statusOf(response), 503)
      assert.match(headerOf(response, 'Retry-After') ?? '', /^[1-9]\d*$/)
      // What comes late comes while the next question waits.
      if (lie === 'slow')
        for (let tries = 0; tries < 20 && ignored(reason) === before; tries++) await registers()
      assert.ok(ignored(reason) > before)
    })
  }

  it('RAD-11: silence: 503 with Retry-After', async () => {
    liar.lie = 'silence'
    const response = await registers()
    assert.equal(statusOf(response), 503)
    assert.match(headerOf(response, 'Retry-After') ?? '', /^[1-9]\d*$/)
    assert.equal(server.edge.metric('aspis_radius_questions_total{result="accepted"}'), 0)
    assert.equal(server.edge.metric('aspis_registrations_total'), 0)
  })

  it('the same server is believed once it tells who it is', async () => {
    liar.lie = 'none'
    assert.equal(statusOf(await registers()), 200)
  })

  it('a reload puts questions to other servers, and one that cannot be taken over leaves all as it is', async () => {
    const file = join(server.edge.folder, 'aspis.yaml')
    const before = readFileSync(file, 'utf8')
    const other = await startRadiusLiar()
    try {
      const { asked } = liar
      writeFileSync(file, before.replaceAll(`127.0.0.1:${liar.port}`, `127.0.0.1:${other.port}`))
      server.edge.process.kill('SIGHUP')
      await until(() => server.edge.output().includes('"reloaded"'), 'the reload')
      assert.equal(statusOf(await registers()), 200)
      assert.equal(liar.asked, asked)
      assert.equal(other.asked, 1)

      writeFileSync(file, before.replace(/secret: "[^"]*"/, 'secret-file: not-there'))
      server.edge.process.kill('SIGHUP')
      await until(() => server.edge.output().includes('"reload-refused"'), 'the refusal')
      assert.equal(statusOf(await registers()), 200)
      assert.equal(other.asked, 2)
    } finally {
      other.close()
    }
  })
})
