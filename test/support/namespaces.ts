import { spawnSync } from 'node:child_process'

/** Runs a command to its end; throws with what it wrote when it fails. */
export function must(program: string, ...args: readonly string[]): string {
  const done = spawnSync(program, args, { encoding: 'utf8' })
  if (done.status !== 0) throw new Error(`${program} ${args.join(' ')}: ${done.stderr || done.error}`)
  return done.stdout
}

/** Hosts of a test: network namespaces on one bridge, with no way out. */
export interface TestNetwork {
  /** Namespace of a host. */
  readonly hosts: readonly string[]
  /** IPv4 address of the host with that index: 10.99.0.1, .2 … */
  ip(host: number): string
  remove(): void
}

/** Makes hosts that reach one another, and nothing else. @param count 1 to 8 */
export function makeNetwork(name: string, count: number): TestNetwork {
  const prefix = `${name}${process.pid % 10_000}`
  const hosts = Array.from({ length: count }, (_, i) => `${prefix}h${i + 1}`)
  const bridge = `${prefix}br`
  must('ip', 'netns', 'add', bridge)
  must('ip', '-n', bridge, 'link', 'add', 'br0', 'type', 'bridge')
  must('ip', '-n', bridge, 'link', 'set', 'br0', 'up')
  for (const [i, host] of hosts.entries()) {
    must('ip', 'netns', 'add', host)
    must('ip', 'link', 'add', 'eth0', 'netns', host, 'type', 'veth', 'peer', 'name', `p${i}`, 'netns', bridge)
    must('ip', '-n', bridge, 'link', 'set', `p${i}`, 'master', 'br0', 'up')
    must('ip', '-n', host, 'link', 'set', 'lo', 'up')
    must('ip', '-n', host, 'link', 'set', 'eth0', 'up')
    must('ip', '-n', host, 'addr', 'add', `10.99.0.${i + 1}/24`, 'dev', 'eth0')
    must('ip', '-n', host, '-6', 'addr', 'add', `fd99::${i + 1}/64`, 'dev', 'eth0', 'nodad')
  }
  return {
    hosts,
    ip: host => `10.99.0.${host + 1}`,
    remove: () => {
      for (const host of [...hosts, bridge]) spawnSync('ip', ['netns', 'del', host])
    },
  }
}
