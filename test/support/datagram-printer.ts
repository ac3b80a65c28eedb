import { createSocket } from 'node:dgram'

// Prints its port, and then every datagram in a line: node datagram-printer.ts ADDRESS [PORT]
const [address = '', port = '0'] = process.argv.slice(2)
const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
socket.on('message', bytes => console.log(bytes.toString('latin1')))
socket.bind(Number(port), address, () => console.log(String(socket.address().port)))
