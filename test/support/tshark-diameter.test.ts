import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { on, once } from 'node:events'
import { readFileSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { test } from 'node:test'
import { setTimeout as after } from 'node:timers/promises'
import { writeRequest } from '../../src/mechanisms/aaa/diameter/base-commands.ts'
import { testFolder } from './edge-process.ts'
import { missing } from './programs.ts'
import { judgeDiameter } from './tshark-diameter.ts'

test('tshark complains of an AVP that lies about its length', {
  skip: missing('tshark', 'tcpdump'),
}, async () => {
  const folder = testFolder('tshark-diameter')
  const pcap = join(folder, 'd.pcap')
  const server = createServer(socket => socket.resume()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const dump = spawn('tcpdump', ['-i', 'lo', '-n', '-U', '--immediate-mode', '-w', pcap, `tcp port ${port}`])
  try {
    await untilLooking(dump.stderr)
    const origin = [
      ['Origin-Host', 'a.b'],
      ['Origin-Realm', 'b'],
    ] as const
    const good = writeRequest('DW', { hopByHop: 1, endToEnd: 1 }, origin)
    const bad = Buffer.from(good)
    bad.writeUIntBE(0xfff, 25, 3)
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    socket.end(Buffer.concat([good, bad]))
    await once(socket, 'close')
    // The connection is over before tcpdump has written it, when the processors are busy.
    await untilHolds(pcap, bad)
    dump.kill('SIGTERM')
    await once(dump, 'exit')
    const { problems } = judgeDiameter(pcap, '/dev/null', [], [port])
    assert.match(problems.join(), /Wrong AVP\(264\)/)
  } finally {
    dump.kill('SIGKILL')
    server.close()
    rmSync(folder, { recursive: true, force: true })
  }
})

async function untilLooking(said: Readable): Promise<void> {
  let text = ''
  for await (const [chunk] of on(said, 'data', { close: ['end'] })) {
    text += chunk
    if (text.includes('listening on')) return
  }
  throw new Error(`tcpdump does not look: ${text}`)
}

async function untilHolds(file: string, bytes: Buffer): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    if (readFileSync(file).includes(bytes)) return
    await after(20)
  }
  throw new Error('the capture does not hold what was sent')
}
