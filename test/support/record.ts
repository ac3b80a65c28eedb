import { spawn, spawnSync } from 'node:child_process'

/** Packets being written to a file. */
export interface Recording {
  readonly file: string
  /** Resolves once everything is in the file. */
  stop(): Promise<void>
}

/** Records what passes a device of a network namespace. @param filter as tcpdump reads it */
export async function record(host: string, file: string, filter: string): Promise<Recording> {
  const words = [
    'netns',
    'exec',
    host,
    'tcpdump',
    '-i',
    'eth0',
    '-n',
    '-U',
    '--immediate-mode',
    '-Z',
    'root',
    '-B',
    '32768',
    '-w',
    file,
  ]
  const child = spawn('ip', [...words, ...filter.split(' ')], { stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = new Promise<void>(done => child.once('exit', () => done()))
  let said = ''
  await new Promise<void>((done, fail) => {
    child.once('exit', code => fail(new Error(`tcpdump ended with ${code}: ${said}`)))
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8')
      if (said.includes('listening on')) done()
    })
  })
  return {
    file,
    stop: async () => {
      child.kill('SIGTERM')
      await ended
    },
  }
}

/** Resolves when a program of that namespace has the port open for it. */
export async function untilOpen(host: string, transport: 'udp' | 'tcp', port: number): Promise<void> {
  const args = [
    'netns',
    'exec',
    host,
    'ss',
    '-Hln',
    transport === 'udp' ? '-u' : '-t',
    'sport',
    '=',
    `:${port}`,
  ]
  for (let tries = 0; tries < 200; tries++) {
    if (spawnSync('ip', args, { encoding: 'utf8' }).stdout.trim() !== '') return
    await new Promise(done => setTimeout(done, 50))
  }
  throw new Error(`nobody opened ${transport} port ${port} in ${host}`)
}
