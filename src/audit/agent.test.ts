import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { test } from 'node:test'
import { Addresses } from './addresses.ts'
import { Budget, Rate } from './budget.ts'
import type { Target } from './target.ts'
import { Trial } from './trial.ts'

const response = (request: readonly string[], status: string): string => {
  const kept = request.filter(line => /^(?:Via|From|To|Call-ID|CSeq):/.test(line))
  return [`SIP/2.0 ${status}`, ...kept, 'Content-Length: 0', '', ''].join('\r\n')
}

test('an INVITE and its CANCEL share a branch, and each gets its own response (RFC 3261 §17.1.3)', async () => {
  const server = createSocket('udp4').bind(0, '127.0.0.1')
  await once(server, 'listening')
  let invite: readonly string[] = []
  server.on('message', (datagram, { port, address }) => {
    const lines = datagram.toString('latin1').split('\r\n')
    if (lines[0]?.startsWith('INVITE ')) invite = lines
    if (!lines[0]?.startsWith('CANCEL ')) return
    server.send(response(lines, '200 OK'), port, address)
    server.send(response(invite, '487 Request Terminated'), port, address)
  })
  const ports = { UDP: server.address().port }
  const target: Target = { ip: '127.0.0.1', domain: 'example.test', accounts: [], ports }
  const pace = { answerMs: 2_000, silenceMs: 100 }
  const trial = new Trial(target, pace, new Addresses(target.ip), new Budget(20, new Rate(1_000)))
  try {
    const caller = await trial.stranger()
    const call = { uri: 'sip:bob@example.test', callId: 'ringing', branch: 'z9hG4bKringing', fromTag: 'a' }
    const asking = caller.ask({ ...call, method: 'INVITE' })
    const cancelling = caller.ask({ ...call, method: 'CANCEL', contact: false })
    assert.equal((await cancelling).status, 200)
    assert.equal((await asking).status, 487)
  } finally {
    await trial.clean()
    server.close()
  }
})
