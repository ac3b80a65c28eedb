import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { resultOf } from '../../src/mechanisms/aaa/diameter/base-commands.ts'
import type { AvpPair } from '../../src/mechanisms/aaa/diameter/encode.ts'
import {
  locationInfo,
  multimediaAuth,
  type SipOrigin,
  serverAssignment,
  userAuthorization,
} from '../../src/mechanisms/aaa/diameter/sip-requests.ts'
import { CREDENTIALS } from '../../src/mechanisms/aaa/diameter/test-messages.ts'
import { TestAuthority } from '../support/certificates.ts'
import { DiameterServer } from '../support/diameter-server.ts'
import { ROOT, testFolder } from '../support/edge-process.ts'
import { type FreeDiameter, missingFreeDiameter, startFreeDiameter } from '../support/free-diameter.ts'
import { freePorts } from '../support/sip-peer.ts'

const missing =
  missingFreeDiameter('g++') ||
  (existsSync('/usr/include/freeDiameter/extension.h')
    ? false
    : 'needs libfreediameter-dev, which this machine does not have')

const ORIGIN: SipOrigin = {
  identity: { host: 'edge.example.test', realm: 'example.test', stateId: 1 },
  realm: 'aaa.test',
  serverUri: 'sip:edge.example.test',
}
const ASKED = { aor: 'sip:alice@example.test', user: 'alice', type: 1 }

describe('freeDiameter judges what we write by its own dictionary', { skip: missing }, () => {
  const folder = testFolder('diameter-judge')
  let agent: FreeDiameter
  let client: DiameterServer

  before(async () => {
    const extension = join(folder, 'judge.fdx')
    const source = join(ROOT, 'test/support/free-diameter-judge.c')
    const made = spawnSync('g++', ['-x', 'c', '-shared', '-fPIC', '-w', '-o', extension, source], {
      encoding: 'utf8',
    })
    assert.equal(made.status, 0, made.stderr)
    const [port = 0, tlsPort = 0] = await freePorts(2)
    const authority = new TestAuthority()
    const { certificatePem, keyPem } = authority.issue('judge.aaa.test')
    agent = await startFreeDiameter({
      folder,
      identity: 'judge.aaa.test',
      realm: 'aaa.test',
      port,
      tlsPort,
      certificatePem,
      keyPem: keyPem.reveal(),
      authorityPem: authority.certificatePem,
      tlsPeers: [],
      plainPeers: [ORIGIN.identity.host],
      extensions: [extension],
    })
    client = new DiameterServer({
      identity: ORIGIN.identity.host,
      realm: ORIGIN.identity.realm,
      agents: [{ identity: 'judge.aaa.test', port }],
      users: new Map(),
    })
    for (let tries = 0; tries < 100 && client.open === 0; tries++)
      await new Promise(done => setTimeout(done, 50))
    assert.equal(client.open, 1, agent.output())
  })
  after(async () => {
    client?.close()
    await agent?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const judged = async (
    name: 'UA' | 'MA' | 'SA' | 'LI',
    avps: readonly AvpPair[],
  ): Promise<number | string> => {
    const asked = await client.ask(name, avps)
    return asked.ok ? resultOf(asked.value.message) : asked.error
  }

  test('UAR, MAR, SAR and LIR follow the grammar of RFC 4740 §8 (DIA-05)', async () => {
    assert.equal(await judged('UA', userAuthorization(ORIGIN, ASKED)), 2001, agent.output().slice(-4000))
    assert.equal(await judged('SA', serverAssignment(ORIGIN, ASKED, ['aors.example.test'])), 2001)
    assert.equal(await judged('LI', locationInfo(ORIGIN, ASKED.aor)), 2001)
    for (const method of ['REGISTER', 'INVITE']) {
      const asked = { target: ASKED.aor, user: 'alice', credentials: { ...CREDENTIALS, method } }
      assert.equal(await judged('MA', multimediaAuth(ORIGIN, asked)), 2001, agent.output().slice(-4000))
    }
  })

  test('the judge is strict: an AVP that is missing is told', async () => {
    const without = locationInfo(ORIGIN, ASKED.aor).filter(([name]) => name !== 'SIP-AOR')
    assert.equal(await judged('LI', without), 5005)
  })
})
