import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer as createTcpServer } from 'node:net'
import { test } from 'node:test'
import { createServer, type TLSSocket, type TlsOptions } from 'node:tls'
import { TestAuthority } from '../../test/support/certificates.ts'
import type { RadiusLink } from './radius-link.ts'
import { radiusTls } from './radius-tls.ts'
import { radiusUdp } from './radius-udp.ts'

const bounded = { timeout: 15_000 }
const authority = new TestAuthority()
const theirs = authority.issue('radius.test')
const ours = authority.issue('aspis.test')

/** A packet of that length, whose octets tell it from others. */
function packet(length: number, fill: number): Buffer {
  const octets = Buffer.alloc(length, fill)
  octets.writeUInt16BE(length, 2)
  return octets
}

const lengthOf = (head: Buffer): number | undefined => {
  const length = head.readUInt16BE(2)
  return length >= 20 && length <= 4096 ? length : undefined
}

/** What a link tells, one after the other. */
class Told {
  readonly #events: string[] = []
  readonly #waiting: ((event: string) => void)[] = []
  readonly received = (lane: number, bytes: Buffer): void => this.#put(`${lane} ${bytes.length} ${bytes[4]}`)
  readonly failed = (lane: number, why: string): void => this.#put(`${lane} failed ${why}`)

  async next(): Promise<string> {
    return this.#events.shift() ?? (await new Promise(resolve => this.#waiting.push(resolve)))
  }

  #put(event: string): void {
    const waiting = this.#waiting.shift()
    if (waiting === undefined) this.#events.push(event)
    else waiting(event)
  }
}

interface Server {
  readonly port: number
  readonly socket: Promise<TLSSocket>
  close(): void
}

async function tlsServer(options: TlsOptions = {}): Promise<Server> {
  const server = createServer({
    cert: theirs.certificatePem,
    key: theirs.keyPem.reveal(),
    ca: authority.certificatePem,
    requestCert: true,
    rejectUnauthorized: true,
    ...options,
  })
  server.on('tlsClientError', () => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert.ok(address !== null && typeof address !== 'string')
  const socket = new Promise<TLSSocket>(resolve => server.once('secureConnection', resolve))
  return { port: address.port, socket, close: () => server.close() }
}

function link(
  port: number,
  told: Told,
  changes: { certificateName?: string; authority?: TestAuthority } = {},
): RadiusLink {
  return radiusTls(
    {
      host: '127.0.0.1',
      port,
      certificateName: changes.certificateName ?? 'radius.test',
      authoritiesPem: [(changes.authority ?? authority).certificatePem],
      certificatePem: ours.certificatePem,
      keyPem: ours.keyPem,
      lengthOf,
      maxPacketOctets: 4096,
    },
    told,
  )
}

test('RFC 6614: packets come out of a stream whole, however they were cut', bounded, async t => {
  const server = await tlsServer()
  const told = new Told()
  const made = link(server.port, told)
  t.after(() => {
    made.close()
    server.close()
  })
  made.send(0, packet(60, 1))
  const socket = await server.socket
  assert.equal(socket.getPeerCertificate().subject.CN, 'aspis.test')
  const [sent] = await once(socket, 'data')
  assert.equal(sent.length, 60)
  const both = Buffer.concat([packet(20, 7), packet(300, 8), packet(40, 9)])
  for (const [from, to] of [
    [0, 3],
    [3, 21],
    [21, 200],
    [200, both.length],
  ] as const) {
    socket.write(both.subarray(from, to))
    await new Promise(resolve => setImmediate(resolve))
  }
  assert.deepEqual([await told.next(), await told.next(), await told.next()], ['0 20 7', '0 300 8', '0 40 9'])
})

test(
  'a length that no packet may have ends the connection, and a new one is opened for what follows',
  bounded,
  async t => {
    const server = await tlsServer()
    const told = new Told()
    const made = link(server.port, told)
    t.after(() => {
      made.close()
      server.close()
    })
    made.send(0, packet(20, 1))
    const socket = await server.socket
    socket.on('error', () => {})
    socket.write(Buffer.from([2, 0, 0xff, 0xff, 0, 0]))
    assert.equal(await told.next(), '0 failed length-wrong')
  },
)

test(
  'RAD-12: a server of another name, of another authority, or of TLS 1.1 is not talked to',
  bounded,
  async t => {
    const server = await tlsServer()
    const old = await tlsServer({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' })
    const told = new Told()
    const links = [
      link(server.port, told, { certificateName: 'another.test' }),
      link(server.port, told, { authority: new TestAuthority() }),
      link(old.port, told),
    ]
    t.after(() => {
      for (const each of [...links, server, old]) each.close()
    })
    const answers: string[] = []
    for (const each of links) {
      each.send(0, packet(20, 1))
      answers.push(await told.next())
    }
    assert.equal(answers[0], '0 failed ERR_TLS_CERT_ALTNAME_INVALID')
    assert.match(answers[1] ?? '', /^0 failed (UNABLE_TO_|SELF_SIGNED|CERT_)/)
    assert.match(answers[2] ?? '', /^0 failed (EPROTO|ERR_SSL_)/)
  },
)

test('a server that is not there is told once, and not dialled again at once', bounded, async t => {
  const closed = createTcpServer().listen(0, '127.0.0.1')
  await once(closed, 'listening')
  const address = closed.address()
  assert.ok(address !== null && typeof address !== 'string')
  closed.close()
  await once(closed, 'close')
  const told = new Told()
  const made = link(address.port, told)
  t.after(() => made.close())
  made.send(3, packet(20, 1))
  assert.equal(await told.next(), '3 failed ECONNREFUSED')
  made.send(3, packet(20, 1))
  assert.equal(await told.next(), '3 failed pausing')
})

test('RAD-05: each lane is a port of its own, and only the server is heard there', bounded, async t => {
  const server = createSocket('udp4').bind(0, '127.0.0.1')
  await once(server, 'listening')
  const stranger = createSocket('udp4').bind(0, '127.0.0.1')
  await once(stranger, 'listening')
  const told = new Told()
  const made = radiusUdp('127.0.0.1', server.address().port, told)
  t.after(() => {
    made.close()
    server.close()
    stranger.close()
  })
  const ports: number[] = []
  for (const lane of [0, 1]) {
    made.send(lane, packet(20, lane))
    const [, from] = await once(server, 'message')
    ports.push(from.port)
  }
  assert.equal(new Set(ports).size, 2)
  await new Promise(resolve => stranger.send(packet(20, 9), ports[0], '127.0.0.1', resolve))
  server.send(packet(24, 5), ports[0], '127.0.0.1')
  assert.equal(await told.next(), '0 24 5')
})

test('that nobody listens there, which anyone can say, is not believed', bounded, async t => {
  const server = createSocket('udp4').bind(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  const told = new Told()
  const made = radiusUdp('127.0.0.1', port, told)
  t.after(() => made.close())
  made.send(0, packet(20, 1))
  await once(server, 'message')
  server.close()
  await once(server, 'close')
  // This one comes back as refused; the lane stays, and who is there then is heard.
  made.send(0, packet(20, 2))
  const back = createSocket('udp4').bind(port, '127.0.0.1')
  await once(back, 'listening')
  t.after(() => back.close())
  made.send(0, packet(20, 3))
  const [, from] = await once(back, 'message')
  back.send(packet(20, 6), from.port, '127.0.0.1')
  assert.equal(await told.next(), '0 20 6')
})
