import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { TestAuthority } from './certificates.ts'
import { DiameterServer } from './diameter-server.ts'
import { type EdgeProcess, startEdgeProcess, testFolder } from './edge-process.ts'
import { type FreeDiameter, startFreeDiameter } from './free-diameter.ts'
import { DOMAIN } from './raw-ua.ts'
import { freePorts } from './sip-peer.ts'

/** Our identity in the tests. */
export const EDGE = 'edge.example.test'
/** The second of several workers. */
const SECOND = 'edge-2.example.test'
export const REALM = 'aaa.test'

/** A server of ours, one or more freeDiameter agents by TLS, and a server of the SIP application behind them. */
export interface DiameterStage {
  readonly edge: EdgeProcess
  /** Of SIP over UDP. */
  readonly port: number
  readonly agents: readonly FreeDiameter[]
  readonly server: DiameterServer
  readonly folder: string
  /** What went over the wire between us and the agents. */
  readonly pcap: string
  readonly keyLog: string
  readonly tlsPorts: readonly number[]
  /** Waits until something holds; throws with the log when it does not in time. */
  until(what: string, holds: () => boolean, withinMs?: number): Promise<void>
  /** Writes the capture to its file. */
  stopCapture(): Promise<void>
  close(): Promise<void>
}

export interface DiameterStageSetup {
  readonly agents: number
  readonly users: ReadonlyMap<string, string>
  /** More settings under `aaa: diameter`, one a line. */
  readonly settings?: readonly string[]
  /** Processes of the server; 1 when left out. */
  readonly workers?: number
  /** The agents connect to us, and not we to them. */
  readonly isReversed?: boolean
  /** More settings of the file, one a line. */
  readonly more?: readonly string[]
}

/** Starts all of it, and waits until every connection is open. */
export async function startDiameterStage(setup: DiameterStageSetup): Promise<DiameterStage> {
  const folder = testFolder('diameter')
  const undo: (() => Promise<void> | void)[] = [() => rmSync(folder, { recursive: true, force: true })]
  const close = async (): Promise<void> => {
    for (const step of undo.reverse()) await step()
  }
  try {
    return await start(setup, folder, undo, close)
  } catch (error) {
    await close()
    throw error
  }
}

async function start(
  { agents: count, users, settings = [], more = [], isReversed = false, workers = 1 }: DiameterStageSetup,
  folder: string,
  undo: (() => Promise<void> | void)[],
  close: () => Promise<void>,
): Promise<DiameterStage> {
  const authority = new TestAuthority()
  const [port = 0, adminPort = 0, listenPort = 0, deadPort = 0, ...ports] = await freePorts(4 + 2 * count)
  const identities = Array.from({ length: count }, (_, i) => `agent${i + 1}.${REALM}`)
  const plainPort = (i: number): number => ports[2 * i] ?? 0
  const tlsPort = (i: number): number => ports[2 * i + 1] ?? 0
  const tlsPorts = isReversed ? [listenPort] : identities.map((_, i) => tlsPort(i))
  const pcap = join(folder, 'diameter.pcap')
  const capture = await startCapture(pcap, tlsPorts)
  undo.push(() => stopProgram(capture))
  const agents: FreeDiameter[] = []
  for (const [i, identity] of identities.entries()) {
    const { certificatePem, keyPem } = authority.issue(identity)
    const own = join(folder, identity)
    mkdirSync(own, { recursive: true })
    const agent = await startFreeDiameter({
      folder: own,
      identity,
      realm: REALM,
      port: plainPort(i),
      tlsPort: tlsPort(i),
      certificatePem,
      keyPem: keyPem.reveal(),
      authorityPem: authority.certificatePem,
      tlsPeers: isReversed ? [] : [EDGE, SECOND],
      connects: isReversed ? [{ identity: EDGE, port: listenPort }] : [],
      plainPeers: [`server.${REALM}`],
    })
    undo.push(() => agent.stop())
    agents.push(agent)
  }
  const server = new DiameterServer({
    identity: `server.${REALM}`,
    realm: REALM,
    agents: identities.map((identity, i) => ({ identity, port: plainPort(i) })),
    users,
  })
  undo.push(() => server.close())
  const edgeFolder = join(folder, 'edge')
  mkdirSync(edgeFolder)
  const own = authority.issue(EDGE, SECOND)
  writeFileSync(join(edgeFolder, 'dia.pem'), own.certificatePem)
  writeFileSync(join(edgeFolder, 'dia.key'), own.keyPem.reveal(), { mode: 0o600 })
  writeFileSync(join(edgeFolder, 'dia-ca.pem'), authority.certificatePem)
  const keyLog = join(folder, 'keys.log')
  const edge = await startEdgeProcess({
    domain: DOMAIN,
    adminPort,
    folder: edgeFolder,
    environment: { NODE_OPTIONS: `--tls-keylog=${keyLog}` },
    yaml: [
      `domains: [${DOMAIN}]`,
      `listen: [udp://127.0.0.1:${port}]`,
      'log: { format: json }',
      'aaa:',
      '  diameter:',
      `    identity: ${EDGE}`,
      `    server-realm: ${REALM}`,
      '    certificate: dia.pem',
      '    key: dia.key',
      '    ca: dia-ca.pem',
      '    watchdog: 6s',
      ...(isReversed ? [`    listen: 127.0.0.1:${listenPort}`] : []),
      ...settings.map(line => `    ${line}`),
      '    peers:',
      ...identities.map(
        (identity, i) =>
          `      - { host: ${identity}, address: "127.0.0.1:${isReversed ? deadPort : tlsPort(i)}", transport: tls }`,
      ),
      `workers: ${workers}`,
      ...more,
    ].join('\n'),
  })
  undo.push(() => edge.remove())
  const until: DiameterStage['until'] = async (what, holds, withinMs = 20_000) => {
    for (let waitedMs = 0; waitedMs < withinMs; waitedMs += 100) {
      if (holds()) return
      await new Promise(done => setTimeout(done, 100))
    }
    throw new Error(`not in time: ${what}\n${edge.output()}\n${agents.map(each => each.output()).join('\n')}`)
  }
  await until('agents and server', () => server.open === count)
  await until('edge and agents', () =>
    identities.every(identity => edge.metric(`aspis_diameter_peer_open{peer="${identity}"}`) === workers),
  )
  const stopCapture = async (): Promise<void> => {
    // What is on its way to the file is written in a moment of silence.
    await new Promise(done => setTimeout(done, 300))
    await stopProgram(capture)
  }
  return { edge, port, agents, server, folder, pcap, keyLog, tlsPorts, until, stopCapture, close }
}

async function startCapture(file: string, ports: readonly number[]): Promise<ChildProcess> {
  const filter = ports.map(port => `tcp port ${port}`).join(' or ')
  const child = spawn(
    'tcpdump',
    ['-i', 'lo', '-n', '-U', '--immediate-mode', '-s', '0', '-w', file, filter],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  )
  await new Promise<void>((resolve, reject) => {
    child.stderr.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes('listening on')) resolve()
    })
    child.once('exit', code => reject(new Error(`tcpdump ended with ${code}`)))
  })
  return child
}

async function stopProgram(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise<void>(done => child.once('exit', () => done()))
  child.kill('SIGTERM')
  await ended
}
