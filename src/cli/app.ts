import { buildApplication, buildRouteMap, type RouteMap } from '@stricli/core'
import { audit } from './audit.ts'
import { ban } from './ban.ts'
import { certAdd } from './cert-add.ts'
import { certAuthority } from './cert-authority.ts'
import { certRenew } from './cert-renew.ts'
import { certShow } from './cert-show.ts'
import { certStir } from './cert-stir.ts'
import { certUser } from './cert-user.ts'
import { check } from './check.ts'
import { completionCommand, wordsOf } from './completion.ts'
import { configDocs, configPrint } from './config-print.ts'
import type { CliContext } from './context.ts'
import { demo } from './demo.ts'
import { doctor } from './doctor.ts'
import { exitCodeOf, TEXT } from './errors.ts'
import { identityExplain } from './identity-explain.ts'
import { identitySign } from './identity-sign.ts'
import { identityVerify } from './identity-verify.ts'
import { init } from './init.ts'
import { replay } from './replay.ts'
import { serve } from './serve.ts'
import { smimeSign } from './smime-sign.ts'
import { smimeVerify } from './smime-verify.ts'
import { userAdd } from './user-add.ts'
import { userExport } from './user-export.ts'
import { userImport } from './user-import.ts'
import { userList } from './user-list.ts'
import { userRemove } from './user-remove.ts'
import { userSet } from './user-set.ts'
import { version } from './version.ts'

const user = buildRouteMap({
  routes: {
    add: userAdd,
    export: userExport,
    import: userImport,
    list: userList,
    remove: userRemove,
    set: userSet,
  },
  docs: { brief: 'Users: add, set, remove, list, import, export' },
})

const cert = buildRouteMap({
  routes: {
    add: certAdd,
    authority: certAuthority,
    renew: certRenew,
    show: certShow,
    stir: certStir,
    user: certUser,
  },
  docs: { brief: 'Certificates of this server and its neighbours' },
})

const identity = buildRouteMap({
  routes: { explain: identityExplain, sign: identitySign, verify: identityVerify },
  docs: { brief: 'Who is calling: sign, verify and explain' },
})

const config = buildRouteMap({
  routes: { docs: configDocs, print: configPrint },
  docs: { brief: 'The effective configuration, and the page of all settings' },
})

const smime = buildRouteMap({
  routes: { sign: smimeSign, verify: smimeVerify },
  docs: { brief: 'Referred-By tokens: make one, and explain one' },
})

/** Every command of `aspis`. */
export const routes: RouteMap<CliContext> = buildRouteMap({
  routes: {
    audit,
    ban,
    cert,
    check,
    completion: completionCommand(() => wordsOf(routes)),
    config,
    demo,
    doctor,
    identity,
    init,
    replay,
    serve,
    smime,
    user,
  },
  docs: {
    brief: 'Aspis, a secure SIP edge server',
    fullDescription:
      'Registrar, location service, proxy and redirect server with safe defaults.\n\nExample:\n  aspis init example.test && aspis serve',
  },
})

/**
 * The application.
 * @param isPlain no colours (`NO_COLOR`, or no terminal)
 */
export function buildApp(isPlain: boolean) {
  return buildApplication<CliContext>(routes, {
    name: 'aspis',
    versionInfo: { currentVersion: version() },
    scanner: { caseStyle: 'allow-kebab-for-camel' },
    documentation: { disableAnsiColor: isPlain },
    localization: { text: TEXT },
    determineExitCode: exitCodeOf,
  })
}
