import { spawn } from 'node:child_process'
import { globSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const MODULES = '/usr/lib/*/kamailio/modules'

/** Why there is no Kamailio that collects HEP here; false when there is. */
export function missingHepCollector(): string | false {
  if (globSync(`${MODULES}/sipcapture.so`).length > 0 && globSync(`${MODULES}/db_sqlite.so`).length > 0)
    return false
  return 'needs Kamailio with its modules sipcapture and db_sqlite, which this machine does not have'
}

/** A Kamailio that takes HEP and says of each message where it came from and what it is. */
export interface HepCollector {
  /** What it read: `192.0.2.7:5060 REGISTER call-id`. */
  read(): readonly string[]
  stop(): Promise<void>
}

export async function startHepCollector(folder: string, port: number): Promise<HepCollector> {
  const file = join(folder, 'collector.cfg')
  const [modules = ''] = globSync(MODULES)
  writeFileSync(
    file,
    `debug=1
log_stderror=yes
fork=no
children=1
listen=udp:127.0.0.1:${port}
mpath="${modules}/"
loadmodule "pv.so"
loadmodule "sl.so"
loadmodule "xlog.so"
loadmodule "db_sqlite.so"
loadmodule "sipcapture.so"
modparam("sipcapture", "db_url", "sqlite:///${join(folder, 'collector.db')}")
modparam("sipcapture", "hep_capture_on", 1)
request_route {
  xlog("L_NOTICE", "READ $si:$sp $rm $ci\\n");
  exit;
}
`,
  )
  const args = ['-f', file, '-DD', '-E', '-m', '64', '-M', '8', '-w', folder, '-Y', folder]
  const child = spawn('kamailio', args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let output = ''
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk.toString('latin1')
  })
  const ended = new Promise<void>(done => child.once('exit', () => done()))
  for (let tries = 0; tries < 200 && !output.includes('Listening on'); tries += 1) {
    if (child.exitCode !== null) throw new Error(`kamailio ended with ${child.exitCode}\n${output}`)
    await new Promise(done => setTimeout(done, 50))
  }
  // It says so before it reads.
  await new Promise(done => setTimeout(done, 500))
  return {
    read: () => [...output.matchAll(/READ (\S+ \S+ \S+)/g)].map(([, each = '']) => each),
    stop: async () => {
      if (child.exitCode === null) child.kill('SIGTERM')
      await ended
    },
  }
}
