import { connect } from 'node:net'
import type { Phone } from './target.ts'

/** What phones call the files of their configuration, by maker; each with its own address in it, or for all. */
export function configurationNames({ mac = '000000000000' }: Phone): readonly string[] {
  const digits = mac.replace(/[^0-9a-f]/gi, '')
  const lower = digits.toLowerCase()
  const upper = digits.toUpperCase()
  const names = [
    `SEP${upper}.cnf.xml`,
    `SIP${upper}.cnf`,
    'SIPDefault.cnf',
    `spa${lower}.xml`,
    `${lower}.cfg`,
    `${lower}-phone.cfg`,
    '000000000000.cfg',
    'y000000000000.cfg',
    `cfg${lower}.xml`,
    `cfg${lower}`,
    `snom-${upper}.htm`,
    'aastra.cfg',
  ]
  return [...new Set(names)]
}

/** Whether a machine is there at all: it takes a connection, or refuses one. */
export async function isThere(
  { host, httpPort = 80, telnetPort = 23 }: Phone,
  withinMs: number,
): Promise<boolean> {
  const answers = await Promise.all([httpPort, telnetPort].map(port => answersAt(host, port, withinMs)))
  return answers.includes(true)
}

function answersAt(host: string, port: number, withinMs: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ host, port })
    const end = (isHere: boolean): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(isHere)
    }
    const timer = setTimeout(() => end(false), withinMs)
    socket.once('connect', () => end(true))
    socket.once('error', error => end('code' in error && error.code === 'ECONNREFUSED'))
  })
}
