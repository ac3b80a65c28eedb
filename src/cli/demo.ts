import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { buildCommand } from '@stricli/core'
import { auditAttacks } from '../audit/attacks.ts'
import { audit } from '../audit/audit.ts'
import { reportHtml } from '../audit/report/html.ts'
import { type Report, reportOf } from '../audit/report/report.ts'
import type { Account, Target } from '../audit/target.ts'
import { startWeakServer } from '../audit/weak/weak-server.ts'
import { strongPassword } from '../server/admin/accounts.ts'
import { type CliContext, print } from './context.ts'
import { type DemoServer, startDemoAspis } from './demo-aspis.ts'
import { DemoProgress } from './demo-progress.ts'
import { demoText } from './demo-text.ts'
import { version } from './version.ts'

const DOMAIN = 'example.test'
const PER_SECOND = 500

/** Of the numbers that are kept for plays and films. */
const PREMIUM_NUMBER = '+449098790123'

interface Flags {
  readonly output?: string
}

/** `aspis demo` */
export const demo = buildCommand<Flags, [], CliContext>({
  async func({ output }) {
    const reports =
      output === undefined ? mkdtempSync(join(tmpdir(), 'aspis-demo-')) : madeFolder(this, output)
    const servers = mkdtempSync(join(tmpdir(), 'aspis-demo-servers-'))
    const started: DemoServer[] = []
    const stopped = new AbortController()
    const interrupt = (): void => stopped.abort()
    process.on('SIGINT', interrupt)
    process.on('SIGTERM', interrupt)
    try {
      const accounts = ['alice', 'bob', 'carol'].map(account)
      const aspis = await startDemoAspis({
        folder: servers,
        domain: DOMAIN,
        accounts,
        stranger: account('dave'),
      })
      started.push(aspis)
      const weak = await startWeakServer({ domain: DOMAIN, accounts, knownUser: 'dave' })
      started.push(weak)
      print(this, INTRODUCTION)
      const found = await tryBoth(this, [aspis.target, weak.target], stopped.signal)
      const shown = found.map((report, at) => {
        const file = join(reports, at === 0 ? 'aspis.html' : 'weak.html')
        writeFileSync(file, reportHtml(report), { mode: 0o600 })
        return { name: at === 0 ? 'Aspis' : 'The weak server', report, file, url: pathToFileURL(file).href }
      })
      print(this, demoText(shown, process.platform === 'darwin' ? 'open' : 'xdg-open'))
    } finally {
      process.off('SIGINT', interrupt)
      process.off('SIGTERM', interrupt)
      for (const each of started) await each.stop()
      rmSync(servers, { recursive: true, force: true })
    }
  },
  parameters: {
    flags: {
      output: {
        kind: 'parsed',
        parse: String,
        optional: true,
        placeholder: 'folder',
        brief: 'Where the two reports go; a new folder for temporary files when left out',
      },
    },
  },
  docs: {
    brief: 'Attack Aspis and a deliberately weak server, and compare',
    fullDescription:
      'Starts Aspis and a server with every protection off, both on this machine alone, tries the attacks of "aspis audit" on both, and shows two grades and two reports. It takes less than a minute, needs no configuration and leaves nothing but the reports.\n\nExample:\n  aspis demo',
  },
})

const INTRODUCTION = `Two servers run on 127.0.0.1 now: Aspis with its defaults, and a server with every protection off.
Both have the same users. The same attacks are tried on both, over the wire.
`

function account(user: string): Account {
  return { user, password: strongPassword().reveal() }
}

function madeFolder(context: CliContext, written: string): string {
  const folder = resolve(context.process.cwd(), written)
  mkdirSync(folder, { recursive: true })
  return folder
}

/** Side by side, as each waits most of its time. */
async function tryBoth(
  context: CliContext,
  targets: readonly Target[],
  signal: AbortSignal,
): Promise<readonly Report[]> {
  const progress = new DemoProgress(context.process.stderr, auditAttacks.length)
  const running = targets.map(async (target, at) => {
    const done = await audit({ ...target, premiumNumber: PREMIUM_NUMBER }, auditAttacks, {
      profile: 'safe',
      perSecond: PER_SECOND,
      ends: (attack, { verdict }) => progress.ends(at, attack, verdict),
      signal,
    })
    return reportOf(done, {
      all: auditAttacks,
      version: version(),
      ...(at === 0 ? { product: 'aspis' } : {}),
    })
  })
  const reports = await Promise.all(running)
  progress.clear()
  return reports
}
