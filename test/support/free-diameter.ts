import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { missing } from './programs.ts'

const EXTENSIONS = '/usr/lib/freeDiameter'

/** For the `skip` of a test that needs freeDiameter with its dictionary of the SIP application. */
export function missingFreeDiameter(...programs: readonly string[]): string | false {
  const absent = missing('freeDiameterd', ...programs)
  if (absent !== false) return absent
  return existsSync(join(EXTENSIONS, 'dict_sip.fdx'))
    ? false
    : 'needs freediameter-extensions, which this machine does not have'
}

/** How a freeDiameter of a test is set up. */
export interface FreeDiameterSetup {
  /** Where its files go; each has its own. */
  readonly folder: string
  readonly identity: string
  readonly realm: string
  /** TCP. */
  readonly port: number
  /** TLS from the first octet. */
  readonly tlsPort: number
  readonly certificatePem: string
  readonly keyPem: string
  readonly authorityPem: string
  /** Peers that connect by TLS, and those that may come in the clear. */
  readonly tlsPeers: readonly string[]
  readonly plainPeers: readonly string[]
  /** Peers that it connects to itself, by TLS on 127.0.0.1. */
  readonly connects?: readonly { readonly identity: string; readonly port: number }[]
  /** Extensions beside the dictionary, by path. */
  readonly extensions?: readonly string[]
}

/** A running freeDiameter. */
export interface FreeDiameter {
  output(): string
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>
  /** Stops it in due form: it says goodbye to its peers. */
  stop(): Promise<void>
  /** Makes it silent without closing anything; and lets it go on. */
  freeze(): void
  thaw(): void
}

/** Starts freeDiameter and waits until it listens. */
export async function startFreeDiameter(setup: FreeDiameterSetup): Promise<FreeDiameter> {
  const { folder, identity, realm, port, tlsPort, extensions = [] } = setup
  const file = (name: string, text: string): string => {
    const path = join(folder, name)
    writeFileSync(path, text, { mode: 0o600 })
    return path
  }
  const certificate = file('cert.pem', setup.certificatePem)
  const key = file('key.pem', setup.keyPem)
  const authority = file('ca.pem', setup.authorityPem)
  const allowed = file(
    'peers.acl',
    [...setup.tlsPeers, ...setup.plainPeers.map(peer => `ALLOW_IPSEC ${peer}`), ''].join('\n'),
  )
  const config = file(
    'freediameter.conf',
    [
      `Identity = "${identity}";`,
      `Realm = "${realm}";`,
      `Port = ${port};`,
      `SecPort = ${tlsPort};`,
      'No_SCTP;',
      'No_IPv6;',
      'ListenOn = "127.0.0.1";',
      'TwTimer = 6;',
      `TLS_Cred = "${certificate}", "${key}";`,
      `TLS_CA = "${authority}";`,
      `LoadExtension = "${EXTENSIONS}/dict_sip.fdx";`,
      `LoadExtension = "${EXTENSIONS}/dbg_msg_dumps.fdx" : "0x8888";`,
      `LoadExtension = "${EXTENSIONS}/acl_wl.fdx" : "${allowed}";`,
      ...extensions.map(each => `LoadExtension = "${each}";`),
      ...(setup.connects ?? []).map(
        peer =>
          `ConnectPeer = "${peer.identity}" { ConnectTo = "127.0.0.1"; Port = ${peer.port}; No_SCTP; TcTimer = 1; };`,
      ),
      '',
    ].join('\n'),
  )
  const child = spawn('freeDiameterd', ['-c', config], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  const collect = (chunk: Buffer): void => {
    output = (output + chunk.toString('utf8')).slice(-4_000_000)
  }
  child.stdout.on('data', collect)
  child.stderr.on('data', collect)
  const ended = new Promise<void>(done => child.once('exit', () => done()))
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (isRunning(child)) {
      child.kill('SIGCONT')
      child.kill(signal)
    }
    const timer = setTimeout(() => child.kill('SIGKILL'), 8000)
    await ended
    clearTimeout(timer)
  }
  for (let tries = 0; tries < 200; tries++) {
    if (output.includes('freeDiameterd daemon initialized')) break
    if (!isRunning(child)) throw new Error(`freeDiameter ended:\n${output}`)
    await new Promise(done => setTimeout(done, 50))
  }
  return {
    output: () => output,
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    freeze: () => child.kill('SIGSTOP'),
    thaw: () => child.kill('SIGCONT'),
  }
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null
}
