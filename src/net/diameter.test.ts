import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, test } from 'node:test'
import { TestAuthority } from '../../test/support/certificates.ts'
import { DiameterFramer } from '../mechanisms/aaa/diameter/framer.ts'
import { type DiameterTarget, dialDiameter } from './diameter-dial.ts'
import { type DiameterListener, listenDiameter } from './diameter-listener.ts'
import type { DiameterStream, DiameterTls } from './diameter-stream.ts'

const OPTIONS = { makeCutter: () => new DiameterFramer(), maxSendBytes: 64 * 1024, openMs: 3000 }
const authority = new TestAuthority()
const undo: (() => void)[] = []
after(() => {
  for (const step of undo) step()
})

function tlsOf(host: string, from = authority, trusts = authority): DiameterTls {
  const { certificatePem, keyPem } = from.issue(host)
  return { certificatePem, keyPem, authoritiesPem: [trusts.certificatePem] }
}

/** What a listener saw. */
interface Seen {
  readonly listener: DiameterListener
  readonly streams: DiameterStream[]
  readonly messages: Buffer[]
  readonly closed: string[]
  until(holds: () => boolean): Promise<void>
}

async function listening(tls: DiameterTls | undefined, openMs = OPTIONS.openMs): Promise<Seen> {
  const [streams, messages, closed]: [DiameterStream[], Buffer[], string[]] = [[], [], []]
  const listener = await listenDiameter(
    { ip: '127.0.0.1', port: 0 },
    tls,
    { ...OPTIONS, openMs },
    {
      onOpen: stream => streams.push(stream),
      onMessage: (_stream, message) => messages.push(message),
      onClosed: (_stream, why) => closed.push(why),
    },
  )
  undo.push(() => listener.close())
  return { listener, streams, messages, closed, until }
}

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    if (holds()) return
    await new Promise(done => setTimeout(done, 10))
  }
  assert.fail('not in 3 s')
}

function dialled(target: Partial<DiameterTarget>, { listener }: Seen): Promise<DiameterStream | string> {
  const { ip, port } = listener.address
  return new Promise(resolve => {
    dialDiameter({ address: ip, port, host: 'aaa.test', tls: undefined, ...target }, OPTIONS, {
      onOpen: stream => {
        undo.push(() => stream.close())
        resolve(stream)
      },
      onFailed: resolve,
      onMessage: () => {},
      onClosed: () => {},
    })
  })
}

function message(bytes: number): Buffer {
  const made = Buffer.alloc(bytes)
  made.writeUInt32BE(0x0100_0000 + bytes, 0)
  return made
}

test('both sides show certificates of the names that they bear (DIA-01)', async () => {
  const seen = await listening(tlsOf('aaa.test'))
  const stream = await dialled({ tls: tlsOf('edge.test') }, seen)
  assert.ok(typeof stream !== 'string', String(stream))
  assert.equal(stream.localIp, '127.0.0.1')
  assert.deepEqual([stream.speaksFor('aaa.test'), stream.speaksFor('edge.test')], [true, false])
  assert.equal(stream.send(message(24)), true)
  await seen.until(() => seen.messages.length === 1)
  const [theirs] = seen.streams
  assert.deepEqual([theirs?.speaksFor('edge.test'), theirs?.speaksFor('other.test')], [true, false])
})

test('a server of another name or authority is not spoken to (DIA-01)', async () => {
  const seen = await listening(tlsOf('evil.test'))
  assert.equal(await dialled({ tls: tlsOf('edge.test') }, seen), 'certificate-name')
  const stranger = new TestAuthority()
  const foreign = await listening(tlsOf('aaa.test', stranger))
  const why = await dialled({ tls: tlsOf('edge.test') }, foreign)
  assert.ok(typeof why === 'string' && why !== 'certificate-name', String(why))
})

test('a client without a certificate of our authority is not listened to (DIA-01)', async () => {
  const seen = await listening(tlsOf('aaa.test'))
  const stranger = new TestAuthority()
  const stream = await dialled({ tls: tlsOf('edge.test', stranger) }, seen)
  // With TLS 1.3 the client learns by an alert, after its own handshake.
  if (typeof stream !== 'string') {
    stream.send(message(24))
    await seen.until(() => !stream.send(message(24)))
  }
  assert.deepEqual([seen.streams.length, seen.messages.length], [0, 0])
})

test('a length that cannot be ends the connection at once (DIA-04)', async () => {
  const seen = await listening(undefined)
  const socket = connect(seen.listener.address.port, '127.0.0.1')
  undo.push(() => socket.destroy())
  socket.on('error', () => {})
  socket.write(Buffer.concat([message(24), Buffer.from('01ffffff', 'hex')]))
  await seen.until(() => seen.closed.length === 1)
  assert.deepEqual([seen.messages.length, seen.closed], [1, ['message-length']])
})

test('a peer that does not read is told by send, and holds no more than its share (DIA-12)', async () => {
  const seen = await listening(undefined)
  const socket = connect(seen.listener.address.port, '127.0.0.1')
  undo.push(() => socket.destroy())
  socket.on('error', () => {})
  socket.pause()
  await seen.until(() => seen.streams.length === 1)
  const [stream] = seen.streams
  let sent = 0
  while (sent < 100_000 && stream?.send(message(16 * 1024)) === true) sent += 1
  assert.ok(sent > 0 && sent < 100_000, `${sent}`)
})

test('nobody there: the attempt fails with a name', async () => {
  const seen = await listening(undefined)
  const { port } = seen.listener.address
  seen.listener.close()
  assert.equal(await dialled({ port }, seen), 'ECONNREFUSED')
})

test('DIA-12: who connects and says nothing gives his place back', async () => {
  const seen = await listening(undefined, 200)
  const socket = connect(seen.listener.address.port, '127.0.0.1')
  undo.push(() => socket.destroy())
  const speaker = connect(seen.listener.address.port, '127.0.0.1')
  undo.push(() => speaker.destroy())
  speaker.write(message(24))
  await seen.until(() => seen.closed.length === 1)
  assert.equal(seen.messages.length, 1)
  assert.equal(speaker.destroyed, false)
})
