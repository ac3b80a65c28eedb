import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tryStage } from '../../../test/support/stage-context.ts'
import { pstnBody } from './pstn-body.ts'

const asked = (contentType: string, body = 'x', method = 'INVITE') =>
  tryStage(pstnBody, { method, body, lines: [`Content-Type: ${contentType}`] })

const parts = (type: string): string =>
  `--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--b\r\ncontent-type: ${type}\r\n\r\nx\r\n--b--\r\n`

test('G13: signalling of exchanges from who is no trunk is refused with 415, alone and among parts', async () => {
  for (const type of ['application/ISUP;version=itu-t92+', 'application/QSIG', 'Application/x-q931']) {
    assert.equal(await asked(type), 'reply 415 pstn-body', type)
    assert.equal(await asked('multipart/mixed;boundary=b', parts(type)), 'reply 415 pstn-body', type)
    assert.equal(await asked(type, 'x', 'INFO'), 'reply 415 pstn-body', type)
    assert.equal(await asked(type, 'x', 'ACK'), 'drop pstn-body', type)
  }
})

test('signalling of a trunk passes, and so does every other body', async () => {
  const trunkOf = () => ({
    name: 'gateway',
    identities: [],
    reachesOwnUsers: true,
    isTrusted: true,
    domains: [],
  })
  const isup = { body: 'x', lines: ['Content-Type: application/isup'] }
  assert.equal(await tryStage(pstnBody, { ...isup, ports: { trunkOf } }), 'next')
  assert.equal(await asked('application/sdp', 'v=0\r\ns=application/isup\r\n'), 'next')
  assert.equal(await asked('text/plain', 'application/isup is what I read', 'MESSAGE'), 'next')
  assert.equal(await asked('multipart/mixed;boundary=b', parts('application/pidf+xml')), 'next')
})
