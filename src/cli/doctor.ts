import { existsSync, readFileSync, statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { buildCommand } from '@stricli/core'
import { probeDiameter, probeRadius } from '../server/aaa/probe.ts'
import { checkStore, hasDatabase } from '../server/admin/accounts.ts'
import type { Config } from '../server/config/config.ts'
import { checkMachine } from '../server/config/machine.ts'
import { printProblem } from '../server/config/problem.ts'
import { datagramsOf } from '../server/datagrams.ts'
import { serverFindings } from './cert-show.ts'
import { type ConfigFlags, configFlag, readConfiguration } from './configuration.ts'
import { type CliContext, EXIT, exitWith, print } from './context.ts'
import { formatFlag } from './user-list.ts'

interface Flags extends ConfigFlags {
  readonly format: 'text' | 'json'
}

interface Finding {
  readonly state: 'ok' | 'warning' | 'error'
  readonly what: string
  readonly text: string
}

const MIN_NODE = 24
const WANTED_RMEM_BYTES = 4 * 1024 * 1024
const WANTED_FILES = 16_384
const MIN_FREE_BYTES = 256 * 1024 * 1024
/** Nothing that is dated before this program was written has a right clock. */
const EARLIEST_MS = Date.UTC(2025, 0, 1)

/** `aspis doctor` */
export const doctor = buildCommand<Flags, [], CliContext>({
  async func(flags) {
    const { config, source } = readConfiguration(this, flags)
    const findings = [
      node(process.versions.node),
      datagrams(config),
      receiveBuffer(),
      openFiles(),
      clock(Date.now()),
      disk(config),
      await database(config),
      ...certificate(config),
      ...(await machine(config, source)),
      ...(await radius(config)),
      ...(await diameter(config)),
    ]
    if (flags.format === 'json') print(this, JSON.stringify(findings, undefined, 2))
    else
      print(
        this,
        findings.map(({ state, what, text }) => `${state.padEnd(7)}  ${what.padEnd(14)}  ${text}`).join('\n'),
      )
    exitWith(this, findings.some(finding => finding.state === 'error') ? EXIT.findings : EXIT.fine)
  },
  parameters: { flags: { config: configFlag, format: formatFlag() }, aliases: { c: 'config' } },
  docs: {
    brief: 'Look at this machine',
    fullDescription:
      'Looks at Node, kernel limits, clock, ports, data folder, database and certificate, and says what to do.\n\nExample:\n  aspis doctor --format json',
  },
})

function node(version: string): Finding {
  const isFit = Number.parseInt(version, 10) >= MIN_NODE
  return {
    state: isFit ? 'ok' : 'error',
    what: 'node',
    text: isFit ? version : `${version}; ${MIN_NODE} or later is needed`,
  }
}

function datagrams(config: Config): Finding {
  const what = 'datagrams'
  const { kind, why } = datagramsOf(config)
  if (kind === 'native') return { state: 'ok', what, text: 'in batches, by the native module' }
  if (why === undefined) return { state: 'ok', what, text: 'by node:dgram, as it is configured' }
  return { state: 'warning', what, text: `by node:dgram, which costs twice as much; native module: ${why}` }
}

/** Whether each RADIUS server answers, by Status-Server (RFC 5997), which not every server knows. */
async function radius(config: Config): Promise<Finding[]> {
  const probes = await probeRadius(config)
  return probes.map(({ label, answered, why }) => ({
    state: answered ? 'ok' : 'warning',
    what: 'radius',
    text: answered
      ? `${label} answers`
      : `${label} does not answer Status-Server${why === '' ? '' : `: ${why}`}`,
  }))
}

/** Whether each Diameter peer takes our greeting: connection, certificates of both sides, capabilities. */
async function diameter(config: Config): Promise<Finding[]> {
  const probes = await probeDiameter(config)
  return probes.map(({ label, answered, why }) => ({
    state: answered ? 'ok' : 'warning',
    what: 'diameter',
    text: answered ? `${label} takes our greeting` : `${label} does not take our greeting: ${why.trim()}`,
  }))
}

function receiveBuffer(): Finding {
  const what = 'receive buffer'
  const bytes = Number(textOf('/proc/sys/net/core/rmem_max'))
  if (bytes === 0) return { state: 'warning', what, text: 'net.core.rmem_max cannot be read' }
  if (bytes >= WANTED_RMEM_BYTES) return { state: 'ok', what, text: `net.core.rmem_max is ${bytes}` }
  const help = `sysctl -w net.core.rmem_max=${WANTED_RMEM_BYTES}`
  return {
    state: 'warning',
    what,
    text: `net.core.rmem_max is ${bytes}: bursts over UDP are lost; run: ${help}`,
  }
}

function openFiles(): Finding {
  const what = 'open files'
  const limit = /^Max open files\s+(\S+)/m.exec(textOf('/proc/self/limits'))?.[1] ?? ''
  const count = limit === 'unlimited' ? Number.POSITIVE_INFINITY : Number(limit)
  if (count >= WANTED_FILES) return { state: 'ok', what, text: `limit ${limit}` }
  const text = `limit ${limit || 'unknown'}: each connection needs one; raise it (ulimit -n ${WANTED_FILES}, LimitNOFILE=)`
  return { state: 'warning', what, text }
}

function clock(nowMs: number): Finding {
  const text = new Date(nowMs).toISOString()
  return nowMs < EARLIEST_MS
    ? {
        state: 'error',
        what: 'clock',
        text: `${text} is in the past: certificates and nonces fail; set the clock`,
      }
    : { state: 'ok', what: 'clock', text }
}

function disk(config: Config): Finding {
  let folder = config.data
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder)
  const { bavail, bsize } = statfsSync(folder)
  const free = bavail * bsize
  const text = `${config.data}: ${Math.floor(free / 1024 / 1024)} MiB free`
  return { state: free < MIN_FREE_BYTES ? 'error' : 'ok', what: 'data folder', text }
}

async function database(config: Config): Promise<Finding> {
  const what = 'database'
  if (!hasDatabase(config)) return { state: 'ok', what, text: 'none yet' }
  try {
    const users = await checkStore(config, Date.now())
    return { state: 'ok', what, text: `sound, ${users} user${users === 1 ? '' : 's'}` }
  } catch (error) {
    return { state: 'error', what, text: error instanceof Error ? error.message : String(error) }
  }
}

function certificate(config: Config): Finding[] {
  const findings = serverFindings(config)
  if (findings.length === 0) return [{ state: 'ok', what: 'certificate', text: 'nothing wrong, or none yet' }]
  return findings.map(({ severity, text }) => ({ state: severity, what: 'certificate', text }))
}

async function machine(config: Config, source: Parameters<typeof checkMachine>[1]): Promise<Finding[]> {
  const problems = await checkMachine(config, source, { nowMs: Date.now(), ports: true, dns: true })
  const findings = problems
    .filter(problem => problem.path[0] !== 'tls')
    .map((problem): Finding => {
      const what = problem.path[0] === 'listen' || problem.path[0] === 'admin' ? 'ports' : 'machine'
      return { state: problem.severity, what, text: printProblem(problem) }
    })
  if (!findings.some(finding => finding.what === 'ports'))
    findings.push({ state: 'ok', what: 'ports', text: 'free' })
  return findings
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // Not Linux, or hidden: the finding says that it is unknown.
    return ''
  }
}
