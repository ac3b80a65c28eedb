import { buildCommand } from '@stricli/core'
import { insecureLines } from '../server/config/explain.ts'
import { printProblems } from '../server/config/problem.ts'
import type { Log } from '../server/log.ts'
import { processLog } from '../server/process-log.ts'
import type { Service } from '../server/service.ts'
import { type ConfigFlags, configFlag, readConfiguration } from './configuration.ts'
import { type CliContext, EXIT, exitWith, print, tell } from './context.ts'
import { welcome } from './welcome.ts'

/** What is still open this long after everything was closed is not waited for. */
const LINGER_MS = 2000

/** `aspis serve` */
export const serve = buildCommand<ConfigFlags, [], CliContext>({
  async func(flags) {
    const opened = readConfiguration(this, flags)
    if (opened.problems.length > 0) tell(this, printProblems(opened.problems))
    const log = processLog(opened.config.log, this.process)
    const { startService } = await import('../server/service.ts')
    const readAgain = () => readConfiguration(this, flags)
    const { config, source } = opened
    const service = await startService({
      config,
      log,
      readAgain,
      ...(source === undefined ? {} : { source }),
    })
    // Who reads that we serve may stop us at once.
    const stopped = untilStopped(service, log)
    print(this, welcome(service, this.process.env.ASPIS_COMMAND ?? 'aspis'))
    for (const line of insecureLines(config)) log.warn('weakened', { setting: line })
    log.info('serving', { listeners: service.edge.listeners.length, users: service.userCount })
    await stopped
    exitWith(this, EXIT.fine)
    setTimeout(() => process.exit(EXIT.fine), LINGER_MS).unref()
  },
  parameters: { flags: { config: configFlag }, aliases: { c: 'config' } },
  docs: {
    brief: 'Serve',
    fullDescription:
      'Serves until SIGTERM: then new work is answered 503, calls in progress go on for the time of timers.drain; a second signal is not that patient. SIGHUP takes over a changed configuration and certificates. Without a configuration the local machine is served.\n\nExample:\n  aspis serve -c aspis.yaml',
  },
})

/** Serves until a signal; a second one ends the drain. */
function untilStopped(service: Service, log: Log): Promise<void> {
  return new Promise((resolve, reject) => {
    let signals = 0
    const hurry = Promise.withResolvers<void>()
    const onSignal = (signal: NodeJS.Signals): void => {
      signals += 1
      if (signals > 1) {
        log.warn('stopping-now', { signal })
        hurry.resolve()
        return
      }
      const { drainSeconds } = service.config.timers
      log.info('draining', { signal, limitSeconds: drainSeconds })
      service
        .drain(drainSeconds * 1000, hurry.promise)
        .then(() => service.close())
        .then(() => {
          log.info('stopped')
          resolve()
        }, reject)
    }
    process.on('SIGTERM', onSignal)
    process.on('SIGINT', onSignal)
    process.on('SIGHUP', () => void service.reload())
  })
}
