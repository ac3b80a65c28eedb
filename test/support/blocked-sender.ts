import {
  CONTROL_WORDS,
  DATAGRAM_WORDS,
  LENGTH,
  LOST_COUNT,
  OFFSET,
  OUTGOING_AT,
  PORT,
  SEND_BYTES_AT,
  SEND_COUNT,
  SEND_SLOTS,
  USED_BYTES,
} from '../../src/net/batch-layout.ts'
import { writeAddress } from '../../src/net/udp-address.ts'
import { loadNative } from '../../src/net/udp-native.ts'

// Leaves more datagrams in the send buffer than the system takes, and waits until it took them all:
// node blocked-sender.ts FROM TO PORT COUNT
const [from = '', to = '', port = '', count = ''] = process.argv.slice(2)
const native = loadNative()
if (!native.ok) throw new Error(native.error)
const { open, flush, close } = native.value
const socket = open(from, 0, false, 1, 0, () => {})
const { memory } = socket
const control = new Int32Array(memory, 0, CONTROL_WORDS)
const outgoing = new Int32Array(memory, OUTGOING_AT, SEND_SLOTS * DATAGRAM_WORDS)
const bytes = Buffer.from(memory)

let used = 0
for (let number = 0; number < Number(count); number += 1) {
  const words = outgoing.subarray(number * DATAGRAM_WORDS, (number + 1) * DATAGRAM_WORDS)
  const text = `OPTIONS ${number}`
  writeAddress(to, words)
  words[PORT] = Number(port)
  words[LENGTH] = text.length
  words[OFFSET] = used
  bytes.write(text, SEND_BYTES_AT + used, 'latin1')
  used += text.length
}
control[SEND_COUNT] = Number(count)
control[USED_BYTES] = used
flush(socket)
console.log(`waiting ${control[SEND_COUNT]}`)
const look = setInterval(() => {
  if (control[SEND_COUNT] !== 0) return
  clearInterval(look)
  close(socket)
  console.log(`done, lost ${control[LOST_COUNT]}`)
}, 5)
