import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { aspis, type EdgeProcess, startEdgeProcess, testFolder } from './edge-process.ts'
import { askProved, type RawUa, uaOn } from './raw-ua.ts'
import { freePorts, statusOf, udpPeer } from './sip-peer.ts'
import { type Holder, holder } from './stir.ts'

/** Number of the caller in `a.test`, and of the callee in `b.test`. */
export const CALLER = '442071230001'
export const CALLEE = '442079460001'

/** Address of the neighbour `m.test`, which the tests play. */
export const NEIGHBOUR_IP = '127.0.0.66'

/** Two servers, each the other's trunk, that sign and verify. */
export interface StirDomains {
  readonly a: EdgeProcess
  readonly b: EdgeProcess
  readonly ports: { readonly a: number; readonly b: number }
  /** An authority for callers and for web servers that `b` trusts beside that of `a`. */
  readonly root: Holder
  remove(): Promise<void>
}

/**
 * Starts both. Keys and certificates come from `aspis cert stir`; each server publishes its own and trusts the other's
 * authority. `b` demands a signed identity; of the neighbour `m.test` too.
 * @param namespace to run in
 * @param more lines of configuration of both
 */
export async function startStirDomains(
  namespace?: string,
  more: readonly string[] = [],
): Promise<StirDomains> {
  const [portA = 0, portB = 0, webA = 0, webB = 0, adminA = 0, adminB = 0] = await freePorts(6)
  const root = holder(undefined, { isAuthority: true })
  const folders = { a: testFolder('stir-a'), b: testFolder('stir-b') }
  const made = {
    a: prepare(folders.a, 'a.test', CALLER, portA),
    b: prepare(folders.b, 'b.test', CALLEE, portB),
  }
  const trustOf = (folder: string, other: Prepared): readonly string[] => {
    writeFileSync(join(folder, 'roots.pem'), other.stirAuthority + root.chain)
    writeFileSync(join(folder, 'web.pem'), other.authority + root.chain)
    return ['tls: { ca: web.pem }']
  }
  const start = (name: 'a' | 'b', own: number, other: number, web: number, adminPort: number) => {
    const far = name === 'a' ? 'b' : 'a'
    return startEdgeProcess({
      folder: folders[name],
      domain: `${name}.test`,
      adminPort,
      ...(namespace === undefined ? {} : { namespace }),
      users: (name === 'a' ? ['alice', `+${CALLER}`] : ['bob', `+${CALLEE}`]).map(user => {
        return { name: user, password: PASSWORD }
      }),
      yaml: [
        `domains: [${name}.test]`,
        `listen: [udp://127.0.0.1:${own}, tcp://127.0.0.1:${own}]`,
        'log: { format: json }',
        ...trustOf(folders[name], made[far]),
        'trunks:',
        `  - { name: ${far}, uri: "sip:127.0.0.1:${other}", addresses: [127.0.0.1], domains: [${far}.test] }`,
        `  - { name: m, uri: "sip:${NEIGHBOUR_IP}:5060", addresses: [${NEIGHBOUR_IP}], domains: [m.test] }`,
        `rules: [{ from: own-users, to: ${far}.test, via: ${far}, allow: true }]`,
        'insecure:',
        `  - { allow: trunk-without-tls, trunk: ${far}, because: both are on loopback }`,
        '  - { allow: trunk-without-tls, trunk: m, because: it is a test on loopback }',
        '  - { allow: private-certificates, hosts: [127.0.0.1], because: the web servers are on loopback }',
        'identity:',
        '  verify: demand',
        '  roots: roots.pem',
        '  sign:',
        `    { key: ${name}.stir.key, certificate: ${name}.stir.pem, publish: "https://127.0.0.1:${web}",`,
        `      x5u: "https://127.0.0.1:${web}/stir/${name}.pem" }`,
        ...more,
      ].join('\n'),
    })
  }
  const a = await start('a', portA, portB, webA, adminA)
  const b = await start('b', portB, portA, webB, adminB)
  return {
    a,
    b,
    ports: { a: portA, b: portB },
    root,
    remove: async () => {
      await a.remove()
      await b.remove()
    },
  }
}

export const PASSWORD = 'correct horse battery staple'

interface Prepared {
  readonly authority: string
  readonly stirAuthority: string
}

/** Makes the authorities of a server and its certificate for signing. */
function prepare(folder: string, domain: string, number: string, port: number): Prepared {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'first.yaml')
  writeFileSync(
    file,
    `domains: [${domain}]\nlisten: [udp://127.0.0.1:${port}]\ndata: ${join(folder, 'data')}\n`,
  )
  const name = domain.slice(0, 1)
  aspis(['cert', 'stir', name, '--number', `+${number}`, '--domain', domain, '--out', folder, '-c', file])
  return {
    authority: aspis(['cert', 'authority', '-c', file]),
    stirAuthority: readFileSync(join(folder, `${name}.stir-authority.pem`), 'utf8'),
  }
}

/** A registered user agent of a domain. */
export async function registeredUa(port: number, ip: string, name: string, domain: string): Promise<RawUa> {
  const ua = { ...uaOn(await udpPeer(port, ip), name, PASSWORD), aor: `sip:${name}@${domain}` }
  const done = await askProved(ua, { method: 'REGISTER', uri: `sip:${domain}`, to: ua.aor })
  if (statusOf(done.response) !== 200) throw new Error(done.response)
  return ua
}
