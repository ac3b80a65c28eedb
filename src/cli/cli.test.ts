import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { routes } from './app.ts'
import { targetsOf } from './completion.ts'

const launcher = fileURLToPath(new URL('../../bin/aspis', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'aspis-cli-'))
after(() => rmSync(folder, { recursive: true }))

interface Run {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

function aspis(
  args: readonly string[],
  options: { input?: string; cwd?: string; program?: string } = {},
): Run {
  const { input = '', cwd = folder, program = launcher } = options
  const done = spawnSync(program, args, {
    cwd,
    input,
    encoding: 'utf8',
    env: { PATH: process.env.PATH ?? '', NO_COLOR: '1' },
  })
  return { code: done.status, out: done.stdout, err: done.stderr }
}

function freshFolder(): string {
  const made = mkdtempSync(join(folder, 'case-'))
  assert.equal(aspis(['init', 'example.test'], { cwd: made }).code, 0)
  return made
}

test('an unknown command or flag is wrong usage, with a suggestion', () => {
  const command = aspis(['usr'])
  assert.deepEqual(
    [command.code, command.err],
    [2, 'aspis: error: unknown command "usr" (did you mean "user"?)\n'],
  )
  const flag = aspis(['check', '--explian'])
  assert.deepEqual(
    [flag.code, flag.err],
    [2, 'aspis: error: unknown flag "--explian" (did you mean "--explain"?)\n'],
  )
  assert.equal(aspis(['user', 'add']).code, 2)
  assert.equal(aspis(['user', 'add', 'a@b', 'c@d']).code, 2)
  assert.equal(aspis(['check', '--format', 'xml']).code, 2)
})

test('the help of every command has an example', () => {
  const commands = [...targetsOf(routes)].filter(([, target]) => !('getAllEntries' in target))
  assert.ok(commands.length >= 17)
  for (const [path, { fullDescription }] of commands) {
    assert.match(fullDescription ?? '', new RegExp(`Example:\\n.*aspis ${path}`), path)
  }
  const { code, out } = aspis(['user', 'add', '--help'])
  assert.equal(code, 0)
  assert.match(out, /Example:\n {2}aspis user add alice@example\.test/)
})

test('init writes configuration, database, keys and certificate, and shows one strong password once', () => {
  const made = mkdtempSync(join(folder, 'init-'))
  const { code, out } = aspis(['init', 'Example.Test'], { cwd: made })
  assert.equal(code, 0)
  assert.match(out, /alice@example\.test/)
  assert.equal(out.match(/(?:[a-z2-9]{5}-){3}[a-z2-9]{5}/g)?.length, 1)
  for (const file of [
    'aspis.yaml',
    'aspis-data/aspis.db',
    'aspis-data/pki/server.pem',
    'aspis-data/pki/authority.pem',
  ]) {
    assert.ok(existsSync(join(made, file)), file)
  }
  assert.equal(statSync(join(made, 'aspis-data/pki/server.key')).mode & 0o777, 0o600)
  assert.equal(statSync(join(made, 'aspis-data')).mode & 0o777, 0o700)
  const before = readFileSync(join(made, 'aspis.yaml'), 'utf8')
  const again = aspis(['init', 'example.test'], { cwd: made })
  assert.equal(again.code, 2)
  assert.match(again.err, /exists; it is not touched/)
  assert.equal(readFileSync(join(made, 'aspis.yaml'), 'utf8'), before)
  assert.equal(aspis(['init', 'not a domain'], { cwd: mkdtempSync(join(folder, 'bad-')) }).code, 2)
})

test('users are added with a given or a made password, listed without hashes, changed and removed', () => {
  const cwd = freshFolder()
  const given = aspis(['user', 'add', 'bob@example.test', '--password-stdin', '--md5'], {
    cwd,
    input: 'correct horse battery\n',
  })
  assert.deepEqual([given.code, given.out], [0, ''])
  const made = aspis(['user', 'add', 'sip:carol@example.test'], { cwd })
  assert.match(made.out, /^(?:[a-z2-9]{5}-){3}[a-z2-9]{5}\n$/)
  assert.equal(aspis(['user', 'add', 'bob'], { cwd }).code, 2)
  const list: unknown = JSON.parse(aspis(['user', 'list', '--format', 'json'], { cwd }).out)
  assert.deepEqual(list, [
    { user: 'alice', domain: 'example.test', md5: false, disabled: false, aors: ['sip:alice@example.test'] },
    { user: 'bob', domain: 'example.test', md5: true, disabled: false, aors: ['sip:bob@example.test'] },
    { user: 'carol', domain: 'example.test', md5: false, disabled: false, aors: ['sip:carol@example.test'] },
  ])
  const mark = aspis(['user', 'set', 'carol', '--md5'], { cwd })
  assert.equal(mark.code, 2)
  assert.match(mark.err, /no MD5 hash is stored/)
  assert.equal(aspis(['user', 'set', 'carol', '--md5', '--new-password', '--disabled'], { cwd }).code, 0)
  assert.match(aspis(['user', 'list'], { cwd }).out, /carol +example\.test +MD5 +disabled/)
  assert.equal(aspis(['user', 'remove', 'carol'], { cwd }).code, 0)
  assert.equal(aspis(['user', 'remove', 'carol'], { cwd }).code, 2)
  const foreign = aspis(['user', 'add', 'dave@exmple.test'], { cwd })
  assert.match(foreign.err, /"exmple\.test" is not served .*did you mean "example\.test"/)
  assert.equal(aspis(['user', 'add', 'eve', '--password-stdin'], { cwd, input: '\n' }).code, 2)
})

test('an export with hashes can be imported elsewhere; refused rows have their line and make exit code 1', () => {
  const from = freshFolder()
  const to = freshFolder()
  assert.equal(aspis(['user', 'add', 'bob'], { cwd: from }).code, 0)
  const plain = aspis(['user', 'export'], { cwd: from })
  assert.doesNotMatch(plain.out, /[0-9a-f]{32}/)
  const { out } = aspis(['user', 'export', '--with-hashes'], { cwd: from })
  writeFileSync(join(to, 'users.csv'), out)
  const done = aspis(['user', 'import', 'users.csv'], { cwd: to })
  assert.equal(done.code, 0, done.err)
  assert.match(done.err, /imported 1, of which 0 marked for MD5\n1 exist/)
  writeFileSync(
    join(to, 'bad.csv'),
    'user,domain,password\nbob,example.test,x\nfred,other.test,y\n,example.test,z\n',
  )
  const refused = aspis(['user', 'import', 'bad.csv', '--dry-run'], { cwd: to })
  assert.equal(refused.code, 1)
  assert.match(refused.err, /refused: bad\.csv:4: /)
  assert.match(refused.err, /fred@other\.test: the domain is not served/)
})

test('cert: show, renew under the same authority, and a pair for a neighbour', () => {
  const cwd = freshFolder()
  const authority = aspis(['cert', 'authority'], { cwd }).out
  assert.match(authority, /^-----BEGIN CERTIFICATE-----/)
  const show = () => aspis(['cert', 'show', '--format', 'json'], { cwd }).out
  const before = show()
  assert.match(before, /URI:sip:example\.test/)
  assert.equal(aspis(['cert', 'renew'], { cwd }).code, 0)
  assert.notEqual(show(), before)
  assert.equal(aspis(['cert', 'authority'], { cwd }).out, authority)
  assert.equal(aspis(['cert', 'add', 'carrier.test', '--out', 'out'], { cwd }).code, 0)
  assert.equal(statSync(join(cwd, 'out/carrier.test.key')).mode & 0o777, 0o600)
  assert.equal(aspis(['cert', 'add', 'carrier.test', '--out', 'out'], { cwd }).code, 2)
})

test('check: 0 when fine, 2 with every mistake for a wrong file, 1 for what is wrong on the machine', () => {
  const cwd = freshFolder()
  const fine = aspis(['check', '--skip-ports', '--explain'], { cwd })
  assert.equal(fine.code, 0, fine.err)
  assert.match(fine.out, /A request walks\n {2}well-formed → .* → forward/)
  writeFileSync(
    join(cwd, 'wrong.yaml'),
    'domains: [a.test]\nlisten:\n\n\n\n\n- upd://0.0.0.0:5060\nadmn: off\n',
  )
  const wrong = aspis(['check', '-c', 'wrong.yaml'], { cwd })
  assert.equal(wrong.code, 2)
  assert.equal(
    wrong.err,
    'wrong.yaml:7:3: error: listen: unknown transport "upd" (did you mean "udp"?)\n' +
      'wrong.yaml:8:1: error: no such setting "admn" (did you mean "admin"?)\n',
  )
  assert.equal(wrong.out, '')
  const json = aspis(['check', '-c', 'wrong.yaml', '--format', 'json'], { cwd })
  assert.equal(json.code, 2)
  assert.equal(JSON.parse(json.out).length, 2)
  writeFileSync(join(cwd, 'aspis-data/aspis.db'), 'this is no database, however long it may be'.repeat(100))
  const damaged = aspis(['check', '--skip-ports'], { cwd })
  assert.equal(damaged.code, 1)
  assert.match(damaged.err, /data: .*aspis\.db/)
})

test('check touches nothing: no data folder appears', () => {
  const cwd = mkdtempSync(join(folder, 'none-'))
  writeFileSync(join(cwd, 'aspis.yaml'), 'domains: [a.test]\n')
  assert.equal(aspis(['check', '--skip-ports'], { cwd }).code, 0)
  assert.equal(existsSync(join(cwd, 'aspis-data')), false)
})

test('completion knows commands and flags, in three shells', () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { code, out } = aspis(['completion', shell])
    assert.equal(code, 0)
    assert.match(out, /password-stdin/)
    assert.match(out, /doctor/)
  }
  assert.equal(aspis(['completion', 'tcsh']).code, 2)
  const script = `${aspis(['completion', 'bash']).out}\nCOMP_WORDS=(aspis user a); COMP_CWORD=2; _aspis; echo "$COMPREPLY"`
  assert.equal(spawnSync('bash', ['-c', script], { encoding: 'utf8' }).stdout, 'add\n')
})

test('doctor looks at the machine and prints data only with --format json', () => {
  const cwd = freshFolder()
  const { out } = aspis(['doctor', '--format', 'json'], { cwd })
  const findings: unknown = JSON.parse(out)
  assert.ok(Array.isArray(findings))
  for (const what of [
    'node',
    'datagrams',
    'receive buffer',
    'open files',
    'clock',
    'data folder',
    'database',
    'certificate',
    'ports',
  ]) {
    assert.ok(
      findings.some(finding => finding.what === what),
      what,
    )
  }
})

test('doctor and check find what keeps the server from starting: a lost key, a damaged database, half a certificate', () => {
  const lost = freshFolder()
  rmSync(join(lost, 'aspis-data/ha1.key'))
  const damaged = freshFolder()
  rmSync(join(damaged, 'aspis-data/ha1.key'))
  writeFileSync(join(damaged, 'aspis-data/aspis.db'), 'not a database')
  const half = freshFolder()
  rmSync(join(half, 'aspis-data/pki/server.key'))
  const junk = freshFolder()
  writeFileSync(join(junk, 'aspis-data/pki/authority.pem'), 'junk')
  const cases = [
    [lost, /ha1\.key.* missing/],
    [damaged, /database is damaged/],
    [half, /server\.key.* missing/],
    [junk, /authority\.pem: .*cannot be read/],
  ] as const
  for (const [cwd, says] of cases) {
    const doctor = aspis(['doctor'], { cwd })
    assert.deepEqual([doctor.code, says.test(doctor.out)], [1, true], doctor.out)
    const check = aspis(['check', '--skip-ports'], { cwd })
    assert.deepEqual([check.code, says.test(check.err)], [1, true], check.err)
  }
})

test('a certificate that is none, and a folder that cannot be written, are told without a stack', () => {
  const cwd = freshFolder()
  writeFileSync(join(cwd, 'aspis-data/pki/server.pem'), 'junk')
  const shown = aspis(['cert', 'show'], { cwd })
  assert.deepEqual([shown.code, shown.err.split('\n').length], [2, 2], shown.err)
  assert.match(shown.err, /^aspis: error: .*server\.pem/)
  const made = aspis(['init', 'example.test', '-c', join(cwd, 'aspis.yaml/under/a/file.yaml')], { cwd })
  assert.deepEqual([made.code, made.err.split('\n').length], [2, 2], made.err)
  assert.match(made.err, /^aspis: error: .*file\.yaml: /)
})

test('the launcher works through symbolic links, and no colour reaches a pipe', () => {
  const link = join(folder, 'linked-aspis')
  symlinkSync(launcher, link)
  symlinkSync('linked-aspis', join(folder, 'twice'))
  const { code, out } = aspis(['--help'], { program: join(folder, 'twice') })
  assert.equal(code, 0)
  assert.ok(!out.includes('\u001b'))
  assert.match(aspis(['--version']).out, /^\d+\.\d+\.\d+\n?$/)
})
