/**
 * What is found goes out: to fail2ban, tshark as the reader of syslog, HEP and captures, and a web server, each reading
 * by its own rules.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { createServer as createTcpServer, type Server as TcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { LINK } from '../../src/detect/capture/link-type.ts'
import { udpPacket } from '../../src/detect/capture/write-packet.ts'
import { enhancedPacket, interfaceDescription, sectionHeader } from '../../src/detect/capture/write-pcapng.ts'
import { type FindingsEdge, startFindingsEdge } from '../support/findings-edge.ts'
import { missingHepCollector, startHepCollector } from '../support/hep-collector.ts'
import { until } from '../support/phones/wait.ts'
import { missing } from '../support/programs.ts'
import { challengeOf, DOMAIN, prove, type RawUa, rawUa, register, say } from '../support/raw-ua.ts'
import { freePorts } from '../support/sip-peer.ts'

const ATTACKER = '127.0.0.66'
/** Somebody else, whom the attacker would like to see banned. */
const VICTIM = '203.0.113.66'
const SECRET = 'sixteen characters and more'
const FILTER = '/etc/fail2ban/filter.d/asterisk.conf'

/** Names that are made of the syntax of logs. */
const NAMES = [
  'alice',
  `x",RemoteAddress="IPV4/UDP/${VICTIM}/5060`.replaceAll('"', '\\"'),
  `RemoteAddress=IPV4/UDP/${VICTIM}/5060,`,
  `hacking attempt detected '${VICTIM}'`,
  `No registration for peer 'x' (from ${VICTIM})`,
  `NOTICE[1] x: Registration from 'x' failed for '${VICTIM}' - Wrong password`,
]

interface Delivery {
  readonly body: string
  readonly signature: string
  readonly timestamp: string
}

describe('outputs of the detection', { skip: missing('curl', 'tshark'), timeout: 120_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'aspis-outputs-'))
  const deliveries: Delivery[] = []
  const syslogUdp: Buffer[] = []
  let syslogTcp = ''
  const hep: Buffer[] = []
  let server: FindingsEdge
  let web: Server
  let tcp: TcpServer
  const sockets: Socket[] = []
  const open: RawUa[] = []
  const at = (name: string): string => join(folder, name)
  const read = (name: string): string => (existsSync(at(name)) ? readFileSync(at(name), 'latin1') : '')
  let refusals = 2

  before(async () => {
    const [webPort = 0, udpPort = 0, tcpPort = 0, hepPort = 0] = await freePorts(4)
    web = createServer((request, response) => {
      let body = ''
      request.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk
      })
      request.on('end', () => {
        // A hook that is down at first loses nothing.
        refusals -= 1
        response.writeHead(refusals >= 0 ? 503 : 204).end()
        if (refusals >= 0) return
        const header = (name: string): string => String(request.headers[name] ?? '')
        deliveries.push({
          body,
          signature: header('x-aspis-signature'),
          timestamp: header('x-aspis-timestamp'),
        })
      })
    }).listen(webPort, '127.0.0.1')
    tcp = createTcpServer(socket => {
      socket.on('data', chunk => {
        syslogTcp += chunk.toString('latin1')
      })
    }).listen(tcpPort, '127.0.0.1')
    for (const [port, into] of [
      [udpPort, syslogUdp],
      [hepPort, hep],
    ] as const) {
      const socket = createSocket('udp4').on('message', message => into.push(message))
      socket.bind(port, '127.0.0.1')
      sockets.push(socket)
    }
    writeFileSync(at('secret'), `${SECRET}\n`, { mode: 0o600 })
    server = await startFindingsEdge(
      [{ name: 'alice', password: 'correct horse' }],
      [
        'detection:',
        '  outputs:',
        '    files:',
        ...['ndjson', 'eve', 'syslog', 'asterisk'].map(
          format => `      - {path: ${at(`${format}.log`)}, format: ${format}, events: true}`,
        ),
        `    syslog: [{to: "udp://127.0.0.1:${udpPort}"}, {to: "tcp://127.0.0.1:${tcpPort}"}]`,
        `    webhooks: [{url: "http://127.0.0.1:${webPort}/hook", secret-file: ${at('secret')}}]`,
        `    hep: [{to: "udp://127.0.0.1:${hepPort}", capture-id: 77}]`,
        `    captures: {folder: ${at('captures')}}`,
      ],
    )
    const owner = await rawUa(server.port, '127.0.0.7', 'alice', 'correct horse')
    open.push(owner)
    await register(owner)
    const attacker = await rawUa(server.port, ATTACKER, 'mallory')
    open.push(attacker)
    // Until he is barred, which is silence.
    for (let i = 0; i < 30; i += 1) if (!(await guess(attacker, NAMES[i % NAMES.length] ?? ''))) break
    await until('findings', () => read('ndjson.log').includes('"kind":"finding"'))
    await until('a delivery', () => deliveries.length > 0)
  })

  after(async () => {
    for (const { peer } of open) peer.close()
    await server?.edge.remove()
    web?.close()
    tcp?.close()
    for (const socket of sockets) socket.close()
    rmSync(folder, { recursive: true, force: true })
  })

  /** One wrong password under a name; whether the server still spoke. */
  async function guess(ua: RawUa, user: string): Promise<boolean> {
    const saying = { method: 'REGISTER', uri: `sip:${DOMAIN}`, to: `sip:alice@${DOMAIN}` }
    const challenge = await challengeOf(ua, saying).catch(() => undefined)
    if (challenge === undefined) return false
    const { method, uri } = saying
    const lines = [prove(challenge, { user, password: 'wrong', method, uri })]
    ua.peer.send(say(ua, { ...saying, cseq: 2, lines }))
    return true
  }

  const lines = (name: string): string[] =>
    read(name)
      .split('\n')
      .filter(line => line !== '')

  test('every line of every file is printable ASCII, and JSON where it says so', () => {
    for (const name of ['ndjson.log', 'eve.log', 'syslog.log', 'asterisk.log']) {
      assert.ok(lines(name).length > 3, name)
      for (const line of lines(name)) assert.match(line, /^[ -~]+$/)
    }
    for (const name of ['ndjson.log', 'eve.log']) for (const line of lines(name)) JSON.parse(line)
    const ids = lines('ndjson.log').map(line => JSON.parse(line).id)
    assert.equal(new Set(ids).size, ids.length, 'an id stands for one thing')
    const findings = lines('ndjson.log')
      .map(line => JSON.parse(line))
      .filter(({ kind }) => kind === 'finding')
    assert.ok(findings.some(({ subject }) => subject.kind === 'source' && subject.name === ATTACKER))
  })

  test('what followed is told too: the guesser is barred', () => {
    const orders = lines('ndjson.log')
      .map(line => JSON.parse(line))
      .filter(({ kind }) => kind === 'order')
    assert.ok(
      orders.some(({ subject, change }) => subject.name === ATTACKER && change === 'began'),
      read('ndjson.log'),
    )
  })

  test('fail2ban with its asterisk filter names the guesser, and nobody whom he names', {
    skip: missing('fail2ban-regex') || (existsSync(FILTER) ? false : `needs ${FILTER}`),
  }, () => {
    const said = spawnSync('fail2ban-regex', ['-o', 'ip', at('asterisk.log'), FILTER], { encoding: 'utf8' })
    const named = said.stdout
      .split('\n')
      .map(line => line.trim())
      .filter(line => /^[\d.:a-f]+$/.test(line))
    assert.ok(named.length >= 5, said.stdout + said.stderr)
    assert.deepEqual([...new Set(named)], [ATTACKER])
  })

  test('fail2ban would name the victim if a name stood there unescaped: the filter does read such lines', {
    skip: missing('fail2ban-regex') || (existsSync(FILTER) ? false : `needs ${FILTER}`),
  }, () => {
    const [line = ''] = lines('asterisk.log').filter(each => each.includes('InvalidPassword'))
    writeFileSync(at('forged.log'), `${line.replaceAll(ATTACKER, VICTIM)}\n`)
    const said = spawnSync('fail2ban-regex', ['-o', 'ip', at('forged.log'), FILTER], { encoding: 'utf8' })
    assert.match(said.stdout, new RegExp(VICTIM.replaceAll('.', '\\.')))
  })

  test('the owner logged in, and that is told too', () => {
    assert.ok(
      lines('asterisk.log').some(line => /SuccessfulAuth.*AccountID="alice@example\.test"/.test(line)),
    )
    assert.ok(lines('asterisk.log').some(line => line.includes('/127.0.0.7/')))
  })

  test('the webhook is told again after it failed, and its signature holds', () => {
    const [first] = deliveries
    assert.ok(first !== undefined)
    const wanted = createHmac('sha256', SECRET).update(`${first.timestamp}.${first.body}`).digest('hex')
    assert.equal(first.signature, `sha256=${wanted}`)
    assert.ok(Math.abs(Date.now() / 1000 - Number(first.timestamp)) < 300)
    const records = JSON.parse(first.body)
    assert.ok(records.length > 0)
    assert.doesNotMatch(first.body, /[<>]/)
    assert.match(server.edge.output(), /output-failed/)
    assert.match(server.edge.output(), /output-works-again/)
  })

  test('syslog by TCP counts its octets (RFC 6587 §3.4.1)', () => {
    let rest = syslogTcp
    let messages = 0
    while (rest !== '') {
      const [, length = ''] = /^(\d+) </.exec(rest) ?? assert.fail(`no length: ${rest.slice(0, 80)}`)
      rest = rest.slice(length.length + 1 + Number(length))
      messages += 1
    }
    assert.ok(messages > 0)
  })

  /** Payloads as a capture for tshark, to the port of a protocol. */
  function asCapture(name: string, payloads: readonly Buffer[], port: number): string {
    const ends = [
      { ip: '127.0.0.1', port: 50_000 },
      { ip: '127.0.0.1', port },
    ] as const
    const packets = payloads.flatMap(each => udpPacket(...ends, each) ?? [])
    const blocks = packets.map(octets => enhancedPacket({ wallMs: 0, octets }))
    writeFileSync(
      at(name),
      Buffer.concat([sectionHeader('test'), interfaceDescription(LINK.raw, 'test'), ...blocks]),
    )
    return at(name)
  }

  function tshark(file: string, filter: string, fields: readonly string[]): string[] {
    const args = ['-r', file, '-Y', filter, '-T', 'fields', ...fields.flatMap(field => ['-e', field])]
    const said = spawnSync('tshark', args, { encoding: 'utf8' })
    assert.equal(said.status, 0, said.stderr)
    return said.stdout.split('\n').filter(line => line !== '')
  }

  test('tshark reads the syslog messages', () => {
    const file = asCapture('syslog.pcapng', syslogUdp, 514)
    const read = tshark(file, 'syslog && !_ws.malformed', [
      'syslog.facility',
      'syslog.appname',
      'syslog.msgid',
    ])
    assert.equal(read.length, syslogUdp.length)
    assert.ok(syslogUdp.length > 0)
    for (const line of read) assert.match(line, /^10\b/)
  })

  test('Kamailio as a collector of HEP reads the messages of the guesser', {
    skip: missingHepCollector(),
  }, async () => {
    const [port = 0] = await freePorts(1)
    const collector = await startHepCollector(folder, port)
    const sender = createSocket('udp4')
    try {
      for (const packet of hep) sender.send(packet, port, '127.0.0.1')
      await until('messages', () => collector.read().length > 0)
      assert.match(
        collector.read()[0] ?? '',
        new RegExp(`^${ATTACKER.replaceAll('.', '\\.')}:\\d+ REGISTER `),
      )
    } finally {
      sender.close()
      await collector.stop()
    }
    assert.ok(hep.some(packet => packet.includes('"detector":')))
  })

  test('tshark reads the captures: the messages behind a finding, with the verdict as comment', () => {
    const [name = ''] = readdirSync(at('captures'))
    const comments = tshark(join(at('captures'), name), 'sip && frame.comment', ['ip.src', 'frame.comment'])
    const verdict = comments.find(line => line.startsWith(ATTACKER))
    assert.ok(verdict !== undefined, comments.join('\n'))
    assert.match(verdict, /"detector"/)
  })
})
