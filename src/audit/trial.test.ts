import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { test } from 'node:test'
import { attack } from './attack.ts'
import { audit } from './audit.ts'
import type { Target } from './target.ts'
import type { Trial } from './trial.ts'

/** Answers every request that comes by UDP with one status. */
async function answering(status: string): Promise<{ readonly target: Target; close(): void }> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')
  socket.on('message', (datagram, from) => {
    const [first = '', ...lines] = datagram.toString('latin1').split('\r\n')
    if (first.startsWith('ACK ') || !first.endsWith('SIP/2.0')) return
    const kept = lines.filter(line => /^(?:Via|From|To|Call-ID|CSeq):/.test(line))
    socket.send(
      [`SIP/2.0 ${status}`, ...kept, 'Content-Length: 0', '', ''].join('\r\n'),
      from.port,
      from.address,
    )
  })
  const target: Target = {
    ...{ ip: '127.0.0.1', domain: 'example.test', accounts: [] },
    ports: { UDP: socket.address().port },
  }
  return { target, close: () => socket.close() }
}

const probing = (run: (trial: Trial) => ReturnType<typeof attackOf.run>) => attack({ ...attackOf, run })
const mending = 'Nothing to mend: it is an attack of a test.'
const attackOf = attack({
  ...{ id: 'of-a-test', entry: 'P01', title: 'does what a test wants', threats: ['software-bugs'] },
  ...{ clause: 'Table 1, row 2', references: ['RFC 3261 §8'], severity: 'low', isIntrusive: false },
  ...{ maxMessages: 10, needs: [], expected: 'Nothing of note happens then.' },
  mending: { aspis: mending, kamailio: mending, opensips: mending, asterisk: mending },
  run: trial => Promise.resolve(trial.inconclusive('no test said anything')),
})
const options = { profile: 'safe', perSecond: 1_000 } as const

test('what asks for a transport that the target has not is skipped', async () => {
  const server = await answering('200 OK')
  const asks = probing(async trial => {
    await trial.stranger({ transport: 'TCP' })
    return trial.succeeded('there was one')
  })
  const { results } = await audit(server.target, [asks], options)
  server.close()
  assert.equal(results[0]?.verdict, 'skipped')
  assert.match(results[0]?.why ?? '', /no TCP/)
})

test('both tries of an attack share its budget, and what they sent is added', async () => {
  const server = await answering('200 OK')
  const asks = probing(async trial => {
    const stranger = await trial.stranger()
    for (let times = 0; times < 7; times += 1)
      await stranger.ask({ method: 'OPTIONS', uri: 'sip:example.test' })
    return trial.inconclusive('nothing to be seen')
  })
  const { results } = await audit(server.target, [asks], options)
  server.close()
  assert.equal(results[0]?.verdict, 'inconclusive')
  assert.equal(results[0]?.sent, 10)
})

test('a server that refuses everybody serves nobody: nothing that it refuses is resisted', async () => {
  const server = await answering('503 Service Unavailable')
  const asks = probing(async trial => trial.resisted('it was refused'))
  const { results } = await audit(server.target, [asks], options)
  server.close()
  assert.notEqual(results[0]?.verdict, 'resisted')
})
