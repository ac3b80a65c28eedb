import assert from 'node:assert/strict'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { TestAuthority } from '../../test/support/certificates.ts'
import type { AskDns } from '../base/dns-records.ts'
import { LIMITS } from '../base/limits.ts'
import { type FetchOptions, HttpsFetch } from './https-fetch.ts'

const authority = new TestAuthority()
const HOST = 'certs.example.test'
const document = Buffer.from('a document')

type Page = (request: IncomingMessage, response: ServerResponse) => void

const pages: Record<string, Page> = {
  '/large-told': (_, response) => response.writeHead(200, { 'Content-Length': 1_048_576 }).write('x'),
  '/large': (_, response) => {
    response.writeHead(200)
    for (let i = 0; i < 16; i++) response.write(Buffer.alloc(65_536))
    response.end()
  },
  '/largest': (_, response) => response.writeHead(200).end(Buffer.alloc(LIMITS.maxFetchedBytes)),
  '/missing': (_, response) => response.writeHead(404).end('no'),
  '/here': (_, response) => response.writeHead(302, { Location: '/plain' }).end(),
  '/circle': (_, response) => response.writeHead(302, { Location: '/circle' }).end(),
  '/elsewhere': (_, response) =>
    response.writeHead(302, { Location: 'https://other.example.test/plain' }).end(),
  '/metadata': (_, response) => response.writeHead(301, { Location: 'http://169.254.169.254/latest' }).end(),
  '/cut': (_, response) => {
    response.writeHead(200, { 'Content-Length': 100 }).write('half')
    setImmediate(() => response.destroy())
  },
  '/plain': (_, response) => response.writeHead(200).end(document),
  '/week': (_, response) => response.writeHead(200, { 'Cache-Control': 'max-age=604800' }).end(document),
  '/never': (_, response) => response.writeHead(200, { 'Cache-Control': 'no-store' }).end(document),
  '/silent': () => {},
}

let server: Server
let port = 0
let asked = 0

before(async () => {
  const { certificatePem, keyPem } = authority.issue(HOST)
  server = createServer({ cert: certificatePem, key: keyPem.reveal() }, (request, response) => {
    asked += 1
    pages[request.url ?? '']?.(request, response)
  })
  server.listen(0, '127.0.0.1')
  await new Promise(done => server.once('listening', done))
  port = addressOf(server.address())
})

after(() => {
  server.closeAllConnections()
  server.close()
})

function addressOf(address: AddressInfo | string | null): number {
  assert.ok(address !== null && typeof address === 'object')
  return address.port
}

const dns =
  (...addresses: readonly string[]): AskDns =>
  (_, type) => {
    const records = addresses
      .filter(address => address.includes(':') === (type === 'AAAA'))
      .map(address => ({ type: type === 'AAAA' ? ('AAAA' as const) : ('A' as const), address }))
    return records.length === 0 ? { kind: 'none' } : { kind: 'records', records, isLocal: false }
  }

let clockMs = 0

function fetcher(options: Partial<FetchOptions> = {}): HttpsFetch {
  return new HttpsFetch({
    askDns: () => dns('127.0.0.1'),
    nowMs: () => clockMs,
    authoritiesPem: [authority.certificatePem],
    isPermitted: host => host === HOST,
    ...options,
  })
}

const at = (path: string): string => `https://${HOST}:${port}${path}`

async function failureOf(fetch: HttpsFetch, url: string): Promise<string | undefined> {
  const outcome = await fetch.fetch(url)
  return outcome.ok ? undefined : outcome.error
}

describe('STV-13: a document is fetched over HTTPS', () => {
  it('and comes as it is, a redirect on the same host included', async () => {
    for (const path of ['/plain', '/here']) {
      const outcome = await fetcher().fetch(at(path))
      assert.ok(outcome.ok)
      assert.deepEqual(outcome.value.body, document)
    }
  })

  it('up to 64 KiB and not one octet more', async () => {
    const largest = await fetcher().fetch(at('/largest'))
    assert.equal(largest.ok && largest.value.body.length, LIMITS.maxFetchedBytes)
    assert.equal(await failureOf(fetcher(), at('/large')), 'too-large')
    assert.equal(await failureOf(fetcher(), at('/large-told')), 'too-large')
  })

  const refused: readonly (readonly [string, string])[] = [
    ['/missing', 'status'],
    ['/circle', 'redirected'],
    ['/elsewhere', 'redirected'],
    ['/metadata', 'redirected'],
    ['/cut', 'malformed'],
  ]
  for (const [path, why] of refused) {
    it(`${path} is ${why}`, async () => assert.equal(await failureOf(fetcher(), at(path)), why))
  }

  it('a server that says nothing is given up when the time is over', async () => {
    const fetch = fetcher({ totalMs: 50, nowMs: () => performance.now() })
    assert.equal(await failureOf(fetch, at('/silent')), 'timeout')
  })

  it('a server whose certificate is for another name, or of nobody known, is not believed', async () => {
    const other = fetcher({ isPermitted: () => true })
    assert.equal(await failureOf(other, `https://other.example.test:${port}/plain`), 'tls-failed')
    assert.equal(await failureOf(fetcher({ authoritiesPem: [] }), at('/plain')), 'tls-failed')
  })

  it('nobody listening is unreachable, and no address is not found', async () => {
    assert.equal(await failureOf(fetcher(), `https://${HOST}:1/`), 'unreachable')
    assert.equal(await failureOf(fetcher({ askDns: () => dns() }), at('/plain')), 'not-found')
  })
})

describe('STV-13: where strangers may not have us look', () => {
  const addresses = [
    '127.0.0.1',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.100.100.200',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    '::1',
    '::',
    'fe80::1',
    'fd00:ec2::254',
    'ff02::1',
    '::ffff:127.0.0.1',
    '::ffff:a9fe:a9fe',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
  ]
  for (const address of addresses) {
    it(`${address} is refused, by name and by number`, async () => {
      const before = asked
      const byName = fetcher({ isPermitted: () => false, askDns: () => dns(address) })
      assert.equal(await failureOf(byName, 'https://innocent.example/cert.pem'), 'address-refused')
      const literal = address.includes(':') ? `[${address}]` : address
      assert.equal(await failureOf(byName, `https://${literal}/cert.pem`), 'address-refused')
      assert.equal(asked, before)
    })
  }

  const spellings = ['https://2130706433/', 'https://0x7f.1/', 'https://127.1/', 'https://0177.0.0.1/']
  for (const url of spellings) {
    it(`${url} is the address that it means`, async () => {
      assert.equal(await failureOf(fetcher({ isPermitted: () => false }), url), 'address-refused')
    })
  }

  it('the address that was looked at is the one that is connected to: a second answer of DNS changes nothing', async () => {
    const answers = ['127.0.0.1', '192.0.2.1']
    let questions = 0
    const looked: string[] = []
    const rebinding: AskDns = (name, type) =>
      type === 'AAAA' ? { kind: 'none' } : dns(answers[questions++] ?? '192.0.2.66')(name, type)
    const fetch = fetcher({
      askDns: () => rebinding,
      isPermitted: (_, ip) => {
        looked.push(ip)
        return ip === '127.0.0.1'
      },
    })
    const outcome = await fetch.fetch(at('/here'))
    assert.ok(outcome.ok)
    assert.deepEqual([looked, questions], [['127.0.0.1'], 1])
  })

  const unfit = [
    'http://certs.example.test/c.pem',
    'ftp://certs.example.test/c.pem',
    'file:///etc/passwd',
    'https://user:word@certs.example.test/c.pem',
    'https://',
    'cid:part@example.test',
    '',
    `https://certs.example.test/${'x'.repeat(LIMITS.maxFetchUrlBytes)}`,
  ]
  for (const url of unfit) {
    it(`${url.slice(0, 40)} is no URL to fetch`, async () => {
      assert.equal(await failureOf(fetcher(), url), 'url-unfit')
    })
  }

  it('ports where other services live are for permitted hosts only', async () => {
    const fetch = fetcher({ isPermitted: () => false, askDns: () => dns('198.51.100.1') })
    assert.equal(await failureOf(fetch, 'https://certs.example.net:25/'), 'address-refused')
  })
})

describe('what was fetched is remembered', () => {
  it('for as long as Cache-Control says, a minute at least and a day at most, and an hour where it says nothing', async () => {
    for (const [path, seconds] of [
      ['/plain', 3600],
      ['/week', 86_400],
      ['/never', 60],
    ] as const) {
      const fetch = fetcher()
      clockMs = 0
      await fetch.fetch(at(path))
      const before = asked
      clockMs = seconds * 1000 - 1
      assert.ok((await fetch.fetch(at(path))).ok)
      assert.equal(asked, before, `${path} is remembered`)
      clockMs = seconds * 1000
      await fetch.fetch(at(path))
      assert.equal(asked, before + 1, `${path} is fetched anew`)
    }
    clockMs = 0
  })

  it('a failure is remembered for half a minute', async () => {
    const fetch = fetcher()
    await fetch.fetch(at('/missing'))
    const before = asked
    clockMs = 29_999
    assert.equal(await failureOf(fetch, at('/missing')), 'status')
    assert.equal(asked, before)
    clockMs = 30_000
    await fetch.fetch(at('/missing'))
    assert.equal(asked, before + 1)
    clockMs = 0
  })

  it('equal fetches share one exchange', async () => {
    const fetch = fetcher()
    const before = asked
    await Promise.all([fetch.fetch(at('/plain')), fetch.fetch(at('/plain')), fetch.fetch(at('/plain'))])
    assert.equal(asked, before + 1)
  })

  it('one slow host holds four fetches, and what comes beyond is told at once', async () => {
    const fetch = fetcher({ totalMs: 200, nowMs: () => performance.now() })
    const running = Array.from({ length: LIMITS.maxFetchesPerHost }, (_, i) =>
      fetch.fetch(at(`/silent?${i}`)),
    )
    assert.equal(await failureOf(fetch, at('/plain')), 'overloaded')
    await Promise.all(running)
    assert.equal(await failureOf(fetch, at('/plain')), undefined)
  })
})
