import { createSocket } from 'node:dgram'
import { Resolver } from 'node:dns/promises'
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs'
import { createServer, isIP } from 'node:net'
import { availableParallelism } from 'node:os'
import { dirname } from 'node:path'
import { bracketed } from '../../base/flow.ts'
import { datagramProblem } from '../datagrams.ts'
import { kernelProblem } from '../detect/kernel-open.ts'
import { checkIdentity } from '../identity/check.ts'
import { ownPairProblem } from '../pki/authority.ts'
import { checkPair } from '../pki/check-pair.ts'
import type { Config } from './config.ts'
import { aaaFileProblems } from './machine-aaa.ts'
import { outputFileProblems } from './machine-outputs.ts'
import { describeHolder } from './port-holder.ts'
import type { ConfigPath, Problem } from './problem.ts'
import type { ConfigSource } from './source.ts'

/** What is looked at; ports are skipped where the server itself is about to take them. */
export interface MachineCheckOptions {
  readonly nowMs: number
  readonly ports: boolean
  readonly dns: boolean
}

/** Everything that is wrong with this machine for a configuration that is well written. */
export async function checkMachine(
  config: Config,
  source: ConfigSource | undefined,
  options: MachineCheckOptions,
): Promise<Problem[]> {
  const problems: Problem[] = []
  const say = (severity: Problem['severity'], path: ConfigPath, message: string): void => {
    const place = source === undefined ? {} : { place: source.place(path) }
    problems.push({ severity, kind: 'machine', path, message, ...place })
  }
  const noDatagrams = datagramProblem(config)
  if (noDatagrams !== undefined) say('error', ['datagrams', 'by'], noDatagrams)
  const noKernel = config.detection.kernel === 'on' ? kernelProblem() : undefined
  if (noKernel !== undefined)
    say('error', ['detection', 'kernel'], `${noKernel}; write auto to go on without`)
  checkWorkers(config, say)
  checkData(config, say)
  if (!problems.some(problem => problem.severity === 'error')) checkOwnPair(config, say)
  checkConfigFile(config, say)
  checkCertificate(config, options.nowMs, say)
  checkAuthorities(config, say)
  checkIdentity(config, options.nowMs, say)
  if (config.identity?.sign !== undefined && existsSync(config.identity.sign.key))
    checkKeyMode(config.identity.sign.key, ['identity', 'sign', 'key'], say)
  for (const { severity, path, message } of [...aaaFileProblems(config), ...outputFileProblems(config)])
    say(severity, path, message)
  if (options.ports) await checkPorts(config, say)
  if (options.dns) await checkNames(config, say)
  return problems
}

type Say = (severity: Problem['severity'], path: ConfigPath, message: string) => void

/** Where the system divides what comes among sockets of one port. */
const DIVIDING: readonly NodeJS.Platform[] = ['aix', 'freebsd', 'linux', 'sunos']

function checkWorkers({ workers }: Config, say: Say): void {
  if (workers > 1 && !DIVIDING.includes(process.platform)) {
    say(
      'error',
      ['workers'],
      `this system (${process.platform}) does not share ports among processes; write 1`,
    )
  }
  const processors = availableParallelism()
  if (workers > processors) {
    say(
      'warning',
      ['workers'],
      `${workers} workers share ${processors} processors; write auto for one a processor`,
    )
  }
}

function checkData(config: Config, say: Say): void {
  const folder = nearestFolder(config.data)
  if (!statSync(folder).isDirectory()) {
    say('error', ['data'], `${folder} is not a folder`)
    return
  }
  if (!isAllowed(folder, constants.W_OK | constants.X_OK)) {
    say('error', ['data'], `${folder} cannot be written to by this user`)
    return
  }
  if (existsSync(config.data) && (statSync(config.data).mode & 0o007) !== 0) {
    say(
      'warning',
      ['data'],
      `${config.data} is open to every user of this machine; run: chmod 700 ${config.data}`,
    )
  }
  if (config.storage.kind === 'postgres' && existsSync(config.storage.keyFile)) {
    checkKeyMode(config.storage.keyFile, ['storage', 'key-file'], say)
  }
}

function checkOwnPair(config: Config, say: Say): void {
  const own = ownPairProblem(config.data, config.tls.certificate === undefined)
  if (own !== undefined) say('error', ['tls'], own)
}

function checkConfigFile(config: Config, say: Say): void {
  if (config.file === undefined || !existsSync(config.file)) return
  if ((statSync(config.file).mode & 0o002) !== 0) {
    say(
      'error',
      [],
      `${config.file} can be changed by every user of this machine; run: chmod o-w ${config.file}`,
    )
  }
}

function checkCertificate(config: Config, nowMs: number, say: Say): void {
  const { certificate, key, ca } = config.tls
  if (ca !== undefined) {
    const text = readPem(ca, ['tls', 'ca'], say)
    if (text !== undefined && !text.includes('BEGIN CERTIFICATE'))
      say('error', ['tls', 'ca'], `${ca} holds no PEM certificate`)
  }
  if (certificate === undefined || key === undefined) return
  const cert = readPem(certificate, ['tls', 'certificate'], say)
  const keyText = readPem(key, ['tls', 'key'], say)
  if (keyText !== undefined) checkKeyMode(key, ['tls', 'key'], say)
  if (cert === undefined || keyText === undefined) return
  const domains = config.domains.map(domain => domain.name)
  for (const finding of checkPair({ key: keyText, cert }, nowMs, domains)) {
    const setting = finding.code.startsWith('key') ? 'key' : 'certificate'
    say(finding.severity, ['tls', setting], finding.text)
  }
}

function checkAuthorities(config: Config, say: Say): void {
  for (const [index, { certificate }] of config.refer.authorities.entries()) {
    const path = ['refer', 'authorities', index, 'certificate']
    const text = readPem(certificate, path, say)
    if (text !== undefined && !text.includes('BEGIN CERTIFICATE'))
      say('error', path, `${certificate} holds no PEM certificate`)
  }
}

function checkKeyMode(file: string, path: ConfigPath, say: Say): void {
  if ((statSync(file).mode & 0o007) !== 0) {
    say('error', path, `${file} can be read by every user of this machine; run: chmod 600 ${file}`)
  }
}

function readPem(file: string, path: ConfigPath, say: Say): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
    say('error', path, `${file}: ${code === 'ENOENT' ? 'no such file' : `cannot be read (${code})`}`)
    return undefined
  }
}

async function checkPorts(config: Config, say: Say): Promise<void> {
  for (const [index, listen] of config.listen.entries()) {
    const protocol = listen.transport === 'udp' ? 'udp' : 'tcp'
    const failure =
      protocol === 'udp' ? await tryUdp(listen.ip, listen.port) : await tryTcp(listen.ip, listen.port)
    if (failure !== undefined)
      say('error', ['listen', index], `${listen.text}: ${portFailure(failure, protocol, listen.port)}`)
  }
  const publish = config.identity?.sign?.publish
  if (publish !== undefined) {
    const failure = await tryTcp(publish.host, publish.port)
    if (failure !== undefined) {
      const where = `${bracketed(publish.host)}:${publish.port}`
      say('error', ['identity', 'sign', 'publish'], `${where}: ${portFailure(failure, 'tcp', publish.port)}`)
    }
  }
  if (config.admin === undefined) return
  const { host, port } = config.admin
  const failure = await tryTcp(host, port)
  if (failure !== undefined)
    say('error', ['admin'], `${bracketed(host)}:${port}: ${portFailure(failure, 'tcp', port)}`)
}

/** Why a listener cannot be opened, in words. */
function portFailure(code: string, protocol: 'udp' | 'tcp', port: number): string {
  if (code === 'EADDRINUSE') return `the port is ${describeHolder(protocol, port)}`
  if (code === 'EADDRNOTAVAIL') return 'this machine has no such address'
  if (code === 'EACCES') return 'this user may not open a port below 1024'
  return `cannot be opened (${code})`
}

function tryUdp(ip: string, port: number): Promise<string | undefined> {
  return new Promise(resolve => {
    const socket = createSocket(isIP(ip) === 6 ? { type: 'udp6', ipv6Only: true } : { type: 'udp4' })
    socket.once('error', error => {
      socket.close()
      resolve(codeOf(error))
    })
    socket.bind({ address: ip, port, exclusive: true }, () => socket.close(() => resolve(undefined)))
  })
}

function tryTcp(ip: string, port: number): Promise<string | undefined> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', error => resolve(codeOf(error)))
    server.listen({ host: ip, port, ipv6Only: true, exclusive: true }, () =>
      server.close(() => resolve(undefined)),
    )
  })
}

async function checkNames(config: Config, say: Say): Promise<void> {
  const resolver = new Resolver({ timeout: config.dns.timeoutMs, tries: 1 })
  if (config.dns.servers.length > 0) {
    resolver.setServers(config.dns.servers.map(server => `${bracketed(server.ip)}:${server.port}`))
  }
  const targets = [
    ...config.trunks.map((trunk, index) => ({
      host: trunk.host,
      port: trunk.port,
      path: ['trunks', index, 'uri'],
    })),
    ...(config.aaa?.radius?.servers ?? []).map((server, index) => {
      return { ...server, path: ['aaa', 'radius', 'servers', index, 'address'] }
    }),
    ...(config.aaa?.radius?.accounting ?? []).map((server, index) => {
      return { ...server, path: ['aaa', 'radius', 'accounting', index, 'address'] }
    }),
    ...(config.nextHop === undefined ? [] : [{ ...config.nextHop, path: ['next-hop', 'uri'] }]),
  ]
  await Promise.all(
    targets.map(async ({ host, port, path }) => {
      if (isIP(host) !== 0 || (await hasRecord(resolver, host, port))) return
      say('warning', path, `"${host}" is not found in DNS (no NAPTR, SRV, A or AAAA record)`)
    }),
  )
}

async function hasRecord(resolver: Resolver, host: string, port: number | undefined): Promise<boolean> {
  const services = port === undefined ? [`_sips._tcp.${host}`, `_sip._tcp.${host}`, `_sip._udp.${host}`] : []
  const questions: Promise<readonly unknown[]>[] = [
    resolver.resolve4(host),
    resolver.resolve6(host),
    ...(port === undefined ? [resolver.resolveNaptr(host)] : []),
    ...services.map(service => resolver.resolveSrv(service)),
  ]
  const answers = await Promise.allSettled(questions)
  return answers.some(answer => answer.status === 'fulfilled' && answer.value.length > 0)
}

function nearestFolder(path: string): string {
  let folder = path
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder)
  return folder
}

function isAllowed(path: string, mode: number): boolean {
  try {
    accessSync(path, mode)
    return true
  } catch {
    return false
  }
}

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : error.message
}
