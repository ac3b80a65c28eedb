import { createSocket } from 'node:dgram'

// Prints its port, and then every datagram in a line: node datagram-printer.ts ADDRESS
const socket = createSocket('udp4')
socket.on('message', bytes => console.log(bytes.toString('latin1')))
socket.bind(0, process.argv[2], () => console.log(String(socket.address().port)))
