import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { startDns, type TestDns } from '../support/dns-zone.ts'
import { aspis, type EdgeProcess, startEdgeProcess, testFolder } from '../support/edge-process.ts'
import { fieldsOf, importUsers, type SippUser } from '../support/imported-users.ts'
import { type Kamailio, missingKamailio, startKamailio } from '../support/kamailio.ts'
import { makeNetwork, type TestNetwork } from '../support/namespaces.ts'
import { missing, missingNamespaces } from '../support/programs.ts'
import { type Recording, record, untilOpen } from '../support/record.ts'
import { runSipp, type Sipp, type SippEnd, type SippRun, startSipp } from '../support/sipp.ts'
import { judge } from '../support/tshark.ts'

const OURS = 'a.test'
const THEIRS = 'b.test'
const ALICE: SippUser = { name: 'alice', domain: OURS }
const BOB: SippUser = { name: 'bob', domain: THEIRS }
const IP = { aspis: '10.99.0.1', kamailio: '10.99.0.2', phones: '10.99.0.3' }
/** A machine with much else to do answers late, and what is repeated then is answered twice. */
const T1_MS = 3000
const PORTS = { caller: 6070, alice: 6061, bob: 6062 }

/** How the two domains find each other. */
const LINKS = [
  {
    name: 'by the addresses of a trunk',
    trunk: `sip:${IP.kamailio}:5061;transport=tls`,
    towards: `sip:${IP.aspis}:5061;transport=tls`,
  },
  { name: 'by NAPTR and SRV', trunk: `sip:${THEIRS};transport=tls`, towards: undefined },
]

const skip =
  missing('sipp', 'kamailio', 'dnsmasq', 'tcpdump', 'tshark', 'ss') ||
  missingKamailio() ||
  missingNamespaces()

for (const link of LINKS) {
  describe(`Kamailio as a neighbouring domain over mutual TLS, ${link.name}`, { skip }, () => {
    const folder = testFolder('kamailio')
    let network: TestNetwork
    let dns: TestDns
    let edge: EdgeProcess
    let kamailio: Kamailio
    let recording: Recording
    const running: Sipp[] = []
    let lastPort = PORTS.caller

    before(async () => {
      network = makeNetwork('km', 3)
      const [ours = '', theirs = '', phones = ''] = network.hosts
      const zones = [
        { domain: OURS, ip: IP.aspis },
        { domain: THEIRS, ip: IP.kamailio },
      ]
      dns = await startDns(phones, IP.phones, zones, [ours, theirs])
      const yaml = `
domains: [${OURS}]
listen: [udp://${IP.aspis}:5060, tls://${IP.aspis}:5061]
dns: {servers: [${IP.phones}]}
timers: {t1: ${T1_MS}ms}
trunks: [{name: theirs, uri: "${link.trunk}", identities: [${THEIRS}], domains: [${THEIRS}]}]
rules: [{name: to-the-neighbour, from: own-users, to: ${THEIRS}, allow: true, via: theirs}]
`
      const edgeFolder = join(folder, 'edge')
      importUsers(edgeFolder, yaml, [ALICE])
      for (const domain of [THEIRS, 'c.test']) {
        aspis(['cert', 'add', domain, '--out', folder, '-c', join(edgeFolder, 'import.yaml')])
      }
      recording = await record(ours, join(folder, 'edge.pcap'), 'udp or tcp')
      const environment = { NODE_OPTIONS: `--tls-keylog=${join(folder, 'keys.log')}` }
      edge = await startEdgeProcess({ yaml, domain: OURS, namespace: ours, folder: edgeFolder, environment })
      await neighbour(THEIRS)
      asWritten(
        await run('register', {
          port: PORTS.alice,
          towards: `${IP.aspis}:5060`,
          keys: { domain: OURS, params: '' },
          lines: [fieldsOf(ALICE)],
          digestUri: OURS,
        }),
      )
    })

    after(async () => {
      const isAlive = edge?.process.exitCode === null && edge.process.signalCode === null
      const said = edge?.output().slice(-4000)
      for (const sipp of running) sipp.kill()
      await kamailio?.stop()
      await edge?.remove()
      await dns?.stop()
      await recording?.stop()
      network?.remove()
      rmSync(folder, { recursive: true, force: true })
      assert.ok(isAlive, `the server ended by itself: ${said}`)
    })

    /** Starts Kamailio with a certificate for that name. */
    const neighbour = async (certified: string, expected = OURS): Promise<void> => {
      const [, host = ''] = network.hosts
      kamailio = await startKamailio({
        folder: join(folder, certified),
        host,
        ip: IP.kamailio,
        domain: THEIRS,
        neighbour: expected,
        towards: link.towards,
        t1Ms: T1_MS,
        phones: `sip:${IP.phones}:${PORTS.bob}`,
        certificate: join(folder, `${certified}.pem`),
        key: join(folder, `${certified}.key`),
        authority: join(folder, `${certified}.ca.pem`),
      })
      await untilOpen(host, 'tcp', 5061)
    }

    const run = (scenario: string, more: Partial<SippRun>): Promise<SippEnd> => {
      const [, , host = ''] = network.hosts
      // What still comes for one call is no message of the next.
      lastPort += 1
      const place = { host, ip: IP.phones, port: lastPort, transport: 'udp', t1Ms: T1_MS } as const
      return runSipp(folder, { scenario, ...place, calls: 1, timeoutSeconds: 40, ...more })
    }
    const wait = async (scenario: string, port: number, talk = 200): Promise<Sipp> => {
      const [, , host = ''] = network.hosts
      const keys = { ring: 100, talk, linger: 500 }
      const place = { host, ip: IP.phones, port, transport: 'udp', t1Ms: T1_MS } as const
      const sipp = startSipp(folder, { scenario, ...place, calls: 1, keys })
      running.push(sipp)
      await untilOpen(host, 'udp', port)
      return sipp
    }
    const call = (
      scenario: string,
      from: SippUser,
      callee: string,
      keys: Readonly<Record<string, number>> = {},
    ): Promise<SippEnd> =>
      run(scenario, {
        towards: `${from.domain === OURS ? IP.aspis : IP.kamailio}:5060`,
        keys: { domain: from.domain, callee, talk: 100, linger: 100, ...keys },
        lines: [fieldsOf(from)],
        digestUri: callee,
      })

    for (const [from, to, port] of [
      [ALICE, BOB, PORTS.bob],
      [BOB, ALICE, PORTS.alice],
    ] as const) {
      const callee = `${to.name}@${to.domain}`

      it(`${from.name}@${from.domain} calls ${callee} and hangs up`, async () => {
        const phone = await wait('answer', port)
        asWritten(await call('call', from, callee))
        asWritten(await phone.ended)
      })

      it(`${from.name}@${from.domain} calls ${callee}, who hangs up`, async () => {
        const phone = await wait('hang-up', port)
        asWritten(await call('call-hung-up', from, callee))
        asWritten(await phone.ended)
      })

      it(`${from.name}@${from.domain} calls ${callee} and gives up while it rings`, async () => {
        const phone = await wait('cancelled', port)
        asWritten(await call('call-cancelled', from, callee))
        asWritten(await phone.ended)
      })
    }

    it('calls outlive the connections that they were set up by', async () => {
      const talk = 6000
      const bob = await wait('answer', PORTS.bob)
      const alice = await wait('hang-up', PORTS.alice, talk)
      const ends = Promise.all([
        call('call', ALICE, `${BOB.name}@${THEIRS}`, { talk }),
        bob.ended,
        call('call-hung-up', BOB, `${ALICE.name}@${OURS}`),
        alice.ended,
      ])
      await until(() => edge.metric('aspis_calls') === 2)
      await kamailio.stop()
      await until(() => edge.metric('aspis_connections') === 0)
      await neighbour(THEIRS)
      for (const end of await ends) asWritten(end)
    })

    it('a call to a domain that no rule names is refused with 403', async () => {
      asWritten(await call('call-not-through', ALICE, 'carol@d.test', { status: 403 }))
    })

    it('tshark finds nothing wrong in what Aspis sent, inside TLS too', async () => {
      await recording.stop()
      const { kinds, problems } = judge(recording.file, {
        from: IP.aspis,
        ports: Object.values(PORTS),
        keyLog: join(folder, 'keys.log'),
      })
      assert.deepEqual(problems, [])
      assert.ok((kinds.get('BYE') ?? 0) >= 4, `${[...kinds]}`)
    })

    it('a neighbour with a certificate for another name gets no call, and is no neighbour', async () => {
      await kamailio.stop()
      const [ours = ''] = network.hosts
      const keyLog = join(folder, 'keys.log')
      const wrong = await record(ours, join(folder, 'wrong.pcap'), 'tcp port 5061')
      await neighbour('c.test')
      asWritten(await call('call-not-through', ALICE, `${BOB.name}@${THEIRS}`, { status: 500 }))
      asWritten(await call('call-not-through', BOB, `${ALICE.name}@${OURS}`, { status: 407 }))
      await wrong.stop()
      const { kinds } = judge(wrong.file, { from: IP.aspis, keyLog })
      assert.deepEqual([kinds.get('INVITE'), kinds.get('407')], [undefined, 1])
    })

    it('a neighbour that expects another name than ours refuses us, and the caller is told', async () => {
      await kamailio.stop()
      await neighbour(THEIRS, 'd.test')
      asWritten(await call('call-not-through', ALICE, `${BOB.name}@${THEIRS}`, { status: 403 }))
    })
  })
}

/** Waits for what is soon so. */
async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (isSo()) return
    await new Promise(done => setTimeout(done, 50))
  }
  throw new Error(`not so in 10 s: ${isSo}`)
}

/** Every call of a run went as the scenario says, and nothing else came. */
function asWritten(end: SippEnd, calls = 1): void {
  assert.deepEqual(
    { exitCode: end.exitCode, errors: end.errors, successful: end.successful, unexpected: end.unexpected },
    { exitCode: 0, errors: '', successful: calls, unexpected: 0 },
    end.messages.map(message => `${message.direction} ${message.startLine}`).join('\n'),
  )
}
