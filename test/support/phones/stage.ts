import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type EdgeProcess, startEdgeProcess, type TestUser, testFolder } from '../edge-process.ts'
import { makeNetwork, must, type TestNetwork } from '../namespaces.ts'
import { type Judgement, judge } from '../tshark.ts'
import { until } from './wait.ts'

export const DOMAIN = 'aspis.test'
/** Where baresip listens. */
const PHONE_PORT = 6060

/** A server on the first host of a network of its own, and a capture of all that passes its interface. */
export interface PhoneStage {
  readonly network: TestNetwork
  readonly edge: EdgeProcess
  /** File of the authority that signed the server's certificate. */
  readonly authority: string
  readonly folder: string
  /** Ends the capture and lets tshark read what the server sent, TLS included. */
  judge(): Promise<Judgement>
  remove(): Promise<void>
}

/** Starts network, capture and server. @param phones hosts besides the server's */
export async function startStage(
  name: string,
  phones: number,
  users: readonly TestUser[],
): Promise<PhoneStage> {
  const folder = testFolder(name)
  const keyLog = join(folder, 'tls.keys')
  const pcap = join(folder, 'all.pcap')
  const network = makeNetwork(name, phones + 1)
  const [host = ''] = network.hosts
  const ip = network.ip(0)
  let capture: ChildProcess | undefined
  let edge: EdgeProcess | undefined
  const remove = async (): Promise<void> => {
    capture?.kill('SIGKILL')
    await edge?.remove()
    network.remove()
    for (const each of network.hosts) rmSync(join('/etc/netns', each), { recursive: true, force: true })
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    for (const each of network.hosts) nameServer(each, ip)
    // A dead end, as the server forwards nothing: a phone without any default route thinks that it is offline.
    for (const each of network.hosts.slice(1)) {
      must('ip', '-n', each, 'route', 'add', 'default', 'via', ip)
      // linphone and Chromium do not agree which of two address families carries the audio.
      must('ip', '-n', each, '-6', 'addr', 'flush', 'dev', 'eth0')
    }
    const dump = await startDump(host, pcap)
    capture = dump.child
    const started = await startEdgeProcess({
      yaml: `domains: [${DOMAIN}]
ws-origins: ['http://127.0.0.1:8099']
listen: [udp://${ip}:5060, tcp://${ip}:5060, tls://${ip}:5061, wss://${ip}:7443]
log:
  level: debug`,
      domain: DOMAIN,
      users,
      namespace: host,
      folder: join(folder, 'edge'),
      environment: { NODE_OPTIONS: `--tls-keylog=${keyLog}` },
    })
    edge = started
    return {
      network,
      edge: started,
      authority: join(folder, 'edge/data/pki/authority.pem'),
      folder,
      judge: async () => {
        await dump.stop()
        return judge(pcap, { from: ip, keyLog, ports: [PHONE_PORT], wssPorts: [7443] })
      },
      remove,
    }
  } catch (error) {
    await remove()
    throw error
  }
}

/** Inside that namespace the domain is the server; `ip netns exec` lays these files over the machine's own. */
function nameServer(namespace: string, ip: string): void {
  const folder = join('/etc/netns', namespace)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'hosts'), `127.0.0.1 localhost\n${ip} ${DOMAIN}\n`)
  writeFileSync(join(folder, 'resolv.conf'), 'nameserver 127.0.0.1\n')
}

async function startDump(
  host: string,
  pcap: string,
): Promise<{ child: ChildProcess; stop(): Promise<void> }> {
  const tcpdump = ['tcpdump', '-U', '--immediate-mode', '-B', '65536', '-s', '0', '-i', 'eth0', '-w', pcap]
  const child = spawn('ip', ['netns', 'exec', host, ...tcpdump], { stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = new Promise<void>(done => child.once('exit', () => done()))
  let told = ''
  child.stderr.on('data', (chunk: Buffer) => {
    told += chunk.toString('latin1')
  })
  await until(
    'tcpdump looks',
    () => told.includes('listening'),
    () => told,
  )
  return {
    child,
    stop: async () => {
      // What is still in the kernel's buffer is read before it ends.
      let size = -1
      await until('the capture is complete', () => {
        const now = readFileSync(pcap).length
        const isStill = now === size
        size = now
        return isStill
      })
      child.kill('SIGINT')
      await ended
    },
  }
}

/** Lets real phones talk in real time: what they heard is measured against it. */
export function talk(seconds: number): Promise<void> {
  return new Promise(done => setTimeout(done, seconds * 1000))
}
