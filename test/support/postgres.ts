import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'

/** A private PostgreSQL server of one test file. */
export interface TestPostgres {
  /** A fresh, empty database. */
  freshUrl(): Promise<string>
  /** SQL as the owner of the server, in the given database. */
  sql(url: string, text: string): Promise<string>
  /** Kills the server at once, as a crash would. */
  crash(): Promise<void>
  /** Starts it again on the same port and files. */
  start(): Promise<void>
  stop(): Promise<void>
}

const VERSIONS = '/usr/lib/postgresql'

/** Why there is no PostgreSQL for tests here; undefined when there is. */
export function whyNoPostgres(): string | undefined {
  return binaries() === undefined ? `PostgreSQL is not installed (no ${VERSIONS}/*/bin/initdb)` : undefined
}

/** Starts a server in a temporary folder, on a free port of 127.0.0.1, as an unprivileged user. */
export async function startPostgres(): Promise<TestPostgres> {
  const bin = binaries()
  if (bin === undefined) throw new Error(whyNoPostgres())
  const user = unprivileged()
  const folder = mkdtempSync(join(tmpdir(), 'aspis-pg-'))
  chmodSync(folder, 0o755)
  const data = join(folder, 'data')
  const password = join(folder, 'password')
  writeFileSync(password, 'pw\n')
  if (user !== undefined) for (const path of [folder, password]) chownSync(path, user.uid, user.gid)
  execFileSync(
    join(bin, 'initdb'),
    [
      '-D',
      data,
      '-A',
      'scram-sha-256',
      `--pwfile=${password}`,
      '-U',
      'aspis',
      '-E',
      'UTF8',
      '--locale=C',
      '-N',
    ],
    { ...user, cwd: folder, stdio: 'pipe' },
  )
  const port = await freePort()
  let server: ChildProcess | undefined
  let databases = 0

  async function sql(url: string, text: string): Promise<string> {
    const run = promisify(execFile)
    const { stdout } = await run(join(bin ?? '', 'psql'), [
      '-X',
      '-At',
      '-v',
      'ON_ERROR_STOP=1',
      '-c',
      text,
      url,
    ])
    return stdout
  }
  async function start(): Promise<void> {
    const options = ['-k', folder, '-c', 'listen_addresses=127.0.0.1', '-c', 'fsync=off']
    const started = spawn(join(bin ?? '', 'postgres'), ['-D', data, '-p', String(port), ...options], {
      ...user,
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    server = started
    // A test that dies must not leave a server behind.
    process.once('exit', () => started.kill('SIGQUIT'))
    for await (const line of createInterface({ input: started.stderr })) {
      if (line.includes('ready to accept connections')) break
    }
    started.stderr.resume()
  }
  async function end(signal: NodeJS.Signals): Promise<void> {
    if (server === undefined) return
    const gone = once(server, 'exit')
    server.kill(signal)
    await gone
    server = undefined
  }

  await start()
  return {
    sql,
    start,
    async freshUrl() {
      databases += 1
      const base = `postgres://aspis:pw@127.0.0.1:${port}`
      await sql(`${base}/postgres`, `CREATE DATABASE test_${databases}`)
      return `${base}/test_${databases}`
    },
    crash: () => end('SIGQUIT'),
    async stop() {
      await end('SIGINT')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function binaries(): string | undefined {
  if (!existsSync(VERSIONS)) return undefined
  return readdirSync(VERSIONS)
    .map(version => join(VERSIONS, version, 'bin'))
    .findLast(bin => existsSync(join(bin, 'initdb')))
}

/** PostgreSQL refuses to run as root; its package brings a user for it. */
function unprivileged(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
