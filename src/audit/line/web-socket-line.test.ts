import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { WebSocketServer } from 'ws'
import { webSocketLine } from './web-socket-line.ts'

test('octets that are no UTF-8 come over a WebSocket as they were sent', async t => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  t.after(() => server.close())
  await once(server, 'listening')
  const address = server.address()
  assert.ok(address !== null && typeof address !== 'string')
  const body = Array.from({ length: 256 }, (_, at) => String.fromCharCode(at)).join('')
  const sent = `MESSAGE sip:alice@example.test SIP/2.0\r\n\r\n${body}`
  server.on('connection', socket => {
    socket.on('message', () => socket.send(Buffer.from(sent, 'latin1')))
  })
  const watch = { spend: () => {}, nowMs: () => 0, sent: () => {}, heard: () => {} }
  const line = await webSocketLine({ ip: '127.0.0.1', port: address.port }, watch, {
    isSecure: false,
    path: '/',
    withinMs: 2_000,
  })
  assert.ok(line)
  t.after(() => line.close())
  line.send('OPTIONS sip:example.test SIP/2.0\r\n\r\n')
  assert.equal((await line.next(() => true, 2_000))?.text, sent)
})
