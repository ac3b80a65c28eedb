/**
 * Messages that nobody here wrote, and attacks, sent to a server of ours over UDP and TCP: each is answered as the
 * manifest of the corpus expects, or the difference is argued below. The runner lives in a network namespace where
 * every address is local, so whatever leaves for a third party is seen.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { promisify } from 'node:util'
import {
  type CorpusCase,
  type CorpusReport,
  corpusCases,
  faultsOf,
  isExact,
  missingCorpus,
  type Observation,
} from '../support/corpus.ts'
import { ROOT } from '../support/edge-process.ts'
import { missing, missingNamespaces } from '../support/programs.ts'

/** Where we do something else than the manifest asks, and why that is right. */
interface Difference {
  readonly id: string
  readonly transports: readonly ('udp' | 'tcp')[]
  /** What is seen instead. */
  readonly happens: string
  readonly why: string
}

const BOTH = ['udp', 'tcp'] as const

const KNOWN_DIFFERENCES: readonly Difference[] = [
  ...['invite-003-ab3e18', 'refer-001-d43c03', 'register-002-9a8c74'].map(name => ({
    id: `realworld/valid/acidvegas-rfcs-${name}`,
    transports: BOTH,
    happens: 'never 400',
    why: 'RFC 3261 §26.2.2: a request to a sips URI travels over TLS on each hop; it came in clear.',
  })),
  {
    id: 'realworld/valid/sipxtapi-sipxtapi-register-001-e2cab7',
    transports: BOTH,
    happens: 'never 400',
    why: 'RFC 3261 §25.1: a Contact is a URI, which begins with a scheme; `me@127.0.0.1` has none.',
  },
  {
    id: 'realworld/valid/netcomposer-nksip-re47ist45r-001-9a9c59',
    transports: BOTH,
    happens: 'never 501',
    why: 'RFC 3261 §21.5.2, RFC 4475 §3.1.1.5: the same request as esc02, which is to get 501 from who is its end.',
  },
  ...['x-001-d10559', 'x-004-f67533'].map(name => ({
    id: `realworld/garbage/pjsip-pjproject-${name}`,
    transports: ['udp'] as const,
    happens: 'other is not among silent 400',
    why: 'RFC 5626 §8: a STUN Binding request on the SIP port is answered; here with fewer octets than it has.',
  })),
  {
    id: 'attacks/pstn/cpc-param',
    transports: ['udp'],
    happens: 'silent, not 4xx',
    why: 'RFC 3261 §26.3.2.4: a datagram that names no domain of ours costs nothing; `unserved: reject` answers it.',
  },
]

const MIN_EXACT = 40
/**
 * Of those, the ones for which the RFC has a preference. Over TCP clerr and baddn cannot count: their streams end in the
 * middle of a message.
 */
const MIN_PREFERRED = { udp: 40, tcp: 38 }
/** Growth of resident memory over two rounds of all messages; what a leak of 16 KiB a message would show. */
const MAX_GROWTH_KIB = 16 * 1024

const cases = new Map(corpusCasesOrNone().map(each => [each.id, each]))
const skip =
  missingCorpus() || missingNamespaces() || missing('tcpdump', 'unshare') || (cases.size === 0 && 'no corpus')
const seenDifferences = new Set<Difference>()

describe('messages that nobody here wrote', { skip, timeout: 240_000 }, () => {
  for (const which of ['torture', 'everything'] as const) {
    const serves =
      which === 'torture'
        ? 'the domains of the torture messages'
        : 'every domain that is named, unserved: reject'
    describe(`a server of ${serves}`, () => {
      let report: CorpusReport | undefined
      const run = async (): Promise<CorpusReport> => (report ??= await runCorpus(which))

      test('answers each as expected, or as argued, and lives on', async t => {
        const faults: string[] = []
        const { observations, seconds } = await run()
        for (const seen of observations) {
          for (const fault of faultsOf(caseOf(seen), seen)) {
            const known = KNOWN_DIFFERENCES.find(each => isKnown(each, seen, fault))
            if (known === undefined)
              faults.push(`${seen.transport} ${seen.id}: ${fault} (${seen.got.join(' ')})`)
            else seenDifferences.add(known)
          }
        }
        t.diagnostic(`${observations.length} messages in ${seconds.toFixed(1)} s`)
        assert.deepEqual(faults, [])
        assert.ok(observations.length > 1000, `only ${observations.length} messages were sent`)
      })

      test(`answers at least ${MIN_EXACT} of the 50 files of RFC 4475 as preferred, on each transport`, async t => {
        for (const transport of BOTH) {
          const seen = (await run()).observations.filter(
            each => each.transport === transport && each.id.startsWith('rfc4475/'),
          )
          const exact = seen.filter(each => isExact(caseOf(each), each))
          const preferred = exact.filter(each => caseOf(each).expect.exact.length > 0)
          t.diagnostic(
            `${transport}: ${exact.length} of ${seen.length} (${preferred.length} with a preference, ${
              exact.length - preferred.length
            } where the RFC has none)`,
          )
          assert.equal(seen.length, 50)
          assert.ok(exact.length >= MIN_EXACT, `${transport}: ${exact.length}`)
          assert.ok(preferred.length >= MIN_PREFERRED[transport], `${transport}: ${preferred.length}`)
        }
      })

      test('sends nothing to a third party: no datagram, no connection, no look-up', async () => {
        assert.deepEqual((await run()).strays, [])
      })

      test('sends at most 1.5 octets for one, over UDP, to who never proved to receive', async t => {
        const datagrams = (await run()).observations.filter(each => each.transport === 'udp')
        const worst = datagrams.reduce(
          (ratio, each) => Math.max(ratio, each.bytesOut / Math.max(1, each.bytesIn)),
          0,
        )
        const all = sum(datagrams, each => each.bytesOut) / sum(datagrams, each => each.bytesIn)
        t.diagnostic(`at most ${worst.toFixed(2)}, ${all.toFixed(2)} over all`)
        assert.ok(worst <= 1.5, `${worst}`)
        assert.ok(all > 0.1, 'the capture saw next to nothing')
      })

      test('writes no error, and its memory stays flat', async t => {
        const { residentKib, errors } = await run()
        t.diagnostic(`resident after each round: ${residentKib.map(kib => `${kib >> 10} MiB`).join(', ')}`)
        assert.deepEqual(errors, [])
        const settled = residentKib.slice(-3)
        const growth = (settled.at(-1) ?? 0) - (settled[0] ?? 0)
        assert.ok(growth < MAX_GROWTH_KIB, `grew by ${growth} KiB: ${residentKib}`)
      })
    })
  }

  test('each argued difference is still there', () => {
    assert.deepEqual(
      KNOWN_DIFFERENCES.filter(each => !seenDifferences.has(each)).map(each => each.id),
      [],
    )
  })
})

function corpusCasesOrNone(): readonly CorpusCase[] {
  return missingCorpus() === false ? corpusCases() : []
}

function caseOf(seen: Observation): CorpusCase {
  const found = cases.get(seen.id)
  assert.ok(found !== undefined, seen.id)
  return found
}

function isKnown(each: Difference, seen: Observation, fault: string): boolean {
  return each.id === seen.id && each.happens === fault && each.transports.includes(seen.transport)
}

function sum(all: readonly Observation[], of: (one: Observation) => number): number {
  return all.reduce((total, one) => total + of(one), 0)
}

async function runCorpus(which: string): Promise<CorpusReport> {
  const script = join(ROOT, 'test/support/corpus-runner.ts')
  const { stdout } = await promisify(execFile)('unshare', ['-n', process.execPath, script, which], {
    maxBuffer: 64 * 1024 * 1024,
    timeout: 110_000,
  })
  return JSON.parse(stdout)
}
