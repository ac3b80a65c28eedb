import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { bindingsNow } from '../../src/audit/bindings.ts'
import { groundOf } from '../../src/audit/ground.ts'
import { type Report, readReport } from '../../src/audit/report/report.ts'
import type { Target } from '../../src/audit/target.ts'
import type { WeakServer } from '../../src/audit/weak/weak-server.ts'
import { runAudit, startAudit, writeTarget } from '../support/audit-command.ts'
import { type AspisTarget, startAspisTarget, startWeakTarget } from '../support/audit-targets.ts'

const MAX_BYTES = 200 << 20

describe('aspis audit', () => {
  const folders: string[] = []
  let aspis: AspisTarget
  let weak: WeakServer
  before(async () => {
    aspis = await startAspisTarget()
    weak = await startWeakTarget()
  })
  after(async () => {
    await weak?.stop()
    await aspis?.edge.remove()
    for (const folder of folders) rmSync(folder, { recursive: true, force: true })
  })

  /** A folder with the target written in it. */
  const place = (target: Target) => {
    const cwd = mkdtempSync(join(tmpdir(), 'aspis-audit-'))
    folders.push(cwd)
    return { cwd, ...writeTarget(cwd, target) }
  }
  const reportIn = (cwd: string, name: string): Report => {
    const report = readReport(readFileSync(join(cwd, name), 'utf8'))
    assert.ok(report)
    return report
  }
  const boundTo = async (target: Target): Promise<unknown> =>
    [...(await bindingsNow(groundOf(target, 1_000))).values()].flat()

  test('a whole safe run against Aspis: nothing succeeded, little memory, every budget kept, no binding left', async t => {
    const { cwd, file, environment } = place(aspis.target)
    const { status, stdout, stderr, maxBytes } = await runAudit([file, '--json', 'a.json'], {
      cwd,
      environment,
    })
    assert.equal(status, 0, stdout + stderr)
    const { attacks, durationMs, isInterrupted } = reportIn(cwd, 'a.json')
    t.diagnostic(`${attacks.length} attacks in ${Math.round(durationMs)} ms, ${maxBytes >> 20} MiB`)
    assert.equal(isInterrupted, false)
    assert.deepEqual(
      attacks.filter(({ verdict }) => verdict === 'succeeded').map(({ id, why }) => `${id}: ${why}`),
      [],
    )
    assert.ok(maxBytes > 0 && maxBytes < MAX_BYTES, `${maxBytes} octets`)
    const over = attacks.filter(({ sent, maxMessages }) => sent > maxMessages).map(({ id }) => id)
    assert.deepEqual(over, [])
    assert.deepEqual(await boundTo(aspis.target), [])
  })

  test('findings are exit code 1, unless all are below the bound; four reports come from one run', async () => {
    const { cwd, file, environment } = place(weak.target)
    const files = ['--json', 'a.json', '--html', 'a.html', '--sarif', 'a.sarif', '--junit', 'a.xml']
    const { status, stdout, stderr } = await runAudit([file, '--only', 'forged-bye,stray-ack', ...files], {
      cwd,
      environment,
    })
    assert.equal(status, 1, stdout + stderr)
    assert.match(stdout, /E01 {2}forged-bye\s+high\s+succeeded/)
    assert.match(stdout, /^grade none/m)
    assert.match(readFileSync(join(cwd, 'a.html'), 'utf8'), /^<!doctype html>[\s\S]*<\/html>\s*$/)
    assert.equal(JSON.parse(readFileSync(join(cwd, 'a.sarif'), 'utf8')).runs[0].results.length, 2)
    assert.match(readFileSync(join(cwd, 'a.xml'), 'utf8'), /<failure message="[^"]+" type="high">Seen: /)
    for (const name of ['a.json', 'a.html', 'a.sarif', 'a.xml']) {
      assert.equal(statSync(join(cwd, name)).mode & 0o077, 0, name)
      assert.ok(!readFileSync(join(cwd, name), 'utf8').includes('the password of'), name)
    }
    const bounded = await runAudit([file, '--only', 'stray-ack', '--fail-on', 'critical'], {
      cwd,
      environment,
    })
    assert.equal(bounded.status, 0, bounded.stdout)
  })

  test('a hijack that worked is undone: no binding is left', async () => {
    const { cwd, file, environment } = place(weak.target)
    const { status } = await runAudit([file, '--only', 'C13,E09'], { cwd, environment })
    assert.equal(status, 1)
    assert.deepEqual(await boundTo(weak.target), [])
  })

  test('Ctrl-C gives what was found until then, and a later run goes on from there', async () => {
    const { cwd, file, environment } = place(aspis.target)
    const only = ['--only', 'D']
    const { child, ended } = startAudit([file, ...only, '--rate', '20', '--json', 'a.json'], {
      cwd,
      environment,
    })
    setTimeout(() => child.kill('SIGINT'), 4_000)
    const { status, stdout, stderr } = await ended
    assert.equal(status, 3, stdout + stderr)
    assert.match(stdout, /^The run was interrupted: this is what was found until then\.$/m)
    const partial = reportIn(cwd, 'a.json')
    assert.equal(partial.isInterrupted, true)
    const left = partial.attacks.filter(({ verdict }) => verdict === 'skipped')
    assert.ok(left.length > 0 && left.length < partial.attacks.length)
    const done = partial.attacks.filter(({ verdict }) => verdict === 'resisted')
    const resumed = await runAudit([file, ...only, '--resume', 'a.json', '--json', 'b.json'], {
      cwd,
      environment,
    })
    assert.equal(resumed.status, 0, resumed.stdout + resumed.stderr)
    const whole = reportIn(cwd, 'b.json')
    for (const before of done) {
      assert.deepEqual(whole.attacks.find(({ id }) => id === before.id)?.ladder, before.ladder, before.id)
    }
    assert.ok(!whole.attacks.some(({ why }) => why === 'the run was interrupted'))
    assert.deepEqual(await boundTo(aspis.target), [])
    const compared = await runAudit(['--compare', 'a.json', 'b.json'], { cwd })
    assert.equal(compared.status, 0)
    assert.match(compared.stdout, /skipped -> resisted/)
    const foreign = place(weak.target)
    const otherRun = JSON.stringify({ ...whole, target: { ...whole.target, domain: 'example.org' } })
    writeFileSync(join(foreign.cwd, 'b.json'), otherRun)
    const refused = await runAudit([foreign.file, '--resume', 'b.json'], foreign)
    assert.equal(refused.status, 2)
    assert.match(
      refused.stderr,
      /b\.json: it is a run against example\.org at 127\.0\.0\.1, not against example\.test/,
    )
  })

  test('an address on the command line, accounts of the environment and of standard input', async () => {
    const { cwd, environment } = place(aspis.target)
    const { status, stdout, stderr } = await runAudit(
      [
        `sip:127.0.0.1:${aspis.target.ports.UDP}`,
        ...['--domain', 'example.test', '--only', 'forged-bye', '--format', 'json'],
        ...['--account', 'alice:env:PASSWORD_ALICE', '--account', '-'],
      ],
      { cwd, environment, input: 'bob:the password of bob\n' },
    )
    assert.equal(status, 0, stderr)
    const report = readReport(stdout)
    assert.deepEqual(report?.target.accounts, ['alice', 'bob'])
    assert.deepEqual(
      report?.attacks.map(({ verdict }) => verdict),
      ['resisted'],
    )
    const [first] = report?.attacks[0]?.ladder.rungs ?? []
    assert.match(first?.text ?? '', /\r\nUser-Agent: aspis-audit\r\n/)
  })

  test('a target in no range of the tester is refused before anything is sent: exit code 2', async () => {
    const { cwd } = place(aspis.target)
    const { status, stderr } = await runAudit(['sip:192.0.2.1'], { cwd })
    assert.equal(status, 2)
    assert.match(
      stderr,
      /192\.0\.2\.1 is neither loopback nor private: say --i-own-this-target if it is yours/,
    )
    writeFileSync(join(cwd, 'far.yaml'), 'target: 127.0.0.1\nphone: { host: 192.0.2.9 }\n')
    const far = await runAudit(['far.yaml'], { cwd })
    assert.equal(far.status, 2)
    assert.match(far.stderr, /192\.0\.2\.9 is neither loopback nor private/)
  })

  test('wrong usage is exit code 2 and says what is right', async () => {
    const { cwd, file, environment } = place(aspis.target)
    writeFileSync(join(cwd, 'wrong.yaml'), 'target: 127.0.0.1\nport: 5060\n')
    writeFileSync(join(cwd, 'none.json'), '{}')
    const wrong: readonly (readonly [readonly string[], RegExp])[] = [
      [[], /no target: write sip:192\.0\.2\.1:5060 or a target file/],
      [['wrong.yaml'], /^wrong\.yaml:2:1: port: no such setting; allowed are target, domain, ports/m],
      [['gone.yaml'], /gone\.yaml: no such file/],
      [[file, '--only', 'forged-by'], /no such attack: forged-by; "aspis audit --list" names them/],
      [[file, '--account', 'alice'], /an account without a user: write user:password or user:env:NAME/],
      [[file, '--resume', 'none.json'], /none\.json: is no JSON report of "aspis audit"/],
      [[file, '--json', 'no/such/folder.json'], /no\/such\/folder\.json: cannot be written \(ENOENT\)/],
      [[file, '--rate', '0'], /--rate: "0" is no number from 1 to 100000/],
      [['--compare', 'none.json'], /two reports are compared/],
    ]
    for (const [args, message] of wrong) {
      const { status, stderr } = await runAudit(args, { cwd, environment })
      assert.equal(status, 2, `${args.join(' ')}: ${stderr}`)
      assert.match(stderr, message)
    }
  })

  test('a target that cannot be audited is exit code 3 with a plain sentence, and no report is left', async () => {
    const { cwd } = place(aspis.target)
    const silent = await runAudit(['sip:127.0.0.1:9', '--json', 'a.json'], { cwd })
    assert.equal(silent.status, 3, silent.stderr)
    assert.match(silent.stderr, /^aspis: error: nobody listens on UDP 127\.0\.0\.1:9: the port is closed$/m)
    assert.equal(existsSync(join(cwd, 'a.json')), false)
    const unknown = await runAudit(['sip:no-such-host.invalid'], { cwd })
    assert.equal(unknown.status, 3, unknown.stderr)
    assert.match(unknown.stderr, /no-such-host\.invalid has no address: the look-up failed/)
  })

  test('the attacks are listed, chosen ones too, for readers and for programs', async () => {
    const { cwd } = place(aspis.target)
    const { status, stdout } = await runAudit(['--list', '--only', 'E01'], { cwd })
    assert.equal(status, 0)
    assert.match(
      stdout,
      /^E01 {4}forged-bye {2}high {6}safe {5}ends somebody else's call with a forged BYE$/m,
    )
    const asJson = await runAudit(['--list', '--only', 'E01', '--format', 'json'], { cwd })
    assert.equal(JSON.parse(asJson.stdout)[0].id, 'forged-bye')
  })
})
