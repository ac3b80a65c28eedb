import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestAuthority } from './certificates.ts'

/** A shared secret of tests. */
export const RADIUS_SECRET = 'a shared secret of the tests'

/** How a FreeRADIUS of a test is set up; ports of 127.0.0.1. */
export interface FreeRadiusSetup {
  readonly folder: string
  readonly port: number
  readonly accountingPort: number
  /** RADIUS over TLS, when the authority is there too. */
  readonly tlsPort?: number
  readonly authority?: TestAuthority
  /** Password by user. */
  readonly users: ReadonlyMap<string, string>
  /** False: its answers carry no Message-Authenticator, as those of FreeRADIUS 3.2.1 do by themselves. */
  readonly signs?: boolean
}

/** A FreeRADIUS that runs. */
export interface FreeRadius {
  readonly process: ChildProcess
  output(): string
  /** The accounting records that it wrote, one text each. */
  records(): string[]
  /** Ends it at once, as a power failure does. */
  kill(): Promise<void>
}

/**
 * Starts FreeRADIUS with users of RFC 5090, which its policy checks (MD5 and SHA-256), and of draft-sterman, which its own
 * module does.
 * @throws when it does not come up
 */
export async function startFreeRadius(setup: FreeRadiusSetup): Promise<FreeRadius> {
  const { folder } = setup
  for (const part of ['', 'log', 'run', 'certs']) mkdirSync(join(folder, part), { recursive: true })
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text)
  // Its own names for RFC 5090 clash with those of the draft, so the file is shipped and not loaded.
  const shipped = readFileSync('/usr/share/freeradius/dictionary.rfc5090', 'utf8')
  write(
    'dictionary.r5090',
    shipped.replaceAll('Digest-', 'R5090-Digest-').replaceAll('SIP-AOR', 'R5090-SIP-AOR'),
  )
  write('dictionary', `$INCLUDE ${folder}/dictionary.r5090\n`)
  const rows = [...setup.users].map(([name, password]) => `${name} Cleartext-Password := "${password}"`)
  write('users', `${rows.join('\n')}\n`)
  if (setup.authority !== undefined) {
    const { certificatePem, keyPem } = setup.authority.issue('radius.test')
    write('certs/ca.pem', setup.authority.certificatePem)
    write('certs/server.pem', certificatePem)
    write('certs/server.key', keyPem.reveal())
  }
  write('radiusd.conf', configuration(setup))
  const child = spawn('freeradius', ['-f', '-d', folder, '-n', 'radiusd', '-l', 'stdout'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString('utf8')).slice(-200_000)
    })
  const ended = new Promise<void>(done => child.once('exit', () => done()))
  const server: FreeRadius = {
    process: child,
    output: () => output,
    records: () => {
      const file = join(folder, 'log', 'detail')
      return existsSync(file)
        ? readFileSync(file, 'utf8')
            .split('\n\n')
            .filter(text => text.includes('='))
        : []
    },
    kill: async () => {
      if (child.exitCode === null) child.kill('SIGKILL')
      await ended
    },
  }
  for (let tries = 0; tries < 200 && child.exitCode === null; tries++) {
    if (output.includes('Ready to process requests')) return server
    await new Promise(done => setTimeout(done, 50))
  }
  await server.kill()
  throw new Error(`freeradius did not come up\n${output}`)
}

function configuration(setup: FreeRadiusSetup): string {
  const { folder, port, accountingPort, tlsPort, authority, signs = true } = setup
  const listen = (type: string, at: number): string => `
listen {
  type = ${type}
  ipaddr = 127.0.0.1
  port = ${at}
  virtual_server = sip
}`
  const tls =
    tlsPort === undefined || authority === undefined
      ? ''
      : `
clients radsec {
  client lo {
    ipaddr = 127.0.0.1
    proto = tls
    secret = radsec
  }
}
listen {
  type = auth+acct
  ipaddr = 127.0.0.1
  port = ${tlsPort}
  proto = tcp
  virtual_server = sip
  clients = radsec
  tls {
    private_key_file = ${folder}/certs/server.key
    certificate_file = ${folder}/certs/server.pem
    ca_file = ${folder}/certs/ca.pem
    tls_min_version = "1.2"
    tls_max_version = "1.3"
    require_client_cert = yes
    cache {
      enable = no
    }
  }
}`
  return `prefix = /usr
raddbdir = ${folder}
libdir = /usr/lib/freeradius
logdir = ${folder}/log
run_dir = ${folder}/run
max_request_time = 5
max_requests = 16384
security {
  reject_delay = 0
  status_server = yes
  allow_vulnerable_openssl = yes
}
thread pool {
  start_servers = 2
  max_servers = 4
  min_spare_servers = 1
  max_spare_servers = 2
  max_requests_per_server = 0
}
client lo {
  ipaddr = 127.0.0.0/8
  secret = "${RADIUS_SECRET}"
  require_message_authenticator = yes
}
modules {
  digest {
  }
  expr {
  }
  always ok {
    rcode = ok
  }
  always handled {
    rcode = handled
  }
  files {
    filename = ${folder}/users
  }
  detail {
    filename = ${folder}/log/detail
  }
}
instantiate {
  expr
}
${listen('auth', port)}
${listen('acct', accountingPort)}
${tls}
server sip {
  authorize {
    update reply {
      Class := 0x6173706973
      ${signs ? 'Message-Authenticator := 0x00' : ''}
    }
    files
    if (&R5090-Digest-Response) {
${response('sha256')}
      if (&R5090-Digest-Algorithm == "MD5") {
${response('md5')}
      }
      if (&Tmp-String-2 == &R5090-Digest-Response) {
        update control {
          Auth-Type := Accept
        }
      }
      else {
        update control {
          Auth-Type := Reject
        }
      }
    }
    else {
      digest
    }
  }
  authenticate {
    Auth-Type Digest {
      digest
    }
  }
  accounting {
    detail
  }
}
`
}

/** The policy that computes what the response must be (RFC 7616 §3.4.1). */
function response(hash: 'md5' | 'sha256'): string {
  return `      update request {
        Tmp-String-0 := "%{R5090-Digest-Username}:%{R5090-Digest-Realm}:%{control:Cleartext-Password}"
        Tmp-String-1 := "%{R5090-Digest-Method}:%{R5090-Digest-URI}"
      }
      update request {
        Tmp-String-2 := "%{${hash}:%{${hash}:%{Tmp-String-0}}:%{R5090-Digest-Nonce}:%{R5090-Digest-Nonce-Count}:%{R5090-Digest-CNonce}:%{R5090-Digest-Qop}:%{${hash}:%{Tmp-String-1}}}"
      }`
}
