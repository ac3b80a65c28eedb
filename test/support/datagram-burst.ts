import { createSocket } from 'node:dgram'

// Sends as many datagrams at once: node datagram-burst.ts FROM PORT TO PORT COUNT TEXT
const [from = '', port = '0', to = '', toPort = '0', count = '1', text = ''] = process.argv.slice(2)
const socket = createSocket(from.includes(':') ? 'udp6' : 'udp4')
socket.bind(Number(port), from, () => {
  let left = Number(count)
  for (let number = Number(count); number > 0; number -= 1) {
    socket.send(`${text} ${number}`, Number(toPort), to, () => {
      left -= 1
      if (left === 0) socket.close()
    })
  }
})
