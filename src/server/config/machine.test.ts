import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { issueClientCertificate } from '../pki/authority.ts'
import { MAX_WORKERS } from '../workers/mark.ts'
import { parseConfig } from './load.ts'
import { checkMachine } from './machine.ts'
import { portHolder } from './port-holder.ts'
import { type Problem, printProblem } from './problem.ts'

const folder = mkdtempSync(join(tmpdir(), 'aspis-machine-'))
after(() => rmSync(folder, { recursive: true }))
const NOW = Date.UTC(2026, 5, 1)
const DAY = 86_400_000

async function problemsOf(text: string, nowMs = NOW, ports = false): Promise<readonly Problem[]> {
  const loaded = parseConfig(text, join(folder, 'aspis.yaml'), {})
  assert.ok(loaded.config, loaded.problems.map(printProblem).join('\n'))
  return checkMachine(loaded.config, loaded.source, { nowMs, ports, dns: false })
}

function pair(name: string, nowMs: number, days = 100) {
  const made = issueClientCertificate({ folder: join(folder, 'ca'), nowMs, name, domains: [name], days })
  const files = { key: join(folder, `${name}-${nowMs}.key`), cert: join(folder, `${name}-${nowMs}.pem`) }
  writeFileSync(files.key, made.key, { mode: 0o600 })
  writeFileSync(files.cert, made.certificate)
  return files
}

const withPair = (cert: string, key: string) =>
  `domains: [a.test]\ntls:\n  certificate: ${cert}\n  key: ${key}\n`

test('a good pair and an absent data folder are fine', async () => {
  const { cert, key } = pair('a.test', NOW)
  assert.deepEqual(await problemsOf(withPair(cert, key)), [])
})

test('a certificate that ended, another key, another domain and a missing file are each told with the line', async () => {
  const good = pair('a.test', NOW)
  const old = pair('a.test', NOW - 200 * DAY, 100)
  const other = pair('b.test', NOW)
  const lineOf = async (cert: string, key: string) => {
    const [problem] = await problemsOf(withPair(cert, key))
    return `${problem?.place?.line} ${problem?.path.join('.')} ${problem?.message}`
  }
  assert.match(await lineOf(old.cert, old.key), /^3 tls\.certificate .*(ended|expired)/)
  assert.match(await lineOf(good.cert, other.key), /^4 tls\.key .*not the one/)
  assert.match(await lineOf(other.cert, other.key), /^3 tls\.certificate .*does not speak for a\.test/)
  assert.match(await lineOf(good.cert, '/nowhere/key.pem'), /^4 tls\.key \/nowhere\/key\.pem: no such file/)
})

test('an authority of referrers that is not there, or no certificate, is told with its line', async () => {
  const { cert, key } = pair('a.test', NOW)
  const said = async (file: string) => {
    const refer = `refer:\n  authorities:\n    - {certificate: ${file}, domains: [b.test]}\n`
    return (await problemsOf(withPair(cert, key) + refer)).map(
      ({ place, path, message }) => `${place?.line} ${path.join('.')} ${message}`,
    )
  }
  assert.deepEqual(await said(cert), [])
  const path = '7 refer.authorities.0.certificate'
  assert.deepEqual(await said('/nowhere.pem'), [`${path} /nowhere.pem: no such file`])
  assert.deepEqual(await said(key), [`${path} ${key} holds no PEM certificate`])
})

test('more workers than processors are worth a warning', async () => {
  const processors = availableParallelism()
  const { cert, key } = pair('a.test', NOW)
  const withWorkers = (workers: number | string) => `${withPair(cert, key)}workers: ${workers}\n`
  assert.deepEqual(await problemsOf(withWorkers(1)), [])
  assert.deepEqual(await problemsOf(withWorkers('auto')), [])
  if (processors >= MAX_WORKERS) return
  const [problem] = await problemsOf(withWorkers(processors + 1))
  assert.equal(problem?.severity, 'warning')
  assert.match(
    problem?.message ?? '',
    new RegExp(`^${processors + 1} workers share ${processors} processors`),
  )
})

test('a key that every user may read is an error', async () => {
  const { cert, key } = pair('a.test', NOW)
  chmodSync(key, 0o644)
  const [problem] = await problemsOf(withPair(cert, key))
  assert.match(problem?.message ?? '', /can be read by every user.*chmod 600/)
})

test('a data folder below a file is an error', async () => {
  writeFileSync(join(folder, 'file'), '')
  const [problem] = await problemsOf('domains: [a.test]\ndata: ./file/data\n')
  assert.equal(problem?.place?.line, 2)
  assert.match(problem?.message ?? '', /is not a folder/)
})

test('a port in use is named with the process that holds it, and an address of another machine with its line', async () => {
  const udp = createSocket('udp4')
  udp.bind(0, '127.0.0.1')
  await once(udp, 'listening')
  const tcp = createServer().listen(0, '127.0.0.1')
  await once(tcp, 'listening')
  const bound = tcp.address()
  assert.ok(typeof bound === 'object' && bound !== null)
  const listen = `[udp://127.0.0.1:${udp.address().port}, tcp://127.0.0.1:${bound.port}, udp://198.51.100.1:5999]`
  const problems = await problemsOf(`domains: [a.test]\nadmin: off\nlisten: ${listen}\n`, NOW, true)
  const holder = portHolder('tcp', bound.port)
  udp.close()
  tcp.close()
  assert.equal(problems.length, 3)
  assert.match(problems[0]?.message ?? '', new RegExp(`in use by .+, process ${process.pid}$`))
  assert.match(problems[1]?.message ?? '', new RegExp(`in use by .+, process ${process.pid}$`))
  assert.match(problems[2]?.message ?? '', /this machine has no such address/)
  assert.equal(holder?.pid, process.pid)
})
