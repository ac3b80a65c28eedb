import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const launcher = fileURLToPath(new URL('../../bin/aspis', import.meta.url))
const runner = fileURLToPath(new URL('../../bin/run.mjs', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'aspis-serve-'))
const children: ChildProcess[] = []
after(() => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(folder, { recursive: true })
})

interface Served {
  readonly child: ChildProcess
  readonly exit: Promise<number | null>
  /** Standard output and log so far. */
  readonly text: { out: string; log: string }
  /** Resolves when a pattern was seen in either. */
  seen(pattern: RegExp): Promise<void>
}

function start(program: string, args: readonly string[], cwd: string): Served {
  const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  children.push(child)
  const text = { out: '', log: '' }
  const waiting = new Set<() => void>()
  const onData = (key: 'out' | 'log') => (part: Buffer) => {
    text[key] += part.toString()
    for (const look of waiting) look()
  }
  child.stdout?.on('data', onData('out'))
  child.stderr?.on('data', onData('log'))
  const exit = new Promise<number | null>(resolve => child.once('close', code => resolve(code)))
  const seen = (pattern: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (!pattern.test(text.out + text.log)) return
        waiting.delete(look)
        resolve()
      }
      waiting.add(look)
      void exit.then(code => reject(new Error(`exit ${code} before ${pattern}: ${text.out}${text.log}`)))
      look()
    })
  return { child, exit, text, seen }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const bound = server.address()
  server.close()
  await once(server, 'close')
  assert.ok(typeof bound === 'object' && bound !== null)
  return bound.port
}

async function freshServer() {
  const cwd = mkdtempSync(join(folder, 'case-'))
  const [sip, tls, admin] = [await freePort(), await freePort(), await freePort()]
  const text = (domains: string) =>
    `domains: [${domains}]\nlisten: [udp://127.0.0.1:${sip}, tcp://127.0.0.1:${sip}, tls://127.0.0.1:${tls}]\nadmin: http://127.0.0.1:${admin}\ntimers: {drain: 5s}\n`
  writeFileSync(join(cwd, 'aspis.yaml'), text('example.test'))
  return { cwd, sip, admin: `http://127.0.0.1:${admin}`, text, file: join(cwd, 'aspis.yaml') }
}

test('serve tells where it listens and where the data lie, is ready, reloads on SIGHUP, and stops on SIGTERM with 0', async () => {
  const { cwd, sip, admin, text, file } = await freshServer()
  const served = start(launcher, ['serve', '-c', 'aspis.yaml'], cwd)
  await served.seen(/"event":"serving"/)
  assert.match(served.text.out, new RegExp(`udp://127\\.0\\.0\\.1:${sip}\n`))
  assert.match(served.text.out, /There is no user yet: aspis user add NAME@example\.test/)
  assert.ok(served.text.out.includes(join(cwd, 'aspis-data')))
  const ready = await fetch(`${admin}/readyz`)
  assert.equal(ready.status, 200)
  assert.match(await (await fetch(`${admin}/metrics`)).text(), /^aspis_insecure_settings 0$/m)

  writeFileSync(file, 'domains: [example.test]\nlisten: [upd://127.0.0.1]\n')
  served.child.kill('SIGHUP')
  await served.seen(/"event":"reload-refused".*did you mean/)
  assert.equal((await fetch(`${admin}/readyz`)).status, 200)
  writeFileSync(file, text('example.test, other.test'))
  const token = readFileSync(join(cwd, 'aspis-data/admin.token'), 'utf8').trim()
  const headers = { authorization: `Bearer ${token}` }
  assert.equal((await fetch(`${admin}/reload`, { method: 'POST', headers })).status, 200)
  assert.match(await (await fetch(`${admin}/config`, { headers })).text(), /other\.test/)

  served.child.kill('SIGTERM')
  assert.equal(await served.exit, 0)
  assert.match(served.text.log, /"event":"draining"[^\n]*\n[^\n]*"event":"stopped"/)
  for (const line of served.text.log.trim().split('\n')) JSON.parse(line)
})

test('a port in use is told with its line and the process that has it, exit code 2', async () => {
  const { cwd, sip } = await freshServer()
  const holder = createSocket('udp4')
  holder.bind(sip, '127.0.0.1')
  await once(holder, 'listening')
  const done = spawnSync(launcher, ['serve'], { cwd, encoding: 'utf8' })
  holder.close()
  assert.equal(done.status, 2)
  const where = `aspis\\.yaml:2:10: error: listen: udp://127\\.0\\.0\\.1:${sip}`
  assert.match(done.stderr, new RegExp(`${where}: the port is in use by .+, process ${process.pid}\n`))
})

test('a wrong configuration does not start: every error, exit code 2', async () => {
  const { cwd, file } = await freshServer()
  writeFileSync(file, 'domains: [example.test]\nadmn: off\nlisten: [udp://x]\n')
  const done = spawnSync(launcher, ['serve'], { cwd, encoding: 'utf8' })
  assert.equal(done.status, 2)
  assert.equal(done.stderr.trim().split('\n').length, 2)
  assert.equal(done.stdout, '')
})

test('what is weakened is told at the start and counted', async () => {
  const { cwd, admin, file } = await freshServer()
  const more = 'insecure: [{allow: md5-for-everyone, because: phones of 2004}]\n'
  writeFileSync(file, `${readFileSync(file, 'utf8')}${more}`)
  const served = start(launcher, ['serve'], cwd)
  await served.seen(/"event":"weakened".*phones of 2004/)
  await served.seen(/"event":"serving"/)
  assert.match(await (await fetch(`${admin}/metrics`)).text(), /^aspis_insecure_settings 1$/m)
  served.child.kill('SIGTERM')
  assert.equal(await served.exit, 0)
})

const withoutProc = existsSync('/proc/self/task') ? false : 'command lines of processes are read from /proc'

test('the engine is set up by bin/server-flags, whichever way it is started', {
  skip: withoutProc,
}, async () => {
  const { cwd, file } = await freshServer()
  const flags = readFileSync(join(dirname(launcher), 'server-flags'), 'utf8')
    .trim()
    .split('\n')
  assert.ok(flags.length > 1)
  const ways = [
    [launcher, ['serve', '-c', file]] as const,
    [process.execPath, [runner, 'start', '-c', file]] as const,
  ]
  for (const [program, args] of ways) {
    const served = start(program, args, cwd)
    await served.seen(/"event":"serving"/)
    const server = commandLines(served.child.pid ?? 0).find(line =>
      line.some(each => each.endsWith('src/cli/main.ts')),
    )
    assert.deepEqual(server?.slice(1, flags.length + 1), flags)
    served.child.kill('SIGTERM')
    assert.equal(await served.exit, 0)
  }
})

/** Arguments of a process and of all that it started. */
function commandLines(pid: number): readonly (readonly string[])[] {
  const own = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')
  const isStarted = (each: string): boolean => each !== ''
  return [own, ...children.filter(isStarted).flatMap(each => commandLines(Number(each)))]
}

test('the runner of npm start passes arguments, signals and the exit code', async () => {
  const { cwd, file } = await freshServer()
  const served = start(process.execPath, [runner, 'start', '-c', file], cwd)
  await served.seen(/"event":"serving"/)
  served.child.kill('SIGTERM')
  assert.equal(await served.exit, 0)
  const wrong = start(process.execPath, [runner, 'start', '--wrong'], cwd)
  assert.equal(await wrong.exit, 2)
})

test('the runner never installs through a link: what is behind it belongs to another checkout', () => {
  const copy = join(folder, 'linked')
  const other = join(folder, 'other-packages')
  mkdirSync(join(copy, 'bin'), { recursive: true })
  mkdirSync(other)
  writeFileSync(join(other, 'kept'), '')
  copyFileSync(runner, join(copy, 'bin/run.mjs'))
  copyFileSync(join(dirname(runner), 'build-native.mjs'), join(copy, 'bin/build-native.mjs'))
  writeFileSync(join(copy, 'package.json'), '{}')
  writeFileSync(join(copy, 'package-lock.json'), '{}')
  symlinkSync(other, join(copy, 'node_modules'))
  const done = spawnSync(process.execPath, [join(copy, 'bin/run.mjs'), 'check'], { encoding: 'utf8' })
  assert.deepEqual([done.status, existsSync(join(other, 'kept'))], [4, true], done.stderr)
  assert.match(done.stderr, /node_modules is a link/)
})

test('npm start passes a SIGTERM on, and leaves no server behind', async () => {
  const { file, admin } = await freshServer()
  const served = start('npm', ['start', '--', '-c', file], dirname(dirname(runner)))
  await served.seen(/"event":"serving"/)
  served.child.kill('SIGTERM')
  assert.equal(await served.exit, 0)
  assert.match(served.text.log, /"event":"stopped"/)
  await assert.rejects(fetch(`${admin}/livez`))
})
