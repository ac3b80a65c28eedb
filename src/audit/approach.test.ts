import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { describe, test } from 'node:test'
import { responseTo } from './agent.ts'
import { approach } from './approach.ts'
import { Heard } from './heard.ts'
import type { Target } from './target.ts'

/** The slowest answer that an operator waits for. */
const MAX_MS = 15_000

const at = (ports: Target['ports']): Target => ({
  ip: '127.0.0.1',
  domain: 'example.test',
  ports,
  accounts: [],
})

/** A UDP server that does something with every datagram. */
async function datagrams(
  answer: (text: string, reply: (text: string) => void) => void,
): Promise<{ readonly port: number; close(): void }> {
  const socket = createSocket('udp4')
  let isOpen = true
  socket.on('message', (octets, from) => {
    answer(octets.toString('latin1'), text => {
      if (isOpen) socket.send(Buffer.from(text, 'latin1'), from.port, from.address)
    })
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const close = (): void => {
    isOpen = false
    socket.close()
  }
  return { port: socket.address().port, close }
}

/** A TCP server; its connections are ended with it. */
async function stream(
  connected: (socket: Socket) => void,
): Promise<{ readonly port: number; close(): void }> {
  const server = createServer(socket => {
    socket.on('error', () => {})
    closing.push(() => socket.destroy())
    connected(socket)
  })
  const closing: (() => void)[] = [() => server.close()]
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  return { port: address.port, close: () => closing.forEach(each => void each()) }
}

/** What is said of a target that cannot be audited; it is said in bounded time. */
async function problemOf(target: Target): Promise<string> {
  const beganMs = performance.now()
  const reached = await approach(target)
  assert.ok(performance.now() - beganMs < MAX_MS)
  assert.ok('problem' in reached, JSON.stringify(reached))
  return reached.problem
}

describe('whether a target can be audited', () => {
  test('a closed port is said to be closed, UDP and TCP', async () => {
    const udp = await datagrams(() => {})
    const tcp = await stream(() => {})
    udp.close()
    tcp.close()
    assert.equal(
      await problemOf(at({ UDP: udp.port })),
      `nobody listens on UDP 127.0.0.1:${udp.port}: the port is closed`,
    )
    assert.equal(
      await problemOf(at({ TCP: tcp.port })),
      `nobody listens on TCP 127.0.0.1:${tcp.port}: the port is closed`,
    )
  })

  test('a server that never answers is said to be silent', async () => {
    const udp = await datagrams(() => {})
    const tcp = await stream(() => {})
    try {
      const [byDatagram, byStream] = await Promise.all([
        problemOf(at({ UDP: udp.port })),
        problemOf(at({ TCP: tcp.port })),
      ])
      assert.match(
        byDatagram,
        /^UDP 127\.0\.0\.1:\d+ never answers: no answer to OPTIONS and REGISTER within 6 s$/,
      )
      assert.match(byStream, /^TCP 127\.0\.0\.1:\d+ takes connections, but never answers: /)
    } finally {
      udp.close()
      tcp.close()
    }
  })

  test('a server that answers garbage is quoted, with nothing in it that a terminal obeys', async () => {
    const udp = await datagrams((_text, reply) => reply('\x1b]0;owned\x07\x00\x9b31m not SIP'))
    const tcp = await stream(socket => socket.write('SSH-2.0-OpenSSH_9.9\r\n'))
    try {
      const [byDatagram, byStream] = await Promise.all([
        problemOf(at({ UDP: udp.port })),
        problemOf(at({ TCP: tcp.port })),
      ])
      assert.match(byDatagram, /answers, but not with SIP: it said "\\x1b\]0;owned\\x07\\x00\\x9b31m not SIP/)
      assert.match(byDatagram, /^[\x20-\x7e]*$/)
      assert.match(byStream, /answers, but not with SIP: it said "SSH-2\.0-OpenSSH_9\.9\\r\\n"$/)
    } finally {
      udp.close()
      tcp.close()
    }
  })

  test('an answer to another request is garbage', async () => {
    const udp = await datagrams((text, reply) => {
      const heard = new Heard(text, { ip: '', port: 0 }, 0)
      reply(responseTo(heard, 200, {}).replace(heard.callId, 'of-another'))
    })
    try {
      assert.match(await problemOf(at({ UDP: udp.port })), /answers, but not with SIP/)
    } finally {
      udp.close()
    }
  })

  test('a server that floods back is said to flood, and nothing of it is kept', async () => {
    const datagram = 'x'.repeat(2_000)
    let isOver = false
    const floods = await datagrams((text, reply) => {
      const heard = new Heard(text, { ip: '', port: 0 }, 0)
      reply(responseTo(heard, 200, {}))
      const more = (): void => {
        reply(datagram)
        if (!isOver) setImmediate(more)
      }
      more()
    })
    const streams = await stream(socket => {
      const more = (): void => {
        while (!socket.destroyed && socket.write('y'.repeat(65_536)));
        if (!socket.destroyed) socket.once('drain', more)
      }
      more()
    })
    try {
      const beforeBytes = process.memoryUsage().heapUsed
      assert.match(
        await problemOf(at({ UDP: floods.port })),
        /floods back: \d+ pieces, \d+ octets came for one question/,
      )
      assert.match(await problemOf(at({ TCP: streams.port })), /floods back/)
      assert.ok(process.memoryUsage().heapUsed - beforeBytes < 100 << 20)
    } finally {
      isOver = true
      floods.close()
      streams.close()
    }
  })

  test('who answers OPTIONS can be audited, on the ports that answer, and says what it is', async () => {
    const udp = await datagrams((text, reply) => {
      const heard = new Heard(text, { ip: '', port: 0 }, 0)
      reply(responseTo(heard, 200, { lines: ['Server: kamailio (5.8.0 (x86_64/linux))'] }))
    })
    const closed = await stream(() => {})
    closed.close()
    try {
      const reached = await approach(at({ UDP: udp.port, TCP: closed.port }))
      assert.ok('target' in reached, JSON.stringify(reached))
      assert.deepEqual(reached.target.ports, { UDP: udp.port })
      assert.equal(reached.server, 'kamailio (5.8.0 (x86_64/linux))')
      assert.deepEqual(reached.warnings, [
        `nobody listens on TCP 127.0.0.1:${closed.port}: the port is closed; what needs it is skipped`,
      ])
      const guessed = await approach(at({ UDP: udp.port, TCP: closed.port }), true)
      assert.ok('target' in guessed)
      assert.deepEqual(guessed.warnings, [])
    } finally {
      udp.close()
    }
  })

  test('a server that refuses the honest user cannot be audited', async () => {
    const udp = await datagrams((text, reply) => {
      const heard = new Heard(text, { ip: '', port: 0 }, 0)
      reply(responseTo(heard, heard.method === 'REGISTER' ? 403 : 200, {}))
    })
    try {
      const target = { ...at({ UDP: udp.port }), accounts: [{ user: 'alice', password: 'wrong' }] }
      assert.match(
        await problemOf(target),
        /^the target speaks SIP, but an honest user is not served: REGISTER of alice got SIP\/2\.0 403/,
      )
    } finally {
      udp.close()
    }
  })
})
