import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Secret } from '../base/secret.ts'
import { makeHa1s } from '../store/credentials.ts'
import type { Config } from './config/config.ts'
import { localConfig } from './config/local.ts'
import { readListen } from './config/values.ts'
import { createLog } from './log.ts'
import { startService } from './service.ts'

const folder = mkdtempSync(join(tmpdir(), 'aspis-service-'))
after(() => rmSync(folder, { recursive: true }))

const never = Promise.withResolvers<void>().promise
const log = () => {
  const lines: string[] = []
  return {
    lines,
    log: createLog({ level: 'info', format: 'json', write: line => lines.push(line), nowMs: Date.now }),
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const bound = server.address()
  server.close()
  await once(server, 'close')
  return typeof bound === 'object' && bound !== null ? bound.port : 0
}

async function testConfig(): Promise<Config> {
  const listen = readListen(`udp://127.0.0.1:${await freePort()}`)
  assert.ok(listen.ok)
  const data = mkdtempSync(join(folder, 'data-'))
  const admin = { host: '127.0.0.1', port: await freePort(), isSecure: false }
  return { ...localConfig([], folder), listen: [listen.value], data, admin }
}

test('a server that nobody configured makes its first user once, with a password that fits what is stored', async () => {
  const config = await testConfig()
  const first = await startService({ config, ...log(), readAgain: () => ({ config }) })
  const made = first.firstUser
  assert.ok(made)
  const stored = first.edge.store.credentials.find(made.user, made.domain)
  const wanted = makeHa1s(made.user, made.domain, new Secret(made.password.reveal()), { md5: false })
  assert.equal(stored?.ha1.sha256?.reveal(), wanted.sha256?.reveal())
  assert.equal(stored?.ha1.md5, undefined)
  assert.equal(first.userCount, 1)
  await first.close()
  const second = await startService({ config, ...log(), readAgain: () => ({ config }) })
  assert.equal(second.firstUser, undefined)
  assert.equal(second.userCount, 1)
  await second.close()
})

test('a reload refuses what only a restart can change, says so, and can be tried again', async () => {
  const config = await testConfig()
  const next: { config: Config } = { config: { ...config, data: join(folder, 'elsewhere') } }
  const { lines, log: sink } = log()
  const service = await startService({ config, log: sink, readAgain: () => next })
  assert.match((await service.reload()) ?? '', /^data: changes with a restart only$/)
  next.config = { ...config, admin: { host: '127.0.0.1', port: 1, isSecure: false } }
  assert.match((await service.reload()) ?? '', /^admin: /)
  assert.equal(service.config, config)
  next.config = { ...config, unserved: 'reject', limits: { ...config.limits, maxConnections: 5 } }
  assert.equal(await service.reload(), undefined)
  assert.equal(service.config.unserved, 'reject')
  assert.ok(lines.some(line => line.includes('"event":"reload-needs-restart"') && line.includes('limits')))
  await service.close()
})

test('a reload tells which settings wait for a restart: those that are read once', async () => {
  const config = await testConfig()
  const next: { config: Config } = { config }
  const { lines, log: sink } = log()
  const service = await startService({ config, log: sink, readAgain: () => next })
  const told = async (changed: Config): Promise<readonly string[]> => {
    next.config = changed
    assert.equal(await service.reload(), undefined)
    next.config = config
    const events = lines.splice(0).map(line => JSON.parse(line))
    await service.reload()
    lines.splice(0)
    return events.find(({ event }) => event === 'reload-needs-restart')?.settings.split(' ') ?? []
  }
  const { dns, limits, timers } = config
  const [domain] = config.domains
  assert.ok(domain)
  assert.deepEqual(await told({ ...config, dns: { ...dns, timeoutMs: 1 } }), ['dns'])
  assert.deepEqual(await told({ ...config, limits: { ...limits, maxConnections: 5 } }), ['limits'])
  assert.deepEqual(await told({ ...config, limits: { ...limits, maxTargets: 5 } }), [])
  assert.deepEqual(await told({ ...config, log: { level: 'info', format: 'text' } }), ['log.format'])
  assert.deepEqual(await told({ ...config, timers: { ...timers, t1Ms: 600 } }), ['timers.t1'])
  assert.deepEqual(await told({ ...config, timers: { ...timers, timerCSeconds: 200 } }), [])
  assert.deepEqual(await told({ ...config, wsOrigins: ['https://phone.test'] }), ['ws-origins'])
  const two = [domain, { ...domain, name: 'other.test' }]
  assert.deepEqual(await told({ ...config, domains: two }), ['ws-origins'])
  await service.close()
})

test('a drain makes it unready, and hurry ends it', async () => {
  const config = await testConfig()
  const service = await startService({ config, ...log(), readAgain: () => ({ config }) })
  assert.ok(service.admin)
  assert.equal((await fetch(`${service.admin.url}/readyz`)).status, 200)
  await service.drain(60_000, never)
  const answer = await fetch(`${service.admin.url}/readyz`)
  assert.deepEqual([answer.status, await answer.text()], [503, 'not ready: draining\n'])
  await service.drain(60_000, Promise.resolve())
  await service.close()
})
