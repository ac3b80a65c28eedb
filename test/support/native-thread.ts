import { createSocket } from 'node:dgram'
import { parentPort } from 'node:worker_threads'
import { loadNative } from '../../src/net/udp-native.ts'

// A thread that is under way with datagrams when it is ended from outside: some sockets open, one just closed.
const native = loadNative()
if (!native.ok) throw new Error(native.error)
const { open, close } = native.value
let turns = 0
const busy = open('127.0.0.1', 0, false, 1_000_000, 500, () => {
  turns += 1
  if (turns === 20) parentPort?.postMessage('under way')
})
open('::1', 0, false, 1_000_000, 0, () => {})
close(open('127.0.0.1', 0, false, 1_000_000, 0, () => {}))
const peer = createSocket('udp4')
const send = (): void => {
  peer.send('OPTIONS', busy.port, '127.0.0.1', () => setImmediate(send))
}
send()
