import { chooseDatagrams } from '../../src/net/datagram-choice.ts'

// Floods a server on 127.0.0.1 until its standard input ends, from as many addresses of loopback as it is told:
// node flooder.ts PORT SOURCES
const [port = '', sources = ''] = process.argv.slice(2)
const EACH_TURN = 32
const { make } = chooseDatagrams('native', 0)

const sockets = Array.from({ length: Number(sources) }, (_, n) =>
  make({ ip: `127.9.${n >> 8}.${n & 255}`, port: 0 }, { callbacks: { onMessage() {} }, maxFlows: 8 }),
)
for (const socket of sockets) await socket.start()
let number = 0
let isOver = false

function flood(): void {
  if (isOver) return
  for (const socket of sockets) {
    const flow = socket.flowTo('127.0.0.1', Number(port))
    for (let count = 0; count < EACH_TURN; count += 1) flow.send(request(socket.address.ip))
  }
  setImmediate(flood)
}

function request(ip: string): string {
  number += 1
  return [
    'INVITE sip:bob@example.test SIP/2.0',
    `Via: SIP/2.0/UDP ${ip}:5060;rport;branch=z9hG4bK${number}`,
    'Max-Forwards: 70',
    `From: <sip:x@example.test>;tag=${number}`,
    'To: <sip:bob@example.test>',
    `Call-ID: ${number}@${ip}`,
    'CSeq: 1 INVITE',
    `Contact: <sip:x@${ip}>`,
    'Content-Length: 0\r\n\r\n',
  ].join('\r\n')
}

process.stdin.resume()
process.stdin.once('end', () => {
  isOver = true
  console.log(number)
  process.exit(0)
})
console.log('floods')
flood()
