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

/** Where both run; on loopback when left out. */
export interface StirPlace {
  readonly namespace: string
  readonly ip: string
  /** The phones know nothing better than MD5. */
  readonly isMd5?: boolean
}

/**
 * Starts both. Keys and certificates come from `aspis cert stir`; each server publishes its own and trusts the other's
 * authority. Both demand a signed identity, of the neighbour `m.test` too.
 */
export async function startStirDomains(place?: StirPlace): Promise<StirDomains> {
  const { ip = '127.0.0.1', namespace, isMd5 = false } = place ?? {}
  const [portA = 0, portB = 0, webA = 0, webB = 0, adminA = 0, adminB = 0] = await freePorts(6)
  const root = holder(undefined, { isAuthority: true })
  const folders = { a: testFolder('stir-a'), b: testFolder('stir-b') }
  const made = {
    a: prepare(folders.a, 'a.test', CALLER, ip),
    b: prepare(folders.b, 'b.test', CALLEE, ip),
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
        return { name: user, password: PASSWORD, isMd5 }
      }),
      yaml: [
        `domains: [${name}.test]`,
        `listen: [udp://${ip}:${own}, tcp://${ip}:${own}]`,
        'log: { format: json }',
        ...trustOf(folders[name], made[far]),
        'trunks:',
        `  - { name: ${far}, uri: "sip:${ip}:${other}", addresses: [${ip}], domains: [${far}.test] }`,
        `  - { name: m, uri: "sip:${NEIGHBOUR_IP}:5060", addresses: [${NEIGHBOUR_IP}], domains: [m.test] }`,
        `rules: [{ from: own-users, to: ${far}.test, via: ${far}, allow: true }]`,
        'insecure:',
        `  - { allow: trunk-without-tls, trunk: ${far}, because: both are on one machine }`,
        '  - { allow: trunk-without-tls, trunk: m, because: it is a test on loopback }',
        `  - { allow: private-certificates, hosts: [${ip}], because: the web servers are on this machine }`,
        'identity:',
        '  verify: demand',
        '  roots: roots.pem',
        '  sign:',
        `    { key: ${name}.stir.key, certificate: ${name}.stir.pem, publish: "https://${ip}:${web}",`,
        `      x5u: "https://${ip}:${web}/stir/${name}.pem" }`,
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

export const PASSWORD = 'correct-horse-battery-staple'

interface Prepared {
  readonly authority: string
  readonly stirAuthority: string
}

/** Makes the authorities of a server and its certificate for signing. */
function prepare(folder: string, domain: string, number: string, ip: string): Prepared {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'first.yaml')
  writeFileSync(file, `domains: [${domain}]\nlisten: [udp://${ip}:5060]\ndata: ${join(folder, 'data')}\n`)
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
