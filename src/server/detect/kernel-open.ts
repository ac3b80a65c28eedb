import { existsSync, readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { delimiter, join } from 'node:path'
import type { Config } from '../config/config.ts'
import { ConfigError } from '../config/problem.ts'
import { listenersOf } from '../edge.ts'
import type { Log } from '../log.ts'
import type { Metrics } from '../metrics.ts'
import { KernelLane } from './kernel-lane.ts'

const CAP_NET_ADMIN = 12n
const SYSTEM_FOLDERS = ['/usr/sbin', '/sbin', '/usr/local/sbin']
/** A phone may be late with its next registration. */
const LATE_SECONDS = 300

/** Why there can be no table in the kernel here; undefined when there can. */
export function kernelProblem(path = process.env.PATH ?? ''): string | undefined {
  if (programIn(path) === undefined) return 'nft is not installed; the package is called nftables'
  if (!mayFilter(readStatus()))
    return 'the process has no CAP_NET_ADMIN; systemd gives it by AmbientCapabilities=CAP_NET_ADMIN'
  return undefined
}

/**
 * Makes the lane. Undefined where it is not wanted, or cannot be made and need not.
 * @throws ConfigError when it is asked for and cannot be made
 */
export async function openKernelLane(
  config: Config,
  log: Log,
  metrics: Metrics,
): Promise<KernelLane | undefined> {
  const { kernel } = config.detection
  if (kernel === 'off') return undefined
  // A port that the system is to choose is not known yet.
  const listeners = listenersOf(config).filter(({ address }) => address.port !== 0)
  // What comes from this machine itself is not filtered.
  const isInside = listeners.every(({ address }) => isLoopback(address.ip))
  if (kernel === 'auto' && isInside) return undefined
  const why = kernelProblem()
  if (why !== undefined) return unavailable(config, log, why)
  const lane = new KernelLane({
    program: programIn(process.env.PATH ?? '') ?? 'nft',
    ...kernelPlan(config),
    flowSeconds: config.registrar.maxExpiresSeconds + LATE_SECONDS,
    log,
    metrics,
    nowMs: () => performance.now(),
  })
  const failed = await lane.start(listeners)
  return failed === undefined ? lane : unavailable(config, log, failed)
}

/** What a configuration says of whom to let pass. */
export function kernelPlan(config: Config): {
  readonly known: readonly string[]
  readonly strangersPerSecond: number | undefined
} {
  const hosts = [...config.trunks, ...(config.nextHop === undefined ? [] : [config.nextHop])]
  const known = new Set([
    ...config.detection.allow,
    ...config.trunks.flatMap(({ addresses }) => addresses),
    ...hosts.map(({ host }) => host.replace(/^\[(.*)\]$/, '$1')).filter(host => isIP(host) !== 0),
  ])
  // Where nobody has to log in, nobody is known.
  const isOpen = config.unauthenticatedMethods.size > 0
  return {
    known: [...known],
    strangersPerSecond: isOpen ? undefined : config.detection.kernelStrangersPerSecond,
  }
}

function unavailable(config: Config, log: Log, why: string): undefined {
  if (config.detection.kernel === 'auto') {
    log.info('kernel-lane-off', { why })
    return undefined
  }
  const message = `no table in the kernel: ${why}; write auto to go on without`
  throw new ConfigError([{ severity: 'error', kind: 'machine', path: ['detection', 'kernel'], message }])
}

function programIn(path: string): string | undefined {
  const folders = [...path.split(delimiter).filter(folder => folder.startsWith('/')), ...SYSTEM_FOLDERS]
  return folders.map(folder => join(folder, 'nft')).find(file => existsSync(file))
}

function readStatus(): string {
  try {
    return readFileSync('/proc/self/status', 'latin1')
  } catch {
    return ''
  }
}

/** @param status text of `/proc/self/status` */
function mayFilter(status: string): boolean {
  const effective = /^CapEff:\s*([0-9a-f]{1,16})$/m.exec(status)?.[1]
  return effective !== undefined && ((BigInt(`0x${effective}`) >> CAP_NET_ADMIN) & 1n) === 1n
}

function isLoopback(ip: string): boolean {
  return ip === '::1' || ip.startsWith('127.')
}
