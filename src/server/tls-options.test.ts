import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { connect } from 'node:tls'
import type { Config } from './config/config.ts'
import { localConfig } from './config/local.ts'
import { readListen } from './config/values.ts'
import { type Edge, startEdge } from './edge.ts'
import { createLog } from './log.ts'
import { Metrics } from './metrics.ts'

const folder = mkdtempSync(join(tmpdir(), 'aspis-tls-'))
after(() => rmSync(folder, { recursive: true }))

const REQUEST =
  'OPTIONS sip:localhost SIP/2.0\r\nVia: SIP/2.0/TLS h;branch=z9hG4bK1\r\nMax-Forwards: 70\r\nFrom: <sip:a@b>;tag=1\r\n' +
  'To: <sip:localhost>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n'

/** Connects, asks something, and returns whether the session was resumed, and the session for the next time. */
async function visit(edge: Edge, known: Buffer | undefined) {
  const port = edge.listeners[0]?.address.port ?? 0
  const socket = connect({
    port,
    host: '127.0.0.1',
    rejectUnauthorized: false,
    ...(known === undefined ? {} : { session: known }),
  })
  const ticket = once(socket, 'session')
  await once(socket, 'secureConnect')
  const isResumed = socket.isSessionReused()
  socket.write(REQUEST)
  const answered = once(socket, 'data')
  const [session] = isResumed ? [known] : await ticket
  await answered
  socket.destroy()
  return { isResumed, session: Buffer.isBuffer(session) ? session : undefined }
}

test('a phone resumes its TLS session after a restart of the server', { timeout: 30_000 }, async () => {
  const listen = readListen('tls://127.0.0.1:5061')
  assert.ok(listen.ok)
  const config: Config = {
    ...localConfig([], folder),
    listen: [{ ...listen.value, port: 0 }],
    data: join(folder, 'data'),
  }
  const log = createLog({ level: 'error', format: 'json', write: () => {}, nowMs: Date.now })
  let session: Buffer | undefined
  const resumed: boolean[] = []
  for (let start = 0; start < 2; start += 1) {
    const metrics = new Metrics()
    const edge = await startEdge(config, { log, metrics })
    const visited = await visit(edge, session)
    session = visited.session
    resumed.push(visited.isResumed)
    assert.match(metrics.print(), new RegExp(`aspis_tls_sessions_resumed_total ${start}\n`))
    await edge.close()
  }
  assert.deepEqual(resumed, [false, true])
})
