import { chooseDatagrams, type DatagramChoice, type DatagramsWanted } from '../net/datagram-choice.ts'
import type { Config } from './config/config.ts'

/** Says which way datagrams go, before the configuration does: so tests run over each. */
const VARIABLE = 'ASPIS_DATAGRAMS'
const WAYS: readonly DatagramsWanted[] = ['auto', 'native', 'node']

/** The way of datagrams of this process. */
export function datagramsOf({ datagrams }: Config, environment = process.env): DatagramChoice {
  const said = WAYS.find(way => way === environment[VARIABLE])
  return chooseDatagrams(said ?? datagrams.by, datagrams.gatherMicroseconds)
}

/** What keeps the server from starting: a way that is demanded and not there. */
export function datagramProblem(config: Config, environment = process.env): string | undefined {
  const said = environment[VARIABLE]
  if (said !== undefined && !WAYS.some(way => way === said))
    return `${VARIABLE} is "${said}": auto, native or node`
  const { kind, why } = datagramsOf(config, environment)
  const isDemanded = (said ?? config.datagrams.by) === 'native'
  return isDemanded && kind !== 'native' ? `the native module is demanded, but ${why}` : undefined
}
