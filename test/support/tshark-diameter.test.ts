import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
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
    await once(dump.stderr, 'data')
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
