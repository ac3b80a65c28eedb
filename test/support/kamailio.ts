import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, globSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A domain beside ours, served by Kamailio. */
export interface KamailioSetup {
  readonly folder: string
  /** Network namespace, and its address. */
  readonly host: string
  readonly ip: string
  readonly domain: string
  /** The domain that it exchanges calls with, and the name that a certificate of it must bear. */
  readonly neighbour: string
  /** Where requests for the neighbour go, such as `sip:192.0.2.1:5061;transport=tls`; by DNS when left out. */
  readonly towards?: string | undefined
  /** After how long it repeats a request over UDP first. */
  readonly t1Ms: number
  /** Where the phones of every user of its domain are. */
  readonly phones: string
  /** PEM files. */
  readonly certificate: string
  readonly key: string
  readonly authority: string
}

/** A Kamailio that runs. */
export interface Kamailio {
  readonly process: ChildProcess
  /** What it logged. */
  output(): string
  stop(): Promise<void>
}

const MODULES = '/usr/lib/*/kamailio/modules'

/** Why there is no Kamailio with TLS for tests here; false when there is. */
export function missingKamailio(): string | false {
  if (globSync(`${MODULES}/tls.so`).length > 0) return false
  return 'needs Kamailio with its TLS module, which this machine does not have'
}

/** Starts Kamailio and waits until it listens. */
export async function startKamailio(setup: KamailioSetup): Promise<Kamailio> {
  const run = join(setup.folder, 'run')
  mkdirSync(run, { recursive: true })
  const config = join(setup.folder, 'kamailio.cfg')
  const tls = join(setup.folder, 'tls.cfg')
  writeFileSync(tls, tlsConfig(setup))
  writeFileSync(config, routing(setup, tls))
  const args = ['netns', 'exec', setup.host, 'kamailio', '-f', config, '-DD', '-E', '-m', '64', '-M', '8']
  const child = spawn('ip', [...args, '-w', run, '-Y', run], { stdio: ['ignore', 'ignore', 'pipe'] })
  let output = ''
  child.stderr.on('data', (chunk: Buffer) => {
    output = (output + chunk.toString('utf8')).slice(-200_000)
  })
  const ended = new Promise<void>(done => child.once('exit', () => done()))
  const kamailio = {
    process: child,
    output: () => output,
    stop: async () => {
      if (child.exitCode === null) child.kill('SIGTERM')
      await ended
    },
  }
  for (let tries = 0; tries < 200; tries++) {
    if (child.exitCode !== null) throw new Error(`kamailio ended with ${child.exitCode}\n${output}`)
    if (existsSync(join(run, 'kamailio_rpc.sock')) || output.includes('READY')) return kamailio
    await new Promise(done => setTimeout(done, 50))
  }
  await kamailio.stop()
  throw new Error(`kamailio was not ready in 10 s\n${output}`)
}

/** Both sides of a TLS connection show a certificate, and each is checked up to the authority. */
function tlsConfig({ certificate, key, authority }: KamailioSetup): string {
  const files = `private_key = ${key}\ncertificate = ${certificate}\nca_list = ${authority}`
  const both = `method = TLSv1.2+\nverify_certificate = yes\nrequire_certificate = yes\n${files}`
  return `[server:default]\n${both}\n[client:default]\n${both}\n`
}

function routing(setup: KamailioSetup, tls: string): string {
  const { ip, domain, neighbour, towards, t1Ms, phones } = setup
  const destination = towards === undefined ? '' : `$du = "${towards}";`
  return `#!KAMAILIO
debug=2
log_stderror=yes
children=2
tcp_children=2
enable_tls=yes
auto_aliases=no
dns_try_naptr=yes
listen=udp:${ip}:5060
listen=tls:${ip}:5061
alias="${domain}"
mpath="${globSync(MODULES)[0]}/"
loadmodule "kex.so"
loadmodule "tls.so"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "xlog.so"
loadmodule "auth.so"
modparam("tls", "config", "${tls}")
modparam("tm", "retr_timer1", ${t1Ms})
modparam("rr", "enable_full_lr", 1)
event_route[core:worker-one-init] { xlog("L_ERR", "READY\\n"); }
request_route {
  if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
  # Over TLS comes the neighbour alone, and it shows that it is (RFC 5922).
  if (proto == TLS && $tls_peer_san_hostname != "${neighbour}") { sl_send_reply("403", "Not You"); exit; }
  if (is_method("CANCEL")) { if (t_check_trans()) t_relay(); exit; }
  if (has_totag()) {
    if (loose_route()) { t_relay(); exit; }
    if (is_method("ACK")) { if (t_check_trans()) t_relay(); exit; }
    sl_send_reply("404", "Not Here"); exit;
  }
  if (proto != TLS) {
    if (!pv_proxy_authenticate("${domain}", "pw-$fU-of-${domain}", "0")) { proxy_challenge("${domain}", "1"); exit; }
    consume_credentials();
  }
  record_route();
  if ($rd == "${domain}") { $du = "${phones}"; t_relay(); exit; }
  if ($rd == "${neighbour}") { ${destination} t_relay(); exit; }
  sl_send_reply("403", "Not There");
}
`
}
