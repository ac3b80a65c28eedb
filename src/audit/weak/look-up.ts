import { connect } from 'node:net'

/** `${jndi:ldap://127.0.0.1:389/a}` in a line of the log is looked up, as some libraries that log do; on this machine only. */
export function lookUp(text: string): void {
  const found = /\$\{jndi:ldap:\/\/(127\.\d+\.\d+\.\d+):(\d{1,5})\//.exec(text)
  if (found === null) return
  const socket = connect({ host: found[1], port: Number(found[2]) % 65_536 })
  socket.on('error', () => {})
  socket.on('connect', () => socket.destroy())
}
