import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { untilOpen } from './record.ts'

/** A SIP domain as DNS shows it: reached over TLS only (RFC 3263 §4.1). */
export interface SipZone {
  readonly domain: string
  readonly ip: string
}

/** A name server for tests. */
export interface TestDns {
  readonly process: ChildProcess
  stop(): Promise<void>
}

/**
 * Starts dnsmasq with NAPTR, SRV and A records of the domains, and makes it the resolver of hosts.
 * @param askers namespaces that resolve by it
 */
export async function startDns(
  host: string,
  ip: string,
  zones: readonly SipZone[],
  askers: readonly string[],
): Promise<TestDns> {
  const records = zones.flatMap(({ domain, ip: target }) => [
    `--naptr-record=${domain},10,50,s,SIPS+D2T,,_sips._tcp.${domain}`,
    `--srv-host=_sips._tcp.${domain},edge.${domain},5061,0,0`,
    `--host-record=edge.${domain},${target}`,
  ])
  const own = ['--keep-in-foreground', '--conf-file=/dev/null', '--no-resolv', '--no-hosts', '--user=root']
  const place = [
    `--listen-address=${ip}`,
    '--bind-interfaces',
    '--local=/test/',
    '--local-ttl=60',
    '--pid-file=',
  ]
  const child = spawn('ip', ['netns', 'exec', host, 'dnsmasq', ...own, ...place, ...records], {
    stdio: 'ignore',
  })
  const ended = new Promise<void>(done => child.once('exit', () => done()))
  for (const asker of askers) {
    mkdirSync(`/etc/netns/${asker}`, { recursive: true })
    writeFileSync(`/etc/netns/${asker}/resolv.conf`, `nameserver ${ip}\noptions timeout:1 attempts:2\n`)
  }
  await untilOpen(host, 'udp', 53)
  return {
    process: child,
    stop: async () => {
      for (const asker of askers) rmSync(`/etc/netns/${asker}`, { recursive: true, force: true })
      if (child.exitCode === null) child.kill('SIGTERM')
      await ended
    },
  }
}
